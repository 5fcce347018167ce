"""An asyncio loop in which waiting costs nothing: when nobody can go on, time jumps to the next deadline.

Order and times depend on the program alone, so a run replays exactly. No file, socket, thread or signal is
reachable from within: whatever asks for one is told so with an error.
"""

import asyncio
import selectors
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Executor
from pathlib import Path
from typing import Any, NoReturn, TypeVar, TypeVarTuple

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

DAY = 24 * 3600.0
NANO = 1_000_000_000
RESOLUTION = 1e-7
"""Seconds; the loop holds deadlines this close to be due. Above the spacing of floats for ten years of seconds:
with the real clock's 1e-9, a deadline more than 97 days away never comes."""

MAX_TURNS_IN_PLACE = 1_000_000
"""Turns of the loop without time going on, after which something is taken to be spinning."""


class VirtualTimeError(RuntimeError):
    """A simulation that cannot go on; the text says which tasks wait and where."""


class DeadlockError(VirtualTimeError):
    """Nothing is ready and nothing is scheduled: nobody will ever wake anybody."""


class HorizonError(VirtualTimeError):
    """The simulation ran past the virtual time it was given."""


class LivelockError(VirtualTimeError):
    """The loop turns and turns, and no time passes."""


class RealWorldError(VirtualTimeError):
    """Something asked for a real file descriptor, thread or signal."""


class _VirtualSelector(selectors.BaseSelector):
    """A selector whose `select(timeout)` moves time by `timeout` at once. Time is in whole nanoseconds,
    so that a thousand sleeps of 0.1 s add up to 100 s."""

    def __init__(self, horizon: float) -> None:
        self.nanoseconds = 0
        self._allowance = self._horizon = round(horizon * NANO)
        self._turns = 0
        self._keys: dict[int, selectors.SelectorKey] = {}
        self.sealed = False

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise DeadlockError(f"deadlock at {self._at()}: nothing is ready and nothing is scheduled{_waiting()}")
        if timeout > 0:
            self._advance(max(1, round(timeout * NANO)))
        else:
            self._turns += 1
            if self._turns > MAX_TURNS_IN_PLACE:
                self._turns = 0
                raise LivelockError(f"{MAX_TURNS_IN_PLACE} turns at {self._at()} without waiting{_waiting()}")
        return []

    def _advance(self, step: int) -> None:
        self._turns = 0
        self.nanoseconds += step
        if self.nanoseconds > self._horizon:
            self._horizon = self.nanoseconds + self._allowance  # room for the tasks to be cancelled in
            raise HorizonError(f"still running at {self._at()}{_waiting()}")

    def _at(self) -> str:
        return f"{self.nanoseconds / NANO:.9g} s"

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        if self.sealed:  # the loop's own wake-up pipe comes before; it is never looked at
            raise RealWorldError(f"no real input or output in virtual time: {fileobj!r}")
        key = selectors.SelectorKey(fileobj, fileobj if isinstance(fileobj, int) else fileobj.fileno(), events, data)
        self._keys[key.fd] = key
        return key

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._keys.pop(fileobj if isinstance(fileobj, int) else fileobj.fileno())

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._keys


def _waiting() -> str:
    """A line for each task that is not done: its name and the innermost coroutine line it stands on."""
    tasks = sorted(asyncio.all_tasks(), key=hash)
    return "".join(f"\n  {task.get_name()} waits in {_place(task.get_coro())}" for task in tasks)


def _place(coroutine: Any) -> str:
    names = [coroutine.__qualname__]
    while getattr(getattr(coroutine, "cr_await", None), "cr_frame", None) is not None:
        coroutine = coroutine.cr_await
        names.append(coroutine.__qualname__)
    return f"{' > '.join(names)} ({Path(coroutine.cr_code.co_filename).name}:{coroutine.cr_frame.f_lineno})"


class _Task(asyncio.Task[T]):
    """A task that hashes by its number, so that the sets asyncio keeps tasks in have the same order in every run."""

    number = 0

    def __hash__(self) -> int:
        return self.number

    def set_name(self, value: object) -> None:
        if value is not None:  # 3.13.0 would name every task made by a factory "None"
            super().set_name(value)


class VirtualLoop(asyncio.SelectorEventLoop):
    """The loop; `horizon` is the virtual time in seconds after which `HorizonError` ends it."""

    def __init__(self, horizon: float = 2 * DAY) -> None:
        self._virtual = _VirtualSelector(horizon)
        super().__init__(self._virtual)
        self._virtual.sealed = True
        self._clock_resolution = RESOLUTION
        self._tasks_made = 0
        self.set_task_factory(self._make_task)

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self._virtual.nanoseconds / NANO

    def _make_task(self, loop: asyncio.AbstractEventLoop, coro: Any, **options: Any) -> asyncio.Task[Any]:
        self._tasks_made += 1
        options["name"] = options.get("name") or f"task-{self._tasks_made}"
        task: _Task[Any] = _Task(coro, loop=loop, **options)
        task.number = self._tasks_made
        return task

    # Threads, processes and signals come back at a moment that nobody can repeat; blocking calls have a port.

    def run_in_executor(self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts) -> asyncio.Future[T]:
        """Refused."""
        raise RealWorldError(f"no threads in virtual time: {func!r} on {executor!r} with {args!r}")

    def subprocess_exec(self, *args: Any, **_options: Any) -> NoReturn:
        """Refused."""
        raise RealWorldError(f"no processes in virtual time: {args!r}")

    def subprocess_shell(self, *args: Any, **_options: Any) -> NoReturn:
        """Refused."""
        raise RealWorldError(f"no processes in virtual time: {args!r}")

    def add_signal_handler(self, sig: int, callback: Callable[[*Ts], object], *args: *Ts) -> None:
        """Refused."""
        raise RealWorldError(f"no signals in virtual time: {sig} for {callback!r} with {args!r}")


def run(coro: Coroutine[Any, Any, T], *, timeout: float = 2 * DAY) -> T:
    """Run `coro` to its end in virtual time, from 0 s; `timeout` in virtual seconds.

    Raises what `coro` raises, or a `VirtualTimeError` where it cannot end. Tasks left over are cancelled.
    """
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(timeout)) as runner:
        return runner.run(coro)
