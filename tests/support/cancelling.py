"""A task that is cancelled at its first wait, at its second, and so on: whatever it was waiting for."""

import asyncio
from collections.abc import Coroutine, Generator
from contextlib import suppress
from typing import Any


class CancelledAt:
    """Awaits `main`, and cancels its own task at its `number`-th wait, from 1; `waits` says how many there were."""

    def __init__(self, number: int, main: Coroutine[Any, Any, object]) -> None:
        self.waits = 0
        self._number = number
        self._main = main

    def __await__(self) -> Generator[Any, Any, object]:
        step: Any = self._main.send
        given: Any = None
        while True:
            try:
                waited_for = step(given)
            except StopIteration as end:
                return end.value
            self.waits += 1
            if self.waits == self._number:
                task = asyncio.current_task()
                assert task is not None
                task.cancel()
            try:
                given, step = (yield waited_for), self._main.send
            except BaseException as exc:  # noqa: BLE001 (is handed on to where it belongs)
                given, step = exc, self._main.throw


async def was_cancelled_at(number: int, main: Coroutine[Any, Any, object]) -> bool:
    """Whether `main` had so many waits. Raises what it raised, unless that is the cancellation."""
    awaited = CancelledAt(number, main)

    async def body() -> None:
        await awaited

    with suppress(asyncio.CancelledError):
        await asyncio.create_task(body())
    return awaited.waits >= number
