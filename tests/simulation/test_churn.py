"""A day of churn: ten thousand taps on four readers that lose their cables all the time, in virtual time."""

import asyncio
import gc
import os
import threading
import tracemalloc
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from firmware.core.effects import Effect, ListJobs, OpenSession
from firmware.core.events import BadgeRead, BadgeUnreadable, Event, ReaderChanged, Started, StopAsked
from firmware.core.machine import Core
from firmware.numbers import Numbers
from firmware.readers import ReaderWatch
from hal.sim import virtual_time
from hal.sim.random_source import stream
from hal.sim.reader import SimReader
from tests.support import reader_rig
from tests.unit.scene import Scene, accept, give_list

SEEDS = range(int(os.environ.get("LOCKGATE_CHURN_SEEDS", "1")))
TAPS = 10_000
DAY = 24 * 3600.0
SHORTEST_GAP = 0.3
"""Seconds between two things that happen: any less, and a reader would rightly take it for a flood."""
HELD = 1.0
"""Seconds within which the same badge on the same reader is the same tap."""
FEW_BYTES = 64 * 1024
"""What the end of the day may hold more than its noon; one small object a tap would come to five times that. Noon, for
by then every line has run, and what measures coverage keeps a note of each."""


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a program can leak."""

    tasks: int
    handles: int
    threads: int
    memory: int

    @classmethod
    def now(cls) -> "Holdings":
        gc.collect()
        handles = reader_rig.handles()
        return cls(len(asyncio.all_tasks()), handles, threading.active_count(), tracemalloc.get_traced_memory()[0])


@dataclass(slots=True)
class Desk:
    """One reader, the hand at it, and what the station has still to tell of it."""

    reader: SimReader
    plugged: bool = True
    seen: dict[str, float] = field(default_factory=dict)
    owed: deque[str] = field(default_factory=deque)
    """Good badges and faults, oldest first."""
    there: bool = True
    """What the station last said of the reader."""

    def tap(self, badge: str, now: float) -> None:
        if self.plugged:
            if now - self.seen.get(badge, -HELD) >= HELD:
                self.owed.append(badge)
            self.seen[badge] = now
        self.reader.tap(badge)

    def garble(self) -> None:
        if self.plugged:
            self.owed.append("read-garbled")
        self.reader.garble()

    def tear(self) -> None:
        if self.plugged:
            self.owed.append("read-torn")
        self.reader.tear()

    def pull(self) -> None:
        self.plugged = False
        self.reader.unplug()

    def plug(self) -> None:
        self.plugged = True
        self.reader.plug()


class Day(Scene):
    """A station whose mesh grants everything and has nothing to print; it forgets what was said, but for counts."""

    def __init__(self, seed: int) -> None:
        super().__init__({OpenSession: accept, ListJobs: give_list}, Core())
        self.chance = stream(seed, "churn")
        self.desks = {name: Desk(SimReader(name)) for name in ("front", "back", "left", "right")}
        self.badges = [f"{self.chance.getrandbits(32):08x}" for _ in range(400)]
        self.told_taps = self.written = 0
        self.early: Holdings | None = None
        self.late: Holdings | None = None

    def write(self, line: str) -> None:
        self.written += 1

    def perform(self, effect: Effect) -> None:
        answer = self.answers.get(type(effect))
        if answer is not None:
            self.station.start(answer(self, effect))

    def post(self, event: Event) -> None:
        """What the readers tell, on its way to the station: each exactly once, in order, and true."""
        if isinstance(event, BadgeRead):
            assert self.desks[event.reader].owed.popleft() == event.credential
            self.told_taps += 1
        elif isinstance(event, BadgeUnreadable):
            assert self.desks[event.reader].owed.popleft() == event.code
        elif isinstance(event, ReaderChanged):
            desk = self.desks[event.reader]
            assert event.present is not desk.there
            desk.there = event.present
        self.station.post(event)

    def duties(self) -> Iterator[ReaderWatch]:
        for desk in self.desks.values():
            yield ReaderWatch(desk.reader, self.clock, Numbers().number, self.post)

    async def live(self) -> None:
        self.station.post(Started())
        taps = 0
        while taps < TAPS:
            await self.clock.sleep(SHORTEST_GAP + self.chance.expovariate(1 / (DAY / TAPS / 1.2)))
            taps += self._happen(self.chance.choice(list(self.desks.values())))
            if self.early is None and self.now() > DAY / 2:
                self.early = await self._at_rest()
        self.late = await self._at_rest()
        self.station.post(StopAsked())

    def _happen(self, desk: Desk) -> bool:
        """One thing at that reader; whether it was a tap of a badge."""
        kind = self.chance.choices(("tap", "garble", "tear", "pull"), (83, 3, 2, 12))[0]
        if kind == "tap":
            desk.tap(self.chance.choice(self.badges), self.now())
            return True
        if kind == "pull":
            self._pull(desk)
        else:
            {"garble": desk.garble, "tear": desk.tear}[kind]()
        return False

    def _pull(self, desk: Desk) -> None:
        """The cable comes out; somebody taps all the same; and it goes back in, mostly within seconds."""
        desk.pull()
        loop, seconds = asyncio.get_running_loop(), self.chance.expovariate(1 / 4)
        loop.call_later(seconds / 2, lambda: desk.tap(self.chance.choice(self.badges), self.now()))
        loop.call_later(seconds, desk.plug)

    async def _at_rest(self) -> Holdings:
        """Everything plugged in, a tap at each, and ten quiet minutes later: all that was owed is told, and each reader
        is there."""
        await self.clock.sleep(600)
        for desk in self.desks.values():
            desk.tap(self.badges[0], self.now())
        await self.clock.sleep(600)
        assert not any(desk.owed for desk in self.desks.values())
        assert all(desk.there for desk in self.desks.values())
        for desk in self.desks.values():
            desk.seen.clear()
            desk.reader.said.clear()  # the twin's own record, in which nothing is forgotten
        return Holdings.now()


@pytest.fixture
def _traced() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


@pytest.mark.usefixtures("_traced")
@pytest.mark.parametrize("seed", SEEDS)
def test_every_good_tap_is_told_once_and_nothing_is_left_over(seed: int) -> None:
    day = Day(seed)

    async def main() -> int:
        return await day.station.run(day, [watch.run() for watch in day.duties()] + [day.live()])

    assert virtual_time.run(main()) == 0
    assert day.early is not None
    assert day.late is not None
    assert day.told_taps > TAPS / 2  # the others fell on readers without their cable, or were held
    assert day.late.tasks == day.early.tasks
    assert day.late.handles <= day.early.handles
    assert day.late.threads <= day.early.threads
    assert day.late.memory < day.early.memory + FEW_BYTES
