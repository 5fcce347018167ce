"""What can happen to a station. `ref` numbers a session or a delivery of ours, so late answers are known as late."""

from dataclasses import dataclass, field
from enum import StrEnum

from firmware.core.acts import (
    AssociationEntered,
    CancelPrinting,
    DeliveryAnswered,
    EntryCanceled,
    JobsChosen,
    JobsDeleted,
    LogOut,
    PinEntered,
    StayAsked,
)
from firmware.core.questions import Question

__all__ = [
    "Arrival",
    "AssociationEntered",
    "BadgeRead",
    "BadgeUnreadable",
    "CancelPrinting",
    "DeadlinePassed",
    "DeletionEnded",
    "DeliveryAdvanced",
    "DeliveryAnswered",
    "DeliveryAsks",
    "DeliveryEnded",
    "DeliveryLacks",
    "DeliveryWaits",
    "EntryCanceled",
    "Event",
    "Failed",
    "JobHeld",
    "JobRef",
    "JobsChosen",
    "JobsDeleted",
    "JobsListed",
    "ListFailed",
    "LogOut",
    "MeshChanged",
    "Outcome",
    "PhoneArrived",
    "PinEntered",
    "PrinterChanged",
    "ReaderChanged",
    "SessionOpened",
    "SessionRefused",
    "Stage",
    "Started",
    "StayAsked",
    "StopAsked",
]


class Outcome(StrEnum):
    """How a delivery ended. Held: the job keeps its parts and can be released again."""

    PRINTED = "printed"
    HELD = "held"
    GONE = "gone"
    UNKNOWN = "unknown"


class Stage(StrEnum):
    """How far a running delivery is."""

    ASKING = "asking"
    CONVERTING = "converting"
    """Pages are being made for a printer that lacks the document's format; none has left."""
    SENDING = "sending"
    PRINTING = "printing"


@dataclass(frozen=True, slots=True)
class JobRef:
    """One job as the core knows it. `delegated`: another's, who says that this person may release it. `pages_out`: how
    many pages of an earlier release are known to have come out; None where nothing is known of any."""

    job_id: str
    format: str
    size: int
    delegated: bool = False
    pages_out: int | None = None


@dataclass(frozen=True, slots=True)
class BadgeRead:
    reader: str
    credential: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PhoneArrived:
    """Somebody asked with their phone to be let in here. The mesh has checked who; the ticket tells it whom."""

    ticket: str = field(repr=False)


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
class JobsListed:
    """`unknown`: so many more are theirs of which nobody knows whether they came out."""

    ref: int
    jobs: tuple[JobRef, ...]
    unknown: int = 0


@dataclass(frozen=True, slots=True)
class ListFailed:
    ref: int
    code: str


@dataclass(frozen=True, slots=True)
class JobHeld:
    """The mesh announced a job that can be released now: whose, it does not say."""

    job_id: str


@dataclass(frozen=True, slots=True)
class DeletionEnded:
    """These of them are gone; `code` says why others are not, if any."""

    ref: int
    asked: tuple[str, ...]
    gone: tuple[str, ...]
    code: str = ""


@dataclass(frozen=True, slots=True)
class DeadlinePassed:
    """The deadline `name` set for `ref` passed."""

    name: str
    ref: int


@dataclass(frozen=True, slots=True)
class DeliveryAdvanced:
    """`page` is the one that is being printed; 0 where the printer does not say."""

    ref: int
    stage: Stage
    page: int = 0


@dataclass(frozen=True, slots=True)
class DeliveryWaits:
    """The printer stopped in the middle; `reasons` say for what it waits. Empty: it goes on."""

    ref: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DeliveryAsks:
    """The delivery cannot go on, or cannot tell how it ended, without a person's word. `number` is this question's own,
    among all that this life of the station asks."""

    ref: int
    question: Question
    number: int


@dataclass(frozen=True, slots=True)
class DeliveryLacks:
    """It is printed without these settings, which the printer does not have and which change no page: keywords as they
    were asked for (`staple`, `1200dpi`)."""

    ref: int
    lost: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DeliveryEnded:
    """`code` says why when the outcome is not PRINTED, `part` which key part was missing where that is why. `pages`:
    how many of the document's pages are known to have come out, from its first on. `told`: by a person's word."""

    ref: int
    outcome: Outcome
    code: str = ""
    impressions: int | None = None
    part: str = ""
    pages: int | None = None
    told: bool = False


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


Arrival = BadgeRead | PhoneArrived
"""A person comes to the station."""

Event = (
    BadgeRead
    | PhoneArrived
    | BadgeUnreadable
    | SessionOpened
    | SessionRefused
    | PinEntered
    | AssociationEntered
    | EntryCanceled
    | JobsListed
    | ListFailed
    | JobHeld
    | JobsChosen
    | JobsDeleted
    | DeletionEnded
    | StayAsked
    | LogOut
    | CancelPrinting
    | DeadlinePassed
    | DeliveryAdvanced
    | DeliveryWaits
    | DeliveryAsks
    | DeliveryLacks
    | DeliveryAnswered
    | DeliveryEnded
    | MeshChanged
    | PrinterChanged
    | ReaderChanged
    | Started
    | StopAsked
    | Failed
)
