"""What the mesh remembers, as frozen values: one record a key, so that any store with compare-and-set can hold it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


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
    """A person known to the desk. `stations` are the only ones they may use; empty means all."""

    user_id: str = field(repr=False)
    language: str = "en"
    auto_release: bool = True
    idle_seconds: int = 30
    locked: bool = False
    stations: tuple[str, ...] = ()


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
    """One release: which station has the job, until when, and what it last told us of it."""

    release_id: str
    station_id: str
    fence: int
    expires: datetime
    started: bool = False
    sequence: int = -1
    kind: str = ""
    reason: str = ""
    impressions: int | None = None

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


@dataclass(frozen=True, slots=True)
class Announcement:
    """One entry of the event log; `event_id` counts up from 1 and is never used twice."""

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
    """A node's record of one job. `size` is the ciphertext's; `digest` its SHA-256 in hex once it is held."""

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


@dataclass(frozen=True, slots=True)
class Epoch:
    """One generation of the organisation's box key. `private_key` is None once it was destroyed; `statement` is the
    signed JSON that clients seal to."""

    number: int
    private_key: bytes | None = field(repr=False)
    suspended: bool
    statement: bytes = field(repr=False)
    signature: bytes = field(repr=False)
