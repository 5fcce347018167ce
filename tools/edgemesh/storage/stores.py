"""The ports of the mesh's stores. Embedded ones (SQLite) and ones in memory stand behind them today, and keep one
contract suite; what they ask for, a replicated key-value store with compare-and-set can give as well.

All calls are quick and blocking. When one returns, its effect is durable and whole. Each raises `StoreError`."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from firmware.errors import LockgateError
from tools.edgemesh.storage.records import (
    Announcement,
    Badge,
    Epoch,
    Holding,
    Job,
    JobState,
    KeptDelegation,
    KeptReceipt,
    NodeGrant,
    OneTimeCode,
    Place,
    Rebox,
    Session,
    Tries,
    User,
)


class StoreError(LockgateError):
    """The medium failed or is full; nothing of the refused change is visible."""

    code = "store-failed"


class DeskStore(Protocol):
    """People, their badges (keyed hashes only), PINs and codes (slow hashes only), sessions and delegations."""

    def put_user(self, user: User) -> None:
        """Add a person, or replace the one of that id."""
        ...

    def user(self, user_id: str) -> User | None: ...

    def users(self) -> Sequence[User]:
        """Everybody, by name."""
        ...

    def remove_user(self, user_id: str) -> None:
        """With badges, PIN, code and sessions; no error when there is none."""
        ...

    def put_badge(self, badge: Badge) -> None:
        """Add a badge, or replace the one with its hash or its id: it leaves whoever had it. The person is known."""
        ...

    def mark_badge(self, badge: Badge) -> None:
        """Replace a badge of which nothing but `used` is new; a power cut may undo it."""
        ...

    def badge(self, badge: bytes) -> Badge | None:
        """By its keyed hash."""
        ...

    def badges(self, user_id: str = "") -> Sequence[Badge]:
        """A person's, or everybody's; oldest first."""
        ...

    def remove_badge(self, badge_id: str) -> None:
        """No error when there is none."""
        ...

    def aside(self) -> AbstractContextManager["DeskStore"]:
        """The same store for another thread, for as long as the context lasts; to be entered and used there."""
        ...

    def put_people(self, users: Iterable[User], badges: Iterable[Badge], pins: Iterable[tuple[str, bytes]]) -> None:
        """Add or replace all of these, or none."""
        ...

    def put_pin(self, user_id: str, secret: bytes) -> None:
        """Keep the slow hash of a person's PIN; an empty one leaves them without. The person is known."""
        ...

    def pin(self, user_id: str) -> bytes:
        """Empty for a person without one."""
        ...

    def put_code(self, code: OneTimeCode) -> None:
        """Add a one-time code, or replace the person's, and whoever's has the same number. The person is known."""
        ...

    def code(self, user_id: str) -> OneTimeCode | None: ...

    def code_numbered(self, number: str) -> OneTimeCode | None:
        """The code of that number, which is not empty."""
        ...

    def remove_code(self, user_id: str) -> None:
        """No error when there is none."""
        ...

    def put_tries(self, tries: Tries) -> None:
        """Add, or replace those of that name."""
        ...

    def tries(self, name: str) -> Tries:
        """None failed, for a name without a record."""
        ...

    def put_delegation(self, delegation: KeptDelegation) -> None:
        """Add a delegation, or replace the one of that id."""
        ...

    def delegation(self, delegation_id: str) -> KeptDelegation | None: ...

    def delegations(self, *, owner: str = "", delegate: str = "") -> Sequence[KeptDelegation]:
        """An owner's, those to a delegate, or all; the first to end first."""
        ...

    def remove_delegations(self, before: datetime) -> None:
        """Forget those whose end was before that time."""
        ...

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

    def live(self) -> Sequence[str]:
        """Ids of jobs whose phase is not final, oldest submitted first."""
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

    def announce(self, kind: str, subject: str) -> None:
        """Log an announcement that is of no job."""
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


class ReceiptStore(Protocol):
    """What stations signed of their releases. A receipt outlives its job."""

    def put(self, receipt: KeptReceipt) -> None:
        """Add one; where there is one of that release and sequence, nothing changes."""
        ...

    def get(self, release_id: str, sequence: int) -> KeptReceipt | None: ...

    def of_job(self, job_id: str) -> Sequence[KeptReceipt]:
        """Oldest first."""
        ...

    def forget_owner(self, owner: str) -> None:
        """Leave none of a person's jobs."""
        ...

    def drop(self, before: datetime) -> None:
        """Forget those that were handed in before that time."""
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
    """The organisation's box keys, and what was sealed anew from an earlier one to a later."""

    def put(self, *epochs: Epoch) -> None:
        """Add epochs, or replace those of the same number: all of them or none."""
        ...

    def get(self, number: int) -> Epoch | None: ...

    def latest(self) -> Epoch | None: ...

    def all(self) -> Sequence[Epoch]:
        """In the order of their numbers."""
        ...

    def put_rebox(self, rebox: Rebox) -> None:
        """Add one, or replace the one of that job."""
        ...

    def rebox(self, job_id: str) -> Rebox | None: ...

    def drop_reboxes(self, before: datetime) -> None:
        """Forget those that expired before that time."""
        ...
