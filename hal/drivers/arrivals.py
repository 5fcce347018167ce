"""What came from a device, until a station takes it: what badge readers and buttons have in common."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Generic, TypeVar

from hal.ports.errors import DeviceError, DeviceLostError

T = TypeVar("T")


class Arrivals(Generic[T]):
    """At most so many, oldest first, kept for a station that is slow to take them; the oldest go first."""

    def __init__(self, name: str, most: int) -> None:
        self._name = name
        self._waiting: deque[T] = deque(maxlen=most)
        self._failure: DeviceError | None = None
        self._stirred = asyncio.Event()
        self._closed = False

    def add(self, came: Iterable[T]) -> None:
        """In the order in which they came."""
        self._waiting.extend(came)
        self.stir()

    def fail(self, failure: DeviceError) -> None:
        """No more comes: whoever takes next, once all that came is taken, is told why, once."""
        self._failure = failure
        self.stir()

    def forgive(self) -> None:
        """Whatever failed, it may be there by now."""
        self._failure = None

    def close(self) -> None:
        """From now on whoever waits gets `DeviceLostError`."""
        self._closed = True
        self.stir()

    def stir(self) -> None:
        """Have whoever waits look again."""
        self._stirred.set()

    def take(self) -> T | None:
        """The oldest, or None while there is none. Raises `DeviceError`."""
        if self._waiting:
            return self._waiting.popleft()
        if self._closed:
            raise DeviceLostError(self._name, "closed")
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure
        return None

    async def changed(self) -> None:
        """Until there may be something to take, or something to raise."""
        self._stirred.clear()
        await self._stirred.wait()


class Hearing:
    """The task that listens to a device, begun when somebody first waits, and again after it has ended."""

    def __init__(self, name: str, listen: Callable[[], Coroutine[Any, Any, None]], stir: Callable[[], None]) -> None:
        self._name = name
        self._listen = listen
        self._stir = stir
        self._task: asyncio.Task[None] | None = None

    def ensure(self) -> None:
        """Raises what it ended with: a mistake in the program must not look like a lost device, nor like a quiet
        one."""
        if self._task is not None and self._task.done():
            ended, self._task = self._task, None
            ended.result()
        if self._task is None:
            self._task = asyncio.create_task(self._listen(), name=self._name)
            self._task.add_done_callback(lambda _: self._stir())  # however it ends

    async def end(self) -> None:
        """And wait until it is over."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
