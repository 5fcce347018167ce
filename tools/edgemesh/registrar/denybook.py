"""Keeps the deny list: each change, and each hour without one, makes a new numbered issue under the CA's own key."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from firmware.audit.events import AuditEvent
from firmware.audit.port import Audit
from firmware.vault.denials import MAX_ENTRIES, SALT_BYTES, DenyList, SignedDenyList, encode
from hal.ports.clock import Clock
from hal.ports.random_source import RandomSource
from tools.edgemesh.ca import Ca
from tools.edgemesh.denials import Denials
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.registrar.records import Denial, Issue
from tools.edgemesh.registrar.store import DenialStore

REISSUE = timedelta(hours=1)
_TRIES = 16

Keep = Callable[[SignedDenyList], None]
"""Has an issue remembered outside the database, for the day that somebody puts an old copy of it back."""
Change = Callable[[Sequence[Denial]], Sequence[Denial]]


@dataclass(frozen=True, slots=True)
class Changed:
    """An issue that denies others than the one before; `count` is how many it denies."""

    number: int
    count: int


class DenyBook:
    """Denies and lifts. What is published here counts at once for the roles of this process (`denials`)."""

    def __init__(
        self,
        store: DenialStore,
        *,
        ca: Ca,
        denials: Denials,
        clock: Clock,
        random: RandomSource,
        keep: Keep = lambda _: None,
    ) -> None:
        self.store, self._keep, self._kept = store, keep, 0
        self._unrecorded = deque[Changed]()
        self._ca, self._denials, self._clock, self._random = ca, denials, clock, random

    def open(self) -> None:
        """At start-up: what was published last counts."""
        self.refresh()

    def deny(self, name: str, reason: str = "") -> Denial:
        """Deny a name from now on; one denied before is denied anew, from now. Raises `Problem` deny-list-full."""
        denial = Denial(name, self._clock.now().replace(microsecond=0), reason)

        def change(denials: Sequence[Denial]) -> Sequence[Denial]:
            others = [other for other in denials if other.name != name]
            if len(others) >= MAX_ENTRIES:
                raise Problem("deny-list-full")
            return [*others, denial]

        self._publish(change)
        return denial

    def lift(self, name: str) -> None:
        """Let a name in again; no error when it is not denied."""
        self._publish(lambda denials: [other for other in denials if other.name != name])

    def refresh(self) -> None:
        """A new issue of the same list, when the latest is an hour old; or of the future: then the clock was wrong, and
        the next number at the right time is what shows that to whoever believed it (docs/time.md)."""
        issue, now = self.store.issue(), self._clock.now()
        if issue is not None and issue.number > self._denials.number:
            self._remember(issue)
            if self._denials.number:  # not at start-up: what was published then was recorded then
                self._unrecorded.append(Changed(issue.number, len(self.store.denials())))
            self._denials.take(issue.signed)  # an administrator's command published it, from another process
        if issue is None or issue.issued_at + REISSUE <= now or issue.issued_at > now + REISSUE:
            self._publish(lambda denials: denials)

    def overtake(self, denials: Sequence[Denial], number: int) -> None:
        """Deny these and nobody else, in an issue above `number`: issues are made one after the other until then, of
        which none replaces a newer one that is remembered."""
        self._kept = max(self._kept, number)
        while (issue := self.store.issue()) is None or issue.number <= number:
            self._publish(lambda _: denials)
        self._unrecorded = deque([Changed(issue.number, len(denials))])  # of these, the last one counts

    async def record(self, audit: Audit) -> None:
        """Have the record say which issues a change has made; those of every hour are left out. One call at a time.
        Raises `AuditError`: what could not be recorded is recorded by the next call."""
        while self._unrecorded:
            changed = self._unrecorded[0]
            await audit.record(AuditEvent.DENY_LIST_ISSUED, number=changed.number, count=changed.count)
            self._unrecorded.popleft()

    def _remember(self, issue: Issue) -> None:
        if issue.number > self._kept:
            self._keep(issue.signed)
            self._kept = issue.number

    def denial(self, name: str) -> Denial | None:
        """Whether, and since when, a name is denied."""
        return next((denial for denial in self.store.denials() if denial.name == name), None)

    def _publish(self, change: Change) -> None:
        for _ in range(_TRIES):
            issue = self.store.issue()
            before = self.store.denials()
            after = change(before)
            fresh = self._issue((issue.number if issue else 0) + 1, after)
            if self.store.publish(after, fresh):
                self._remember(fresh)
                self._denials.take(fresh.signed)
                if list(after) != list(before):
                    self._unrecorded.append(Changed(fresh.number, len(after)))
                return
        raise Problem("store-failed", "the deny list changes all the time")

    def _issue(self, number: int, denials: Sequence[Denial]) -> Issue:
        now = self._clock.now().replace(microsecond=0)
        names = {denial.name: denial.since for denial in denials}
        raw = encode(DenyList.of(self._ca.org_id, number, now, self._random.token(SALT_BYTES), names))
        return Issue(number, now, SignedDenyList(raw, self._ca.sign_deny_list(raw)))
