"""The workers twin: no threads, so that a simulation has one order of events."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class InlineWorkers:
    """Runs each call at once, in place."""

    async def run(self, call: Callable[[], T]) -> T:
        """The result of `call()`, handed over one turn of the loop later, as a thread would: there a
        cancelled wait ends, and the call has run all the same."""
        try:
            return call()
        finally:
            await asyncio.sleep(0)
