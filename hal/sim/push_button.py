"""The push button twin: a finger on it, a cable that can be pulled, and a pin that may be somebody else's."""

import asyncio
from collections import deque

from hal.ports.clock import Clock
from hal.ports.errors import DeviceError, DeviceLostError
from hal.ports.push_button import Push


class SimPushButton:
    """Changes are kept from the first wait on, as a kernel does for whoever asked for a pin."""

    def __init__(self, clock: Clock, name: str = "push-button") -> None:
        self._clock = clock
        self._name = name
        self._pushes: deque[Push] = deque()
        self._changed = asyncio.Event()
        self._failure: DeviceError | None = None
        self.tries = 0
        """How often somebody found that it cannot be had."""
        self._listening = False
        self._closed = False
        self._down = False

    @property
    def name(self) -> str:
        """As given."""
        return self._name

    async def next_push(self) -> Push:
        """Raises `DeviceLostError` while unplugged, and when it is closed; what it was told to `fail` with."""
        while not self._pushes:
            if self._closed:
                raise DeviceLostError(self._name, "closed")
            if self._failure is not None:
                self.tries += 1
                raise self._failure
            self._listening = True
            self._changed.clear()
            await self._changed.wait()
        return self._pushes.popleft()

    async def aclose(self) -> None:
        """Whoever waits is told."""
        self._closed = True
        self._changed.set()

    def push(self, *, down: bool, late: float = 0.0) -> None:
        """A finger comes, or goes; whoever waits hears of it so many seconds later."""
        if down is not self._down:
            self._down = down
            if self._listening:
                push = Push(down, self._clock.monotonic())
                if late:
                    asyncio.get_running_loop().call_later(late, self._tell, push)
                else:
                    self._tell(push)

    async def hold(self, seconds: float) -> None:
        """Down for so long."""
        self.push(down=True)
        await self._clock.sleep(seconds)
        self.push(down=False)

    def fail(self, failure: DeviceError) -> None:
        """Fault: from now on, until `plug`, whoever waits is told that."""
        self._failure = failure
        self._listening = False
        self._changed.set()

    def unplug(self) -> None:
        """Fault: the cable comes out."""
        self.fail(DeviceLostError(self._name, "unplugged"))

    def plug(self) -> None:
        """It is back, and free."""
        self._failure = None

    def _tell(self, push: Push) -> None:
        self._pushes.append(push)
        self._changed.set()
