"""What the printer twin does for each IPP operation."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import StreamReader

from hal.framing.ipp import Attribute, IppOperation, IppStatus, IppTag, Message
from hal.ports.errors import PrinterRefusedError
from hal.sim.ipp_answers import first, job_attributes, only_requested, printer_attributes, read_ticket
from hal.sim.printer import SimPrinter

Groups = list[tuple[IppTag, list[Attribute]]]
Performer = Callable[[Message, StreamReader, bytes], Awaitable[Groups]]


class Operations:
    """`uri` is the printer-uri; `reading` is cleared to stop taking a document's bytes."""

    def __init__(self, printer: SimPrinter, uri: str = "") -> None:
        self.printer = printer
        self.uri = uri
        self.reading = asyncio.Event()
        self.reading.set()
        self._performers: Mapping[int, Performer] = {
            IppOperation.GET_PRINTER_ATTRIBUTES: self._get_printer,
            IppOperation.VALIDATE_JOB: self._validate,
            IppOperation.CREATE_JOB: self._create,
            IppOperation.SEND_DOCUMENT: self._send,
            IppOperation.PRINT_JOB: self._print,
            IppOperation.GET_JOB_ATTRIBUTES: self._get_job,
            IppOperation.GET_JOBS: self._get_jobs,
            IppOperation.CANCEL_JOB: self._cancel,
        }

    async def perform(self, message: Message, body: StreamReader, rest: bytes) -> Groups:
        """The groups of a successful answer. `rest` and then `body` are the document, where there is one.

        Raises `PrinterRefusedError`, `CutOffError`, `ValueError` for a request that makes no sense.
        """
        perform = self._performers.get(message.code)
        if perform is None:
            raise PrinterRefusedError(self.printer.name, "", IppStatus.ERROR_OPERATION_NOT_SUPPORTED)
        return await perform(message, body, rest)

    async def _get_printer(self, message: Message, _body: StreamReader, _rest: bytes) -> Groups:
        engine = self.printer.engine
        status = engine.status(self.printer.name, self.printer.uuid)
        said = printer_attributes(status, engine.capabilities(), self.uri, engine.clock.monotonic())
        return [(IppTag.PRINTER, only_requested(message, said))]

    async def _validate(self, message: Message, _body: StreamReader, _rest: bytes) -> Groups:
        read_ticket(message, self._default_format)
        return []

    async def _create(self, message: Message, _body: StreamReader, _rest: bytes) -> Groups:
        return self._about(message, self.printer.engine.create(read_ticket(message, self._default_format)).job_id)

    async def _send(self, message: Message, body: StreamReader, rest: bytes) -> Groups:
        job_id = _job_id(message)
        chosen = read_ticket(message, self._default_format).format
        await self._receive(job_id, chosen, body, rest)
        return self._about(message, job_id)

    async def _print(self, message: Message, body: StreamReader, rest: bytes) -> Groups:
        ticket = read_ticket(message, self._default_format)
        job_id = self.printer.engine.create(ticket).job_id
        await self._receive(job_id, ticket.format, body, rest)
        return self._about(message, job_id)

    async def _get_job(self, message: Message, _body: StreamReader, _rest: bytes) -> Groups:
        return self._about(message, _job_id(message))

    async def _get_jobs(self, message: Message, _body: StreamReader, _rest: bytes) -> Groups:
        reports = [self.printer.engine.report(job_id) for job_id in self.printer.engine.jobs]
        unfinished = [report for report in reports if not report.state.final]
        return [(IppTag.JOB, only_requested(message, job_attributes(report, self.uri))) for report in unfinished]

    async def _cancel(self, message: Message, _body: StreamReader, _rest: bytes) -> Groups:
        self.printer.engine.cancel(_job_id(message))
        return []

    @property
    def _default_format(self) -> str:
        return self.printer.engine.formats[0]

    def _about(self, message: Message, job_id: int) -> Groups:
        report = self.printer.engine.report(job_id)
        return [(IppTag.JOB, only_requested(message, job_attributes(report, self.uri)))]

    async def _receive(self, job_id: int, format: str, body: StreamReader, rest: bytes) -> None:
        intake = self.printer.intake(self.printer.engine.begin(job_id, format), format)
        try:
            while rest or not body.at_eof():
                if rest:
                    intake.feed(rest)
                await self.reading.wait()
                rest = await body.readany()
            intake.end()
        finally:
            intake.break_off()


def _job_id(message: Message) -> int:
    """Raises `ValueError` where the request names no job."""
    return int(first(message.operation.get("job-id", ())) or "")
