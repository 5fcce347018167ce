"""The ports of the mesh's stores. Embedded ones (SQLite) and ones in memory stand behind them today, and keep one
contract suite; what they ask for, a replicated key-value store with compare-and-set can give as well.

All calls are quick and blocking. When one returns, its effect is durable and whole. Each raises `StoreError`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from firmware.errors import LockgateError
from tools.edgemesh.records import Announcement, Epoch, Holding, Job, JobState, NodeGrant, Place, Session, User


class StoreError(LockgateError):
    """The medium failed or is full; nothing of the refused change is visible."""

    code = "store-failed"


class DeskStore(Protocol):
    """People, their badges (keyed hashes only) and their sessions."""

    def put_user(self, user: User) -> None:
        """Add a person, or replace the one of that id."""
        ...

    def user(self, user_id: str) -> User | None: ...

    def put_badge(self, badge: bytes, user_id: str) -> None:
        """Give the badge with this keyed hash to a person; it leaves whoever had it."""
        ...

    def user_of(self, badge: bytes) -> User | None: ...

    def put_session(self, session: Session) -> None: ...

    def session(self, session_id: str) -> Session | None: ...

    def end_session(self, session_id: str) -> None:
        """No error when there is none."""
        ...

    def end_sessions(self, before: datetime) -> None:
        """End those that expired before that time."""
        ...


class JobStore(Protocol):
    """Jobs, each with one small changing state, and the log of what was announced of them."""

    def add(self, job: Job, state: JobState) -> bool:
        """Create both; False, and nothing changed, when the job id is taken."""
        ...

    def job(self, job_id: str) -> Job | None: ...

    def state(self, job_id: str) -> JobState | None: ...

    def change(self, job_id: str, after: JobState, announce: str = "") -> bool:
        """Compare and set: False, and nothing changed, unless the stored revision is `after.revision - 1`. With
        `announce`, an announcement of that kind is logged in the same transaction."""
        ...

    def of_owner(self, owner: str) -> Sequence[str]:
        """Ids of a person's jobs whose phase is not final, newest submitted first."""
        ...

    def all(self) -> Sequence[str]:
        """Job ids, oldest submitted first."""
        ...

    def due(self, now: datetime, limit: int) -> Sequence[str]:
        """Ids of jobs whose state is due by now, the longest due first."""
        ...

    def job_of(self, release_id: str) -> str | None:
        """The job of any release ever granted."""
        ...

    def forget(self, job_id: str) -> None:
        """Leave no record of the job or its releases."""
        ...

    def last_announcement(self) -> int:
        """The latest event id, 0 before the first."""
        ...

    def announcements(self, after: int, limit: int) -> Sequence[Announcement]:
        """Those with a later id than `after`, in order."""
        ...

    def drop_announcements(self, up_to: int) -> None:
        """Forget those up to and including this id; ids go on counting."""
        ...

    def scrub(self) -> None:
        """Leave no byte of deleted values in the store's own files, as far as the medium lets us."""
        ...


class HoldingStore(Protocol):
    """What one node has, and the releases it gave its part for."""

    def put(self, holding: Holding) -> None:
        """Add a record, or replace the one of that job."""
        ...

    def get(self, job_id: str) -> Holding | None: ...

    def all(self) -> Sequence[Holding]: ...

    def in_place(self, place: Place) -> Sequence[Holding]: ...

    def remove(self, job_id: str) -> None:
        """With its grants; no error when there is none."""
        ...

    def reserved(self) -> tuple[int, int]:
        """Bytes of the bodies that are expected, and of those held."""
        ...

    def add_grant(self, grant: NodeGrant) -> bool:
        """False, and nothing changed, when the request was used for another release before."""
        ...

    def grant_of(self, release_id: str) -> NodeGrant | None: ...

    def drop_grants(self, before: datetime) -> None: ...


class EpochStore(Protocol):
    """The organisation's box keys."""

    def put(self, epoch: Epoch) -> None:
        """Add an epoch, or replace the one of that number."""
        ...

    def get(self, number: int) -> Epoch | None: ...

    def latest(self) -> Epoch | None: ...
