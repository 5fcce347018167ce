"""A station in virtual time with a performer that answers as scripted, for the tests of firmware/station.py."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from firmware.core.effects import Deliver, Effect, ListJobs, OpenSession, Tell
from firmware.core.events import BadgeRead, DeliveryEnded, Event, JobRef, JobsListed, Outcome, SessionOpened
from firmware.core.machine import Core
from firmware.core.signs import Notice
from firmware.station import Station
from hal.sim import virtual_time
from hal.sim.clock import VirtualClock
from hal.sim.watchdog import SimWatchdog

CREDENTIAL = "04a1b2c3"

Answer = Callable[["Scene", Any], Coroutine[Any, Any, None]]


class Scene:
    """A station with a performer that answers as scripted, and all that was said."""

    def __init__(self, answers: dict[type, Answer] | None = None, core: Core | None = None) -> None:
        self.clock = VirtualClock()
        self.watchdog = SimWatchdog(self.clock)
        self.lines: list[str] = []
        self.performed: list[Effect] = []
        self.answers = answers or {}
        self.station = Station(core or Core(), self.watchdog, self.clock, self)

    def write(self, line: str) -> None:
        self.lines.append(line)

    def perform(self, effect: Effect) -> None:
        self.performed.append(effect)
        answer = self.answers.get(type(effect))
        if answer is not None:
            self.station.start(answer(self, effect))

    def play(self, script: Callable[["Scene"], Coroutine[Any, Any, None]]) -> int:
        """Run the station with `script` as one of its duties; the exit code."""
        return virtual_time.run(self.station.run(self, [script(self)]))

    @property
    def told(self) -> list[Notice]:
        return [effect.notice for effect in self.performed if isinstance(effect, Tell)]

    def now(self) -> float:
        return asyncio.get_running_loop().time()


async def accept(scene: Scene, effect: OpenSession) -> None:
    await scene.clock.sleep(0.05)
    scene.station.post(SessionOpened(effect.ref, f"session-{effect.ref}", True, 30))


async def give_list(scene: Scene, effect: ListJobs) -> None:
    await scene.clock.sleep(0.05)
    scene.station.post(JobsListed(effect.ref, (JobRef("job-1", "application/pdf", 1),)))


async def print_it(scene: Scene, effect: Deliver) -> None:
    await scene.clock.sleep(20)
    scene.station.post(DeliveryEnded(effect.ref, Outcome.PRINTED))


GOOD_WORLD: dict[type, Answer] = {OpenSession: accept, ListJobs: give_list, Deliver: print_it}


def script(*events: tuple[float, Event]) -> Callable[[Scene], Coroutine[Any, Any, None]]:
    """Each event after that many seconds more; then stop."""

    async def play(scene: Scene) -> None:
        for seconds, event in events:
            await scene.clock.sleep(seconds)
            scene.station.post(event)
        await scene.clock.sleep(60)
        scene.station.stop()

    return play


TAP = BadgeRead("reader-1", CREDENTIAL)
