"""The printer twin served over real IPPS or IPP: a stand-in for a printer in the network, with its faults."""

import asyncio
import ssl
from pathlib import Path

from aiohttp import web

from hal.framing.ipp import IppOperation, IppStatus
from hal.ports.errors import PrinterRefusedError
from hal.sim.ipp_answers import OPERATION_GROUP, UNSUPPORTED_GROUP, Groups, common
from hal.sim.ipp_body import Body
from hal.sim.ipp_message import LARGEST, Request, UnfinishedError, parse_request, written
from hal.sim.ipp_operations import Operations
from hal.sim.ipp_wire import Answering, Door
from hal.sim.printer import SimPrinter
from hal.sim.printer_faults import Answers
from hal.sim.printer_intake import CutOffError, Delivery, Sink
from hal.sim.self_signed import SelfSigned, self_signed

PATH = "/ipp/print"
DOCUMENT_OPERATIONS = (IppOperation.SEND_DOCUMENT, IppOperation.PRINT_JOB)


def into_directory(directory: Path) -> Sink:
    """Keeps what is delivered in files `<job-id>-<job-name>`; the name's letters and digits only."""

    def keep(delivery: Delivery, data: bytes) -> None:
        safe = "".join(letter if letter.isalnum() else "-" for letter in delivery.job_name)
        with (directory / f"{delivery.job_id}-{safe}").open("ab") as file:
            file.write(data)

    return keep


class ServedPrinter:
    """A server on the loopback around `printer`, whose faults it has; used as an async context. It makes itself a
    certificate unless it is given an `identity`.

    Faults of the wire alone: `cut_answer_at`, the bytes of the next HTTP answer after which the connection is
    closed; `resets`, whether it closes by RST or FIN; `reading`.
    """

    def __init__(self, printer: SimPrinter, *, encrypted: bool = True, identity: SelfSigned | None = None) -> None:
        self.printer = printer
        self.cut_answer_at: int | None = None
        self.resets = True
        self.requests = 0
        self._own, self._foreign = identity or self_signed(), self_signed()
        self._context = self._own.context if encrypted else None
        self._own.context.sni_callback = self._show_certificate
        self._operations = Operations(printer)
        self._cuts = printer.power_cuts

    @property
    def uri(self) -> str:
        """The printer-uri."""
        return self._operations.uri

    @property
    def reading(self) -> asyncio.Event:
        """While cleared, it takes no bytes of a document: it waits for paper."""
        return self._operations.reading

    @property
    def pin(self) -> str:
        """The SHA-256 of its own key, in hex."""
        return self._own.pin

    @property
    def certificate(self) -> bytes:
        """Its own certificate, PEM."""
        return self._own.certificate

    @property
    def pinned_uri(self) -> str:
        """What a station's configuration says."""
        return f"{self.uri}?pin=sha256:{self.pin}" if self._context else f"{self.uri}?insecure=yes-not-encrypted"

    async def __aenter__(self) -> "ServedPrinter":
        application = web.Application()
        application.router.add_post(PATH, self._serve)
        application.router.add_post(PATH + "/{job}", self._serve)
        self._runner = web.AppRunner(application, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        self._door = Door()
        self._site = web.SockSite(self._runner, self._door, ssl_context=self._context)
        await self._site.start()
        scheme = "ipps" if self._context else "ipp"
        self._operations.uri = f"{scheme}://127.0.0.1:{self._door.getsockname()[1]}{PATH}"
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._door.shut()
        await self._site.stop()
        self.drop_connections()  # a TLS connection that is closed politely waits half a minute for a farewell
        await self._runner.cleanup()
        while self._door.is_anyone_in():  # noqa: ASYNC110 (asyncio closes sockets without telling)
            await asyncio.sleep(0.001)

    def drop_connections(self) -> None:
        """Fault: every open connection ends."""
        self._door.throw_out()

    def _show_certificate(self, connection: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
        if self.printer.faults.untrusted:
            connection.context = self._foreign.context

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        self.requests += 1
        wire = Answering(request, resets=self.resets)
        await self._clock_in()
        if not self.printer.on or (self.printer.faults.untrusted and not self._is_foreign(request)):
            return wire.break_off()
        try:
            answers, body = await self._perform(request)
            return await wire.answer(answers, body, self._cut_here())
        except (CutOffError, web.RequestPayloadError, ConnectionError):
            return wire.break_off()

    def _is_foreign(self, request: web.Request) -> bool:
        connection = request.get_extra_info("ssl_object")
        return connection is not None and connection.context is self._foreign.context

    def _cut_here(self) -> int | None:
        cut, self.cut_answer_at = self.cut_answer_at, None
        return cut

    async def _clock_in(self) -> None:
        """It takes its time; and whoever was subscribed before a power cut is forgotten."""
        if self.printer.faults.slow:
            await self.printer.engine.clock.sleep(self.printer.faults.slow)
        if self._cuts != self.printer.power_cuts:
            self._cuts = self.printer.power_cuts
            self._operations.events.forget()

    async def _perform(self, request: web.Request) -> tuple[Answers, bytes]:
        """How to answer, and the proper answer."""
        asked = Request((2, 0), 0, 0)
        faults = self.printer.faults
        try:
            asked, rest = await _asked(request)
            body = Body(rest, request.content, str(asked.value("compression") or "none"))
            answer = _success(asked, await self._operations.perform(asked, body))
        except PrinterRefusedError as exc:
            answer = _refusal(asked, exc.status)
        except ValueError:  # no IPP, or values of another type than the standard's
            answer = _refusal(asked, IppStatus.ERROR_BAD_REQUEST)
        return faults.to_document if asked.code in DOCUMENT_OPERATIONS else faults.answers, answer


def _success(asked: Request, groups: Groups) -> bytes:
    tag, first = common()
    more = [one for group, attributes in groups if group == OPERATION_GROUP for one in attributes]
    rest = [(group, attributes) for group, attributes in groups if group != OPERATION_GROUP]
    ignored = any(group == UNSUPPORTED_GROUP for group, _attributes in rest)
    status = IppStatus.OK_IGNORED_OR_SUBSTITUTED if ignored else IppStatus.OK
    return written(_version(asked), status, asked.request_id, [(tag, [*first, *more]), *rest])


def _refusal(asked: Request, status: int) -> bytes:
    return written(_version(asked), status, asked.request_id, [common()])


def _version(asked: Request) -> tuple[int, int]:
    """The client's, where it is one of ours (RFC 8011 4.1.8)."""
    return asked.version if asked.version in ((1, 1), (2, 0)) else (2, 0)


async def _asked(request: web.Request) -> tuple[Request, bytes]:
    """The IPP request at the start of the body, and the bytes of the document that came with it."""
    raw = b""
    while True:
        chunk = await request.content.readany()
        raw += chunk
        try:
            asked, end = parse_request(raw)
        except UnfinishedError:
            if not chunk or len(raw) > LARGEST:
                raise
        else:
            return asked, raw[end:]
