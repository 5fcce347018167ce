"""One document on its way into a printer's job: chunk by chunk, and what it means when that ends early."""

import http.client
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import TracebackType

from hal.drivers.ipp_connection import ANSWER_LIMIT, IppConnection
from hal.drivers.ipp_transport import IppTransport, aborting, describe
from hal.framing.document import CountedDocument
from hal.framing.ipp import IppFormatError, Message
from hal.ports.errors import OutcomeUnknownError, PrinterRefusedError

Undo = Callable[[], Awaitable[None]]


class Undoing:
    """Undoes when an error leaves the block; not when the task is cancelled, which is not to be kept waiting."""

    def __init__(self, undo: Undo) -> None:
        self._undo = undo

    async def __aenter__(self) -> None:
        return None

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, Exception):
            await self._undo()


class Upload:
    """A Send-Document request on an open connection."""

    def __init__(self, transport: IppTransport, connection: IppConnection, cancel_job: Undo) -> None:
        self._transport = transport
        self._connection = connection
        self._cancel_job = cancel_job
        self._started = False

    async def run(self, request: bytes, first: bytes, document: CountedDocument) -> None:
        """Send `first` and the rest of `document`, and return when the printer took it. Raises as the port says."""
        with aborting(self._connection):
            whole = await self._step(partial(self._connection.begin, request, document.size))
            chunk = first
            while chunk and whole:
                self._started = True
                whole = await self._step(partial(self._connection.send_chunk, chunk))
                async with Undoing(self._break_off):
                    chunk = await document.next() if whole else b""
            whole = whole and await self._step(self._connection.end)
            self._judge(await self._answer(request, whole))
        self._transport.keep(self._connection)

    async def _step(self, call: Callable[[], bool]) -> bool:
        with self._faults():
            return await self._transport.step(self._connection, call)

    async def _answer(self, request: bytes, whole: bool) -> Message:
        """A printer may print from its memory before it answers: that may take as long as a stall."""
        with self._faults():
            limit = self._transport.stall if whole else ANSWER_LIMIT
            return await self._transport.answer(self._connection, request, limit)

    def _judge(self, message: Message) -> None:
        """What we have written counts only once it has left: the kernel takes some MiB from us ahead of the printer."""
        self._transport.accepted(message)
        if not self._connection.complete:
            raise OutcomeUnknownError(self._transport.device, "successful before it had the whole document")

    async def _break_off(self) -> None:
        """Leave the request visibly unfinished, then ask the printer to forget the job."""
        self._connection.abort()
        await self._cancel_job()

    @contextmanager
    def _faults(self) -> Iterator[None]:
        if not self._started:
            with self._transport.faults(self._connection):
                yield
            return
        try:
            yield
        except (OSError, http.client.HTTPException, IppFormatError) as exc:
            raise OutcomeUnknownError(self._transport.device, describe(exc)) from exc
        except PrinterRefusedError as exc:  # of HTTP, which knows nothing of jobs and pages
            raise OutcomeUnknownError(self._transport.device, exc.detail) from exc
