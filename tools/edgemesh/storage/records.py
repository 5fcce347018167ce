"""What the mesh remembers, as frozen values: one record a key, so that any store with compare-and-set can hold it."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum

ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)


class Phase(StrEnum):
    """Where a job is in its life. The last four are final: the job part is gone."""

    RECEIVING = "receiving"
    HELD = "held"
    RELEASED = "released"
    UNKNOWN = "unknown"
    PRINTED = "printed"
    SHREDDED = "shredded"
    EXPIRED = "expired"
    LOST = "lost"

    @property
    def final(self) -> bool:
        return self in (Phase.PRINTED, Phase.SHREDDED, Phase.EXPIRED, Phase.LOST)


@dataclass(frozen=True, slots=True)
class User:
    """A person known to the desk. `stations` are the only ones they may use; empty means all.
    `since` is when they were added: what is from before was another's of that name."""

    user_id: str = field(repr=False)
    language: str = "en"
    auto_release: bool = True
    idle_seconds: int = 30
    stations: tuple[str, ...] = ()
    since: datetime = ALWAYS


@dataclass(frozen=True, slots=True)
class Badge:
    """A badge of a person. `badge` is the keyed hash of its number, under the key that `key` names; `badge_id` is what
    it is called in lists, the same for as long as it is somebody's. `used` is the day of the last tap, no more."""

    badge: bytes = field(repr=False)
    badge_id: str
    user_id: str = field(repr=False)
    key: str
    since: datetime
    used: date | None = None


@dataclass(frozen=True, slots=True)
class Tries:
    """Failed attempts with one thing (a badge's PIN, a person's), oldest first; `lock_seconds` is how long the last
    lock was, 0 before the first."""

    name: str = field(repr=False)
    failed: tuple[datetime, ...] = ()
    locked_until: datetime | None = None
    lock_seconds: int = 0


@dataclass(frozen=True, slots=True)
class OneTimeCode:
    """What lets a person make an unknown badge theirs, once. `secret` is its slow hash; `number` its first digits,
    which no other code has that is still good."""

    user_id: str = field(repr=False)
    secret: bytes = field(repr=False)
    expires: datetime
    tries_left: int
    number: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class KeptDelegation:
    """A delegation as its owner's computer handed it in. `ended` is when the owner withdrew it; `told` whether the
    registrar's deny list names it since."""

    delegation_id: str
    owner: str = field(repr=False)
    delegate: str = field(repr=False)
    begins: datetime
    ends: datetime
    raw: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    chain: tuple[bytes, ...] = field(repr=False)
    ended: datetime | None = None
    told: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """A badge accepted at one station. `statement` is the signed JSON that other roles are shown."""

    session_id: str = field(repr=False)
    user_id: str = field(repr=False)
    station_id: str
    expires: datetime
    statement: bytes = field(repr=False)
    signature: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Job:
    """What never changes of a job: the manifest's exact bytes and how they were signed. `size` is the ciphertext's."""

    job_id: str
    owner: str = field(repr=False)
    size: int
    manifest: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    chain: tuple[bytes, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Lease:
    """One release: which station has the job, until when, and what it last told us of it. `pages`: so many of the
    document's first pages are known to have come out, at this release or at those before; None: nobody said so."""

    release_id: str
    station_id: str
    fence: int
    expires: datetime
    started: bool = False
    sequence: int = -1
    kind: str = ""
    reason: str = ""
    impressions: int | None = None
    pages: int | None = None

    @property
    def ended(self) -> bool:
        return self.kind in ("printed", "stopped")


@dataclass(frozen=True, slots=True)
class JobState:
    """What changes of a job; each change makes the next `revision`. `due` is when the vault must look at it again
    unasked; `job_box` is the vault's sealed part, None once it was deleted; `nodes` are asked to hold the
    body, `holders` have it synced, `drops` must still delete what they have of it."""

    revision: int
    phase: Phase
    changed: datetime
    expires: datetime
    due: datetime
    job_box: bytes | None = field(repr=False)
    nodes: tuple[str, ...]
    holders: tuple[str, ...] = ()
    digest: str = ""
    fence: int = 0
    lease: Lease | None = None
    drops: tuple[str, ...] = ()

    @property
    def pages_out(self) -> int | None:
        """How many of the first pages are known to have come out, None where that is none."""
        return (self.lease.pages or None) if self.lease else None


@dataclass(frozen=True, slots=True)
class KeptReceipt:
    """A receipt as a station handed it in with the report of that release and sequence, and when; whose job it is."""

    release_id: str
    sequence: int
    job_id: str
    owner: str = field(repr=False)
    since: datetime
    file: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Announcement:
    """One entry of the event log; `event_id` counts up from 1 and is never used twice. `job_id` is what it is about: a
    job, or for `deny-list-changed` the list's number."""

    event_id: int
    kind: str
    job_id: str


class Place(StrEnum):
    """What a node has of a job. `dropping` is half way out: the body may be gone, the record not yet. `missing` is a
    body that was held and is not there any more."""

    EXPECTED = "expected"
    HELD = "held"
    WITHDRAWN = "withdrawn"
    DROPPING = "dropping"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Holding:
    """A node's record of one job. `size` is the ciphertext's; `client` the name of who announced it, whatever its
    certificate; `digest` the ciphertext's SHA-256 in hex once it is held."""

    job_id: str
    place: Place
    size: int
    manifest: bytes = field(repr=False)
    client: str
    since: datetime
    digest: str = ""


@dataclass(frozen=True, slots=True)
class NodeGrant:
    """A release for which a node gave its part; only that station may fetch the body. `request` is the digest of the
    station's signed request, good for one release only."""

    release_id: str
    job_id: str
    station_id: str
    request: str
    since: datetime


class Held(StrEnum):
    """What becomes of the held jobs of an epoch that another one has followed; a later word may only be stricter.
    `keep`: its key stays until they are gone. `rebox`: their org parts are sealed anew to the current epoch's key.
    `shred`: they are shredded."""

    KEEP = "keep"
    REBOX = "rebox"
    SHRED = "shred"

    def stricter(self, other: "Held | None") -> "Held":
        """The stricter of the two."""
        order = list(Held)
        return self if other is None else order[max(order.index(self), order.index(other))]


@dataclass(frozen=True, slots=True)
class Epoch:
    """One generation of the organisation's box key. `private_key` is None once it was destroyed; `statement` is the
    signed JSON that clients seal to; `held` is what becomes of its jobs, None for the current epoch."""

    number: int
    private_key: bytes | None = field(repr=False)
    suspended: bool
    statement: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    held: Held | None = None


@dataclass(frozen=True, slots=True)
class Rebox:
    """The org part of one job, sealed anew: to the key of `epoch`, beside the manifest, which never changes and whose
    SHA-256 is `manifest`. Of no use after `expires`, when the job is over."""

    job_id: str
    manifest: bytes
    epoch: int
    suite: str
    box: bytes = field(repr=False)
    expires: datetime
