"""The values that cross the mesh interface, as frozen dataclasses in our words; openapi.yaml gives their JSON."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class SitePolicy:
    """What the site wants of this person's session."""

    auto_release: bool = True
    idle_seconds: int = 30


@dataclass(frozen=True, slots=True)
class Session:
    """A badge accepted by the mesh, at this station, for a while."""

    session_id: str = field(repr=False)
    user: str = field(repr=False)
    language: str
    policy: SitePolicy
    expires: datetime
    method: str = ""
    """How the person showed who they are: `uid`, `uid-pin` or `proof`; empty where the mesh does not say."""


@dataclass(frozen=True, slots=True)
class CardQuestion:
    """A command APDU for the card. `last`: where the card answers it with its own OK, it is asked nothing more."""

    apdu: bytes = field(repr=False)
    last: bool


@dataclass(frozen=True, slots=True)
class CardProof:
    """A card's proof that was begun at the mesh: its name there, and the first question."""

    name: str = field(repr=False)
    question: CardQuestion


@dataclass(frozen=True, slots=True)
class Delegation:
    """An owner's word that another may release their jobs, exactly as it was signed; nothing is verified yet."""

    raw: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    chain: tuple[bytes, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class HeldJob:
    """One job waiting for its person. Bytes are exactly what was signed; nothing is verified yet. `delegation` is there
    where the job is another's than the session's person. `pages_out`: so many of the document's first pages are known
    to have come out at an earlier release; None: the mesh knows nothing of it."""

    job_id: str
    manifest: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    chain: tuple[bytes, ...] = field(repr=False)
    delegation: Delegation | None = None
    pages_out: int | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """One release granted to this station: three boxed parts, a lease with its fence, and where the body is."""

    release_id: str
    job_id: str
    fence: int
    lease_expires: datetime
    job_box: bytes = field(repr=False)
    node_box: bytes = field(repr=False)
    org_box: bytes = field(repr=False)
    body_urls: tuple[str, ...]
    size: int


@dataclass(frozen=True, slots=True)
class SignedTime:
    """The mesh's answer to one nonce, exactly as it was signed; nothing is verified yet."""

    raw: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    chain: tuple[bytes, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignedDenials:
    """The organisation's deny list, exactly as its CA signed it; nothing is verified yet."""

    raw: bytes = field(repr=False)
    signature: bytes = field(repr=False)


class ReportKind(StrEnum):
    """What a station tells of a release."""

    STARTED = "started"
    PROGRESS = "progress"
    PRINTED = "printed"
    STOPPED = "stopped"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Report:
    """One event of a release; idempotent by (release, sequence). `pages`: so many of the document's first pages are
    known to have come out, those of earlier releases among them. `receipt`: with the final report of a release, the
    signed receipt as `firmware.delivery.notary` makes it; empty: there is none."""

    release_id: str
    fence: int
    sequence: int
    kind: ReportKind
    reason: str = ""
    impressions: int | None = None
    pages: int | None = None
    receipt: bytes = field(default=b"", repr=False)


class MeshEventKind(StrEnum):
    """What the mesh announces."""

    JOB_HELD = "job-held"
    JOB_GONE = "job-gone"
    CONFIG_CHANGED = "config-changed"
    DENY_LIST_CHANGED = "deny-list-changed"
    CONNECTED = "connected"
    """Not announced by the mesh: the first event of each connection, so that a reader knows that there is one."""


@dataclass(frozen=True, slots=True)
class MeshEvent:
    """One server-sent event; `event_id` is handed back at reconnection so that nothing is missed."""

    event_id: int
    kind: str
    job_id: str = ""
