"""The station's heart: one mailbox, one dispatcher. Events go to the core, its effects to whoever performs them.

Owns the task group in which everything runs, the deadlines, the watchdog's food and the stop sentinel."""

import asyncio
import contextlib
import traceback
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from firmware.core.effects import DropDeadline, Effect, Quit, SetDeadline, Tell
from firmware.core.events import (
    BadgeRead,
    BadgeUnreadable,
    DeadlinePassed,
    Event,
    Failed,
    PhoneArrived,
    Started,
    StopAsked,
)
from firmware.core.machine import Core
from firmware.core.outbox import Step
from firmware.core.signs import Notice
from firmware.journal import Journal
from hal.ports.clock import Clock
from hal.ports.watchdog import Watchdog

MAILBOX_LIMIT = 1000  # a reader that babbles may fill this much and no more; answers are never refused
GRACE_SECONDS = 2.0  # for last words to the mesh, after the core said Quit

Job = Coroutine[Any, Any, None]


class Performer(Protocol):
    """Does what the core wants done; firmware/effects.py is the real one."""

    def perform(self, effect: Effect) -> None:
        """Begin one effect and return at once: what takes time goes into `Station.start`. Answers are posted."""
        ...


class _Tick:
    """The watchdog's turn in the mailbox: fed only by a dispatcher that really comes round."""


@dataclass(frozen=True, slots=True)
class _Timer:
    due: DeadlinePassed
    task: asyncio.Task[None]


class Station:
    """Build it, build the performer with its `post` and `start`, then `await run(performer)`."""

    def __init__(
        self,
        core: Core,
        watchdog: Watchdog,
        clock: Clock,
        journal: Journal,
        seen: Callable[[Step], None] = lambda _step: None,
    ) -> None:
        self.seen = seen
        """Called after each step of the core, once its effects have begun: for a screen."""
        self._core = core
        self._watchdog = watchdog
        self._clock = clock
        self._journal = journal
        self._mailbox: asyncio.Queue[Event | _Tick] = asyncio.Queue()
        self._group: asyncio.TaskGroup | None = None
        self._work: set[asyncio.Task[None]] = set()
        self._duties: set[asyncio.Task[None]] = set()
        self._timers: dict[str, _Timer] = {}
        self._over = False
        self._failed = False

    def post(self, event: Event) -> None:
        """Put an event into the mailbox; from the loop's own thread. A flood of taps is cut off, answers never."""
        if self._mailbox.qsize() >= MAILBOX_LIMIT and isinstance(event, BadgeRead | BadgeUnreadable | PhoneArrived):
            at = "a phone" if isinstance(event, PhoneArrived) else event.reader
            self._journal.write(f"mailbox full: tap at {at} dropped")
            return
        self._mailbox.put_nowait(event)

    def stop(self) -> None:
        """Ask for an orderly end: the running delivery may finish, then `run` returns."""
        self.post(StopAsked())

    def start(self, job: Job) -> asyncio.Task[None]:
        """Run one effect's work. It must map its own errors: one that escapes stops the station."""
        return self._spawn(job, self._work)

    def keep(self, duty: Job) -> asyncio.Task[None]:
        """Run a duty that lasts as long as the station (a reader's pump); cancelled at the end without grace."""
        return self._spawn(duty, self._duties)

    async def run(self, performer: Performer, duties: Iterable[Job] = ()) -> int:
        """Serve until the core says Quit. The exit code: 0 after an orderly stop, 1 after an internal fault."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            for duty in (self._tick(), *duties):
                self.keep(duty)
            await self._dispatch(performer)
            await self._wind_up()
        return 1 if self._failed else 0

    async def _dispatch(self, performer: Performer) -> None:
        while not self._over:
            item = await self._mailbox.get()
            try:
                self._take(item, performer)
            except Exception as exc:  # noqa: BLE001 - the dispatcher is where the unforeseen ends
                self._journal.write(_fault(exc))
                self._failed = self._over = True
                with contextlib.suppress(Exception):  # the performer may be what failed
                    performer.perform(Tell(Notice.FAULT))

    def _take(self, item: Event | _Tick, performer: Performer) -> None:
        if isinstance(item, _Tick):
            self._watchdog.feed()
            return
        if isinstance(item, DeadlinePassed) and not self._is_due(item):
            return
        step = self._core.handle(item)
        for line in step.journal:
            self._journal.write(line)
        for effect in step.effects:
            self._perform(effect, performer)
        self.seen(step)
        if isinstance(item, Started):
            self._watchdog.ready()

    def _perform(self, effect: Effect, performer: Performer) -> None:
        match effect:
            case SetDeadline():
                self._set_deadline(effect)
            case DropDeadline(name):
                self._drop_deadline(name)
            case Quit():
                self._over = True
            case _:
                performer.perform(effect)

    def _set_deadline(self, effect: SetDeadline) -> None:
        self._drop_deadline(effect.name)
        due = DeadlinePassed(effect.name, effect.ref)
        task = self._spawn(self._sound(effect.seconds, due), self._duties)
        self._timers[effect.name] = _Timer(due, task)

    def _drop_deadline(self, name: str) -> None:
        timer = self._timers.pop(name, None)
        if timer is not None:
            timer.task.cancel()

    async def _sound(self, seconds: float, due: DeadlinePassed) -> None:
        await self._clock.sleep(seconds)
        self.post(due)

    def _is_due(self, passed: DeadlinePassed) -> bool:
        """Whether this very deadline still stands: one dropped while its event lay in the mailbox does not."""
        timer = self._timers.get(passed.name)
        if timer is None or timer.due is not passed:
            return False
        del self._timers[passed.name]
        return True

    async def _tick(self) -> None:
        if self._watchdog.interval == float("inf"):
            return
        while True:
            await self._clock.sleep(self._watchdog.interval / 2)
            self._mailbox.put_nowait(_Tick())

    def _spawn(self, job: Job, among: set[asyncio.Task[None]]) -> asyncio.Task[None]:
        if self._group is None:
            job.close()
            raise RuntimeError("the station does not run")
        task = self._group.create_task(self._guard(job))
        among.add(task)
        task.add_done_callback(among.discard)
        task.add_done_callback(lambda _: job.close())  # when it was cancelled before its first step
        return task

    async def _guard(self, job: Job) -> None:
        """An error that a task did not map ends the station in order, instead of tearing down a running print."""
        try:
            await job
        except Exception as exc:  # noqa: BLE001 - the dispatcher's arm: named by type and place, then the core decides
            self._journal.write(_fault(exc))
            self._failed = True
            self.post(Failed(type(exc).__name__))
            self.post(StopAsked())

    async def _wind_up(self) -> None:
        """Let last effects (closing a session) end within the grace, then cancel all that is left."""
        for task in self._duties:
            task.cancel()
        grace = asyncio.ensure_future(self._clock.sleep(GRACE_SECONDS))
        while self._work and not grace.done():
            await asyncio.wait({*self._work, grace}, return_when=asyncio.FIRST_COMPLETED)
        for left in (grace, *self._work):
            left.cancel()


def _fault(exc: Exception) -> str:
    """Type and place; never the message, which may quote what it choked on."""
    frames = traceback.extract_tb(exc.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"internal fault: {type(exc).__name__}{place}"
