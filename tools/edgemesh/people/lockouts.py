"""How often a PIN may be tried: by badge and by person, kept in the store, so that no restart forgives."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hal.ports.clock import Clock
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.storage.records import Tries
from tools.edgemesh.storage.stores import DeskStore


@dataclass(frozen=True, slots=True)
class Bound:
    """`failures` within `window` lock for `first`; each further one while there are as many, for twice as long as the
    last, up to `longest`."""

    failures: int
    window: timedelta
    first: timedelta
    longest: timedelta


OF_BADGE = Bound(5, timedelta(minutes=15), timedelta(minutes=15), timedelta(hours=24))
OF_PERSON = Bound(20, timedelta(hours=24), timedelta(hours=1), timedelta(hours=24))
"""Over all badges of a person and all stations; a right PIN in between does not forgive the wrong ones."""
FORGIVEN = timedelta(hours=24)
"""After so long without a lock, the next one is a short one again."""
_KEPT = 64


def attempted(tries: Tries, bound: Bound, now: datetime) -> Tries:
    """With one more failed attempt, locked when that was one too many."""
    failed = (*tries.failed, now)[-_KEPT:]
    if sum(now - one < bound.window for one in failed) < bound.failures:
        return replace(tries, failed=failed)
    recent = tries.locked_until is not None and now - tries.locked_until < FORGIVEN
    longer = 2 * tries.lock_seconds if recent else 0
    seconds = int(min(max(longer, bound.first.total_seconds()), bound.longest.total_seconds()))
    return Tries(tries.name, failed, now + timedelta(seconds=seconds), seconds)


def succeeded(tries: Tries, attempt: datetime) -> Tries:
    """Without the attempt that was made at that time: it was none of the failed ones. Nor does its lock count."""
    failed = list(tries.failed)
    if attempt in failed:
        failed.remove(attempt)
    if tries.locked_until == attempt + timedelta(seconds=tries.lock_seconds):
        return Tries(tries.name, tuple(failed), attempt, tries.lock_seconds // 2)  # over, and not forgotten
    return replace(tries, failed=tuple(failed))


class Lockouts:
    """An attempt counts as failed from its beginning, before anything is computed: many at once are no more than as
    many one after another."""

    def __init__(self, store: DeskStore, clock: Clock) -> None:
        self._store, self._clock = store, clock

    def check(self, badge_id: str, user_id: str) -> None:
        """Raises `Problem` locked-out, whatever the PIN: otherwise the right guess would still come through."""
        now = self._clock.now()
        for name in _names(badge_id, user_id):
            until = self._store.tries(name).locked_until
            if until is not None and until > now:
                raise Problem("locked-out", "too many wrong PINs: wait, or ask your administrator")

    def begin(self, badge_id: str, user_id: str) -> datetime:
        """Count an attempt; what to hand to `passed`. Raises `Problem` locked-out."""
        self.check(badge_id, user_id)
        now = self._clock.now()
        for name, bound in zip(_names(badge_id, user_id), (OF_BADGE, OF_PERSON), strict=True):
            self._store.put_tries(attempted(self._store.tries(name), bound, now))
        return now

    def passed(self, badge_id: str, user_id: str, attempt: datetime) -> None:
        """The PIN was right: all is forgiven the badge, and this attempt the person."""
        of_badge, of_person = _names(badge_id, user_id)
        self._store.put_tries(Tries(of_badge))
        self._store.put_tries(succeeded(self._store.tries(of_person), attempt))

    def untried(self, badge_id: str, user_id: str, attempt: datetime) -> None:
        """Nothing was computed: the attempt does not count."""
        for name in _names(badge_id, user_id):
            self._store.put_tries(succeeded(self._store.tries(name), attempt))

    def forgive(self, user_id: str, badge_ids: tuple[str, ...]) -> None:
        """By an administrator's word."""
        for name in (f"person/{user_id}", *(f"badge/{badge_id}" for badge_id in badge_ids)):
            self._store.put_tries(Tries(name))


def _names(badge_id: str, user_id: str) -> tuple[str, str]:
    return f"badge/{badge_id}", f"person/{user_id}"
