"""A duty of the station in virtual time, and what it tells the core while things happen."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from firmware.core.events import Event
from hal.sim.virtual_time import run

Duty = Coroutine[Any, Any, None]


def watched(
    duty: Callable[[Callable[[Event], None]], Duty], *script: tuple[float, Callable[[], object]]
) -> list[Event]:
    """What is told while things happen at their seconds; a minute more at the end."""

    async def story() -> list[Event]:
        told: list[Event] = []
        task = asyncio.create_task(duty(told.append))
        loop = asyncio.get_running_loop()
        for at, action in script:
            loop.call_at(at, action)
        await asyncio.sleep(max([at for at, _ in script], default=0) + 60)
        assert not task.done(), task.exception()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return told

    return run(story())
