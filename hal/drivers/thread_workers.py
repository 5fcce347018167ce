"""A few threads for calls that block or compute."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


class ThreadWorkers:
    """At most `threads` calls at once; more wait their turn, oldest first."""

    def __init__(self, threads: int = 4) -> None:
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="worker")

    async def run(self, call: Callable[[], T]) -> T:
        """The result of `call()`. When cancelled, the wait ends at once and the call, even one that has
        not begun, still runs to its end: `run_in_executor` would drop it, and with it a file half handled."""
        loop = asyncio.get_running_loop()
        done = asyncio.Event()

        def wake(_job: Future[T]) -> None:
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(done.set)

        job = self._pool.submit(call)
        job.add_done_callback(wake)
        await done.wait()
        return job.result()

    def close(self) -> None:
        """Take no more calls; those under way end by themselves."""
        self._pool.shutdown(wait=False)
