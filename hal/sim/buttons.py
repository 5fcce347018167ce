"""The buttons twin: fingers on it, and a cable that can be pulled."""

import asyncio
from collections import deque

from hal.ports.buttons import Button, Press
from hal.ports.clock import Clock
from hal.ports.errors import DeviceLostError


class SimButtons:
    """Presses are kept until somebody waits for them, as a kernel does."""

    def __init__(self, clock: Clock, name: str = "buttons") -> None:
        self._clock = clock
        self._name = name
        self._presses: deque[Press] = deque()
        self._changed = asyncio.Event()
        self._plugged = True
        self._closed = False

    @property
    def name(self) -> str:
        """As given."""
        return self._name

    async def next_press(self) -> Press:
        """Raises `DeviceLostError` while unplugged, and when it is closed."""
        while not self._presses:
            if self._closed or not self._plugged:
                raise DeviceLostError(self._name, "closed" if self._closed else "unplugged")
            self._changed.clear()
            await self._changed.wait()
        return self._presses.popleft()

    async def aclose(self) -> None:
        """Whoever waits is told."""
        self._closed = True
        self._changed.set()

    def press(self, *buttons: Button) -> None:
        """One after the other."""
        if self._plugged:
            self._presses.extend(Press(button, self._clock.monotonic()) for button in buttons)
            self._changed.set()

    def unplug(self) -> None:
        """Fault: the cable comes out."""
        self._plugged = False
        self._changed.set()

    def plug(self) -> None:
        """It is back."""
        self._plugged = True
