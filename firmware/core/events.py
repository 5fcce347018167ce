"""What can happen to a station. `ref` numbers a session or a delivery of ours, so late answers are known as late."""

from dataclasses import dataclass, field
from enum import StrEnum


class Outcome(StrEnum):
    """How a delivery ended. Held: the job keeps its parts and can be released again."""

    PRINTED = "printed"
    HELD = "held"
    GONE = "gone"
    UNKNOWN = "unknown"


class Stage(StrEnum):
    """How far a running delivery is."""

    ASKING = "asking"
    SENDING = "sending"
    PRINTING = "printing"


@dataclass(frozen=True, slots=True)
class JobRef:
    """One job as the core knows it. `delegated`: another's, who says that this person may release it."""

    job_id: str
    format: str
    size: int
    delegated: bool = False


@dataclass(frozen=True, slots=True)
class BadgeRead:
    reader: str
    credential: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class BadgeUnreadable:
    reader: str
    code: str


@dataclass(frozen=True, slots=True)
class SessionOpened:
    ref: int
    session_id: str = field(repr=False)
    auto_release: bool
    idle_seconds: int
    method: str = ""
    """`uid`, `uid-pin`, `proof`; empty where the mesh did not say."""


@dataclass(frozen=True, slots=True)
class SessionRefused:
    """`code` is the mesh's: badge-unknown, locked-out, pin-required, mesh-unreachable, … `ticket` stands for an unknown
    badge that may be made known; empty where that is not offered."""

    ref: int
    code: str
    ticket: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class PinEntered:
    """The person typed a PIN."""

    ref: int
    pin: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AssociationEntered:
    """The person typed their name and a one-time code, to make the unknown badge theirs."""

    ref: int
    user: str = field(repr=False)
    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class EntryCanceled:
    """The person would rather not."""

    ref: int


@dataclass(frozen=True, slots=True)
class JobsListed:
    ref: int
    jobs: tuple[JobRef, ...]


@dataclass(frozen=True, slots=True)
class ListFailed:
    ref: int
    code: str


@dataclass(frozen=True, slots=True)
class JobsChosen:
    """The person chose on the panel."""

    ref: int
    job_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LogOut:
    ref: int


@dataclass(frozen=True, slots=True)
class CancelPrinting:
    """The person (or an operator) asked to stop the running delivery."""


@dataclass(frozen=True, slots=True)
class DeadlinePassed:
    """The deadline `name` set for `ref` passed."""

    name: str
    ref: int


@dataclass(frozen=True, slots=True)
class DeliveryAdvanced:
    ref: int
    stage: Stage


@dataclass(frozen=True, slots=True)
class DeliveryWaits:
    """The printer stopped in the middle; `reasons` say for what it waits. Empty: it goes on."""

    ref: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DeliveryEnded:
    """`code` says why when the outcome is not PRINTED, `part` which key part was missing where that is why."""

    ref: int
    outcome: Outcome
    code: str = ""
    impressions: int | None = None
    part: str = ""


@dataclass(frozen=True, slots=True)
class MeshChanged:
    """`code` is there when the mesh answers and it is we who are refused (`identity-…`)."""

    reachable: bool
    code: str = ""


@dataclass(frozen=True, slots=True)
class PrinterChanged:
    """`blocking` are the printer-state-reasons that keep it from printing; empty when it can print."""

    blocking: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReaderChanged:
    reader: str
    present: bool


@dataclass(frozen=True, slots=True)
class Started:
    """Start-up is complete: the ledger is settled and the devices are open."""


@dataclass(frozen=True, slots=True)
class StopAsked:
    """The service manager asked us to stop."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The station's own machinery failed: `code` is the error's type, never its text. Only stopping follows."""

    code: str


Event = (
    BadgeRead
    | BadgeUnreadable
    | SessionOpened
    | SessionRefused
    | PinEntered
    | AssociationEntered
    | EntryCanceled
    | JobsListed
    | ListFailed
    | JobsChosen
    | LogOut
    | CancelPrinting
    | DeadlinePassed
    | DeliveryAdvanced
    | DeliveryWaits
    | DeliveryEnded
    | MeshChanged
    | PrinterChanged
    | ReaderChanged
    | Started
    | StopAsked
    | Failed
)
