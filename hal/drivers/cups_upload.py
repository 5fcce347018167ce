"""One document on its way into cupsd's spool, which is memory: chunk by chunk, never more than there is room for."""

import http
from collections.abc import Awaitable, Callable
from functools import partial

from hal.drivers.cups_address import NAME
from hal.drivers.cups_config import QUEUE
from hal.drivers.cups_line import CupsError, Line
from hal.framing.document import CountedDocument
from hal.ports.errors import DeviceError, OutcomeUnknownError, PrinterUnreachableError, SpoolTooSmallError
from hal.ports.printer import JobTicket

Undo = Callable[[], Awaitable[None]]
GOING_ON = (http.HTTPStatus.CONTINUE, http.HTTPStatus.OK)
LAST = 1
TOO_LARGE = 0x0409
"""client-error-request-value-too-long (RFC 8011 appendix B): libcups' word for HTTP 413, cupsd's for a full spool."""


class Upload:
    """A Send-Document request on a line of its own, `limit` bytes at most. Hanging up in the middle of one leaves
    cupsd a job without a document, of which nothing is printed."""

    def __init__(self, line: Line, alive: Callable[[], bool], limit: int, cancel: Undo) -> None:
        self._line = line
        self._alive = alive
        self._limit = limit
        self._cancel = cancel
        self._sent = 0
        self.ending = False
        """Whether its end was sent, or may have been: until then nothing of it leaves the spool."""

    async def run(self, job_id: int, ticket: JobTicket, first: bytes, document: CountedDocument) -> None:
        """Send `first` and the rest; returns when cupsd has it all. Raises as the port says."""
        try:
            await self._step(lambda way: way.startDocument(QUEUE, job_id, ticket.name, ticket.format, LAST))
            async with Undoing(self._break_off):
                self._check_room(len(first))
            chunk = first
            while chunk:
                taken = await self._step(partial(_write, chunk))
                self._sent += len(chunk)
                if taken not in GOING_ON:
                    break  # it has answered before the end; the answer says why
                async with Undoing(self._break_off):
                    chunk = await document.next()
                    self._check_room(len(chunk))
            self.ending = True
            await self._step(lambda way: way.finishDocument(QUEUE))
        finally:
            self._line.close()

    async def _break_off(self) -> None:
        """Hang up in the middle, then let cupsd forget the job."""
        self._line.close()
        await self._cancel()

    def _check_room(self, size: int) -> None:
        if self._sent + size > self._limit:
            raise too_large(self._sent + size, self._limit)

    async def _step(self, call: Callable[..., int]) -> int:
        try:
            return await self._line.ask(call)
        except (CupsError, PrinterUnreachableError) as exc:
            if isinstance(exc, CupsError) and exc.status == TOO_LARGE:
                await self._break_off()
                raise SpoolTooSmallError(NAME, "cupsd found no more memory for it") from exc
            raise self._meaning(exc) from exc

    def _meaning(self, exc: CupsError | PrinterUnreachableError) -> DeviceError:
        if isinstance(exc, CupsError) and exc.is_answer and self._alive():
            return exc.refused()
        if self._sent:
            return OutcomeUnknownError(NAME, "cupsd was lost while it took the document")
        return exc if isinstance(exc, PrinterUnreachableError) else PrinterUnreachableError(NAME, str(exc))


class Undoing:
    """Undoes when an error leaves the block; not when the task is cancelled, which is not to be kept waiting."""

    def __init__(self, undo: Undo) -> None:
        self._undo = undo

    async def __aenter__(self) -> None:
        return None

    async def __aexit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, Exception):
            await self._undo()


def too_large(size: int, limit: int) -> SpoolTooSmallError:
    """The reason, in MiB."""
    return SpoolTooSmallError(NAME, f"{size / (1 << 20):.1f} MiB or more, and the spool takes {limit / (1 << 20):.1f}")


def _write(chunk: bytes, way: object) -> int:
    taken: int = way.writeRequestData(chunk, len(chunk))  # type: ignore[attr-defined]  # pycups has no types
    return taken
