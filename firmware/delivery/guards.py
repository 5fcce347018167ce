"""Waiting for one thing while others may call it off."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from firmware.delivery.errors import DeliveryError

T = TypeVar("T")


async def canceled(asked: asyncio.Event) -> None:
    """A guard: raises `DeliveryError` with `canceled` once the person asked for an end."""
    await asked.wait()
    raise DeliveryError("asked for at the station")


async def guarded(work: Coroutine[Any, Any, T], *guards: Coroutine[Any, Any, None]) -> T:
    """The result of `work`. A guard that raises first calls it off: it is cancelled, and that is raised. All of them
    are over when this returns."""
    working = asyncio.create_task(work)
    watching = [asyncio.create_task(guard) for guard in guards]
    waiting = {working, *watching}
    try:
        while not working.done():
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                for guard in done:
                    guard.result()
        return working.result()
    finally:
        for task in (working, *watching):
            task.cancel()
        await asyncio.gather(working, *watching, return_exceptions=True)
