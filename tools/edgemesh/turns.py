"""Waking whoever waits for something to change: a wake that comes before the waiting is not lost."""

import asyncio
from contextlib import suppress


class Turns:
    """Counts wakes."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()
        self.turn = 0

    def wake(self) -> None:
        """Something changed: let everybody look."""
        self.turn += 1
        self._changed.set()
        self._changed = asyncio.Event()

    async def past(self, turn: int, seconds: float) -> bool:
        """Wait for a `wake` after `turn`; False when none came within so many seconds."""
        if self.turn == turn:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._changed.wait()
        return self.turn != turn
