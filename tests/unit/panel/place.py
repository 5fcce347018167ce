"""A world, a core, a desk and the real effects between them, for the tests of what a person is shown."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from firmware.core.effects import DropDeadline, SetDeadline
from firmware.core.events import BadgeRead, Event, Started
from firmware.core.machine import Core
from firmware.effects import Effects
from firmware.mesh.messages import Session, SitePolicy
from firmware.panel.desk import Desk
from firmware.vault.attributes import Attributes
from hal.sim.indicator import SimIndicator
from hal.sim.virtual_time import run
from tests.unit.delivery.world import TITLE, World

CARD = "04a1b2c3"
SETTINGS = Attributes(
    TITLE, copies=2, sides="two-sided-long-edge", color_mode="color", media="iso_a4_210x297mm", pages=3,
    finishings=("staple",),
)  # fmt: skip


class Place:
    """A world, a core, a desk and the real effects between them; time is virtual, and events are handled as posted."""

    def __init__(self, world: World | None = None, *, policy: SitePolicy | None = None) -> None:
        self.world = world or World()
        self.journal: list[str] = []
        self.tasks: set[asyncio.Task[None]] = set()
        self.core = Core()
        self.desk = Desk(self.core, self.post, self.world.clock)
        self.effects = Effects(self.world.start(), SimIndicator(), self.post, self._start, audience=self.desk)
        self.policy = policy or SitePolicy(auto_release=False)
        self._opened = self.world.mesh.open_session
        self.world.mesh.open_session = self._open  # type: ignore[method-assign] # the same, under the site's policy

    async def _open(self, credential: str, pin: str = "", proof: str = "") -> Session:
        return replace(await self._opened(credential, pin, proof), policy=self.policy)

    def _start(self, job: Any) -> None:
        task = asyncio.ensure_future(job)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def post(self, event: Event) -> None:
        step = self.core.handle(event)
        self.journal += step.journal
        for effect in step.effects:
            if not isinstance(effect, SetDeadline | DropDeadline):
                self.effects.perform(effect)
        self.desk.stepped(step)

    async def quiet(self) -> None:
        """Until nothing is going on."""
        while self.tasks:
            await asyncio.gather(*self.tasks)

    async def visit(self) -> int:
        self.post(Started())
        self.tap()
        await self.quiet()
        return self.core.visit

    def tap(self) -> None:
        self.post(BadgeRead("reader-1", CARD))


def played(script: Callable[[Place], Any], place: Place | None = None) -> Place:
    place = place or Place()

    async def play() -> None:
        await script(place)
        await place.quiet()

    run(play())
    return place


def repr_of(*things: object) -> str:
    """All that these hold, however deep, secrets and all."""
    seen: dict[int, object] = {}  # kept, so that no number is given twice
    words: list[str] = []

    def walk(value: object) -> None:
        if id(value) in seen or isinstance(value, type):
            return
        seen[id(value)] = value
        if isinstance(value, str | bytes | int | float):
            words.append(value.hex() if isinstance(value, bytes) else str(value))
        elif isinstance(value, dict):
            for item in value.items():
                walk(item)
        elif isinstance(value, list | tuple | set | frozenset):
            for item in value:
                walk(item)
        else:
            slots = [name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())]
            for name in (*getattr(value, "__dict__", ()), *slots):
                walk(getattr(value, name, None))

    for thing in things:
        walk(thing)
    return "\n".join(words)
