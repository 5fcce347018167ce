"""The values that cross the mesh interface, as frozen dataclasses in our words; openapi.yaml gives their JSON."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Prices:
    """What one printed side costs, in the currency's minor unit (cents; yen have none). `currency`: ISO 4217, such as
    `EUR`."""

    currency: str
    grey_side: int
    colour_side: int


@dataclass(frozen=True, slots=True)
class SitePolicy:
    """What the site wants of this person's session. `titles`: whether a screen may show them. `prices`: None where
    nothing is charged. `languages`: BCP 47 tags that the site offers, the usual one first; empty: all there are."""

    auto_release: bool = True
    idle_seconds: int = 30
    titles: bool = True
    prices: Prices | None = None
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Session:
    """A badge accepted by the mesh, at this station, for a while."""

    session_id: str = field(repr=False)
    user: str = field(repr=False)
    language: str
    policy: SitePolicy
    expires: datetime
    method: str = ""
    """How the person showed who they are: `uid`, `uid-pin`, `proof` or `phone`; empty where the mesh does not say."""


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
class Preview:
    """Node and org part of one job, boxed to this station for one session: enough for title and settings, for which no
    job part is needed, and for nothing else."""

    job_id: str
    node_box: bytes = field(repr=False)
    org_box: bytes = field(repr=False)


class HeldJobs(list[HeldJob]):
    """What a session's person may have released now, newest first. `unsure` are more of theirs, which ended so that
    nobody knows whether they came out; they wait for somebody's word (`edgemesh job settle`), and are to be shown and
    not to be asked for. Their bytes are empty where the mesh tells nothing but that there is one."""

    def __init__(self, jobs: Iterable[HeldJob] = (), unsure: Iterable[HeldJob] = ()) -> None:
        super().__init__(jobs)
        self.unsure = tuple(unsure)

    @property
    def unknown(self) -> int:
        """How many there are of these."""
        return len(self.unsure)


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
    known to have come out, those of earlier releases among them. `keep`: it was printed, and its owner wants it held
    again all the same; with `printed` only. `receipt`: with the final report of a release, the
    signed receipt as `firmware.delivery.notary` makes it; empty: there is none."""

    release_id: str
    fence: int
    sequence: int
    kind: ReportKind
    reason: str = ""
    impressions: int | None = None
    pages: int | None = None
    receipt: bytes = field(default=b"", repr=False)
    keep: bool = False


class MeshEventKind(StrEnum):
    """What the mesh announces."""

    JOB_HELD = "job-held"
    JOB_GONE = "job-gone"
    CONFIG_CHANGED = "config-changed"
    DENY_LIST_CHANGED = "deny-list-changed"
    RELEASE_ASKED = "release-asked"
    """Somebody asks with their phone to be let in at a station: told to that station alone, and never told again."""
    CODE_USED = "code-used"
    """The code that the station shows to phones was used: another one is to be shown. Told as `release-asked` is."""
    CONNECTED = "connected"
    """Not announced by the mesh: the first event of each connection, so that a reader knows that there is one."""


@dataclass(frozen=True, slots=True)
class MeshEvent:
    """One server-sent event; `event_id` is handed back at reconnection so that nothing is missed."""

    event_id: int
    kind: str
    job_id: str = ""
    ticket: str = field(default="", repr=False)
    """With `release-asked`: what `Mesh.handoff` takes, once."""
