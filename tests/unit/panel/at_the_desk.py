"""A core with a desk before it, and a person who does things at it: each act is handled before the next."""

from collections import deque
from collections.abc import Callable, Iterable

import pytest

from firmware.core.effects import Effect
from firmware.core.events import (
    BadgeRead,
    DeadlinePassed,
    Event,
    JobHeld,
    JobRef,
    JobsListed,
    SessionOpened,
    Started,
)
from firmware.core.machine import Core
from firmware.core.policy import Policy
from firmware.mesh.messages import Prices
from firmware.panel.desk import Desk
from firmware.panel.listed import ListedJob, Person
from firmware.panel.refusals import DeskError
from firmware.panel.view import View
from hal.sim.clock import MONDAY_MORNING, VirtualClock

ADA, BEN = "04a1b2c3", "04d4e5f6"


def job(name: str, title: str = "", *, owner: str = "", refused: str = "", pages: int | None = 3) -> ListedJob:
    return ListedJob(
        name, MONDAY_MORNING, 1000, "application/pdf", title, owner, pages, is_opened=bool(title), refused=refused
    )


MINE, OTHER, LENT = job("mine", "Minutes"), job("other", "Plan"), job("lent", "Hers", owner="carol")


def refused(act: Callable[[], None], code: str) -> None:
    """That the desk does not do it, and why."""
    with pytest.raises(DeskError) as caught:
        act()
    assert caught.value.code == code


class AtTheDesk:
    """`give` is what the world does; acts go through `desk`, and are handled by `settle`, which `look` does too."""

    def __init__(self, policy: Policy | None = None) -> None:
        self.clock = VirtualClock()
        self.core = Core(policy)
        self.posted: list[Event] = []
        self.effects: list[Effect] = []
        self.journal: list[str] = []
        self.wanted: list[tuple[int, tuple[str, ...]]] = []
        self._waiting: deque[Event] = deque()
        self.desk = Desk(self.core, self._waiting.append, self.clock)
        self.desk.wants = lambda ref, job_ids: self.wanted.append((ref, job_ids))
        self.give(Started())

    def give(self, *events: Event) -> None:
        self._waiting.extend(events)
        self.settle()

    def settle(self) -> None:
        while self._waiting:
            event = self._waiting.popleft()
            self.posted.append(event)
            step = self.core.handle(event)
            self.effects += step.effects
            self.journal += step.journal
            self.desk.stepped(step)

    def look(self) -> View:
        self.settle()
        return self.desk.view

    def tap(self, badge: str = ADA) -> int:
        self.give(BadgeRead("reader-1", badge))
        return self.core.visit

    def admit(self, *, auto: bool = False, language: str = "", prices: Prices | None = None) -> int:
        """Whoever tapped is let in."""
        visit = self.core.visit
        self.desk.admitted(Person(visit, language, prices))
        self.give(SessionOpened(visit, f"session-{visit}", auto, 30))
        return visit

    def visit(
        self, *jobs: ListedJob, badge: str = ADA, auto: bool = False, language: str = "", prices: Prices | None = None
    ) -> int:
        """Tap, be let in, and see the list."""
        self.tap(badge)
        visit = self.admit(auto=auto, language=language, prices=prices)
        self.show(jobs)
        return visit

    def show(self, jobs: Iterable[ListedJob], unsure: Iterable[ListedJob] = ()) -> None:
        jobs, unsure = tuple(jobs), tuple(unsure)
        self.desk.listed(self.core.visit, jobs, unsure)
        refs = (JobRef(one.job_id, one.format, one.size, bool(one.owner), one.pages_out) for one in jobs)
        self.give(JobsListed(self.core.visit, tuple(refs), len(unsure)))

    def arrive(self, *jobs: ListedJob, unsure: Iterable[ListedJob] = ()) -> None:
        """The mesh announces one more, and lists them all when it is asked again."""
        self.give(JobHeld(jobs[0].job_id), DeadlinePassed("news", self.core.visit))
        self.show(jobs, unsure)

    def done(self, kind: type) -> list[Effect]:
        return [effect for effect in self.effects if isinstance(effect, kind)]
