"""One connection to a private cupsd and the one thread that uses it: two threads on one crash libcups' binding."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, TypeVar

import cups

from hal.drivers.cups_address import NAME
from hal.ports.errors import PrinterRefusedError, PrinterUnreachableError

T = TypeVar("T")

LOST = (0, 0x0500, 0x0502, 0x0503)
"""What libcups makes up by itself where there is no answer."""
ANSWER_LIMIT = 30.0
"""Seconds. cupsd answers from memory, in milliseconds."""
USER = "lockgate"
"""Whose job it is, is no business of the printer's."""


class CupsError(Exception):
    """libcups failed. `status` is the IPP status (RFC 8011 appendix B), 0 where there is none."""

    def __init__(self, text: str, status: int = 0) -> None:
        super().__init__(text)
        self.status = status

    @property
    def is_answer(self) -> bool:
        """Whether cupsd said it. A connection that broke is an internal error to libcups, a moment before the process
        is seen to have ended."""
        return self.status not in LOST

    def refused(self) -> PrinterRefusedError:
        """In the port's words."""
        return PrinterRefusedError(NAME, f"cupsd says {self.status:#06x}: {self}", self.status)


class Line:
    """A daemon thread: a call that blocks for ever keeps neither the loop nor the process' end waiting. It is freed by
    killing its cupsd, which `wedged` has to do."""

    def __init__(self, socket: str, wedged: Callable[[], None]) -> None:
        self._socket = socket
        self._wedged = wedged
        self._calls: SimpleQueue[tuple[Callable[[Any], object], Future[Any]] | None] = SimpleQueue()
        threading.Thread(target=self._serve, name=f"{NAME}-line", daemon=True).start()

    async def ask(self, call: Callable[[Any], T], limit: float = 0.0) -> T:
        """The result of `call(connection)`, within `limit` seconds or `ANSWER_LIMIT`. When cancelled, the wait ends at
        once and the call runs on unseen. Raises `CupsError`, and `PrinterUnreachableError` where cupsd does not answer:
        it is then killed."""
        asked: Future[T] = Future()
        limit = limit or ANSWER_LIMIT
        self._calls.put((call, asked))
        try:
            async with asyncio.timeout(limit):
                return await asyncio.wrap_future(asked)
        except TimeoutError as exc:
            await asyncio.to_thread(self._wedged)
            raise PrinterUnreachableError(NAME, f"cupsd did not answer in {limit:g} s and was killed") from exc

    def close(self) -> None:
        """Hang up once what is under way has ended, in the middle of a document if need be. Idempotent."""
        self._calls.put(None)

    def _serve(self) -> None:
        cups.setServer(self._socket)  # libcups keeps server and user for each thread, whatever its manual says
        cups.setUser(USER)
        connection: Any = None
        while (asked := self._calls.get()) is not None:
            call, future = asked
            if not future.set_running_or_notify_cancel():
                continue
            try:
                connection = connection or cups.Connection(host=self._socket)
                future.set_result(call(connection))
            except cups.IPPError as exc:
                future.set_exception(CupsError(cups.ippErrorString(exc.args[0]), exc.args[0]))
            except (cups.HTTPError, RuntimeError) as exc:
                connection = None
                future.set_exception(CupsError(f"{type(exc).__name__} {exc}"))
            except BaseException as exc:  # noqa: BLE001 (a dispatcher: whoever asked is told, and the thread lives on)
                future.set_exception(exc.with_traceback(None))  # whose frames would hold the connection
            del asked, call, future
        connection = None  # hung up here and now, by the thread that used it
