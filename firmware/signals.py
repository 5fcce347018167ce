"""What SIGTERM and SIGINT do: end what has not begun to serve, and ask to stop what serves."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from firmware.app import Post


async def ended_by_signals(main: Coroutine[Any, Any, int], ended: int) -> int:
    """The exit code of `main`, or `ended` where SIGTERM or SIGINT ends it before it serves. A pairing that is ended so
    goes on with the same code when it is asked for again."""
    task = asyncio.ensure_future(main)
    loop, asked = asyncio.get_running_loop(), asyncio.Event()

    def stop() -> None:
        if not asked.is_set():  # once is enough: devices are being closed
            asked.set()
            task.cancel()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    try:
        return await task
    except asyncio.CancelledError:
        if not asked.is_set():
            raise
        _hear_no_more(loop)
        return ended


def _hear_no_more(loop: asyncio.AbstractEventLoop) -> None:
    """Impatient signals on the way to the process's end, which Python would answer with a traceback."""
    signals = (signal.SIGTERM, signal.SIGINT)
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    for number in signals:
        loop.remove_signal_handler(number)
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)


def stop_on_signals(post: "Post") -> None:
    """From now on SIGTERM and SIGINT ask the station to stop."""
    from firmware.core.events import StopAsked  # noqa: PLC0415 - a station that still joins has no core

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, post, StopAsked())
