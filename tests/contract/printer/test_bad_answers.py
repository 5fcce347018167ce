"""Answers that lead astray: redirections, another request's answer, answers that drip or never end. Each has its code,
and nobody waits for them or follows them."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from aiohttp import web

from hal.drivers import ipp_transport
from hal.framing.ipp import IppStatus, IppTag, Message, encode_response
from hal.ports.errors import OutcomeUnknownError, PrinterProtocolError, PrinterRefusedError, PrinterUnreachableError
from tests.support import aio
from tests.support.canned_printer import PRINTER, CannedPrinter
from tests.support.printer_rigs import DriverRig, document, opened, ticket

PLAIN = "?insecure=yes-not-encrypted"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/ipp\r\n"


@pytest.fixture
def rig() -> Iterator[DriverRig]:
    made = DriverRig()
    yield made
    made.close()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirection_is_not_followed(rig: DriverRig, status: int) -> None:
    async def main() -> None:
        elsewhere = CannedPrinter()
        async with elsewhere.serving() as other:
            where = {"Location": other.replace("ipp:", "http:")}
            canned = CannedPrinter(door=lambda _request, _message: web.Response(status=status, headers=where))
            async with canned.serving() as uri, opened(rig, uri + PLAIN) as printer:
                for asking in (printer.status(), printer.create_job(ticket()), printer.capabilities()):
                    with pytest.raises(PrinterProtocolError, match=str(status)):
                        await asking
                with pytest.raises(OutcomeUnknownError, match=str(status)):
                    await printer.send_document(1, ticket(4), document(b"%PDF"))
        assert elsewhere.heard == []

    aio.run(main())


@contextmanager
def speaking(*parts: bytes, dripping: bool = False) -> Iterator[str]:
    """A peer that says `parts` to whoever connects, the last one again and again where it drips."""
    over = threading.Event()

    def serve() -> None:
        with suppress(OSError):
            while not over.is_set():
                there, _ = listener.accept()
                with there, suppress(OSError):
                    speak(there)

    def speak(there: socket.socket) -> None:
        there.recv(1 << 16)
        for part in parts:
            there.sendall(part)
        while dripping and not over.wait(0.01):
            there.sendall(parts[-1])
        there.shutdown(socket.SHUT_WR)
        while there.recv(1 << 16):
            pass

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"ipp://127.0.0.1:{listener.getsockname()[1]}/{PLAIN}"
        finally:
            over.set()
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


@pytest.mark.parametrize(
    "parts",
    [
        (b"HTTP/1.1 200 OK\r\nX", b"x"),
        (HEAD + b"Content-Length: 100000\r\n\r\n", b"x"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"HTTP/1.1 100 Continue\r\n\r\n",),
    ],
    ids=["head", "body", "chunks", "continue"],
)
def test_an_answer_that_drips_is_not_waited_for(
    rig: DriverRig, parts: tuple[bytes, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ipp_transport, "REQUEST_LIMIT", 0.3)

    async def main() -> None:
        with speaking(*parts, dripping=True) as uri:
            async with opened(rig, uri) as printer:
                with pytest.raises(PrinterUnreachableError):
                    await printer.status()

    aio.run(main())


@pytest.mark.parametrize("request_id", [0, 2, 0x7FFFFFFF])
def test_the_answer_to_another_request_is_none(rig: DriverRig, request_id: int) -> None:
    said = encode_response(IppStatus.OK, Message(0, request_id), [(IppTag.PRINTER, PRINTER)])

    async def main() -> None:
        whole = HEAD + b"Content-Length: %d\r\n\r\n" % len(said) + said
        with speaking(whole) as uri:
            async with opened(rig, uri) as printer:
                with pytest.raises(PrinterProtocolError, match="another request"):
                    await printer.status()

    aio.run(main())


@pytest.mark.parametrize("status", [400, 403, 404, 411, 417, 426])
def test_a_refusal_in_http_is_one(rig: DriverRig, status: int) -> None:
    async def main() -> None:
        canned = CannedPrinter(door=lambda _request, _message: web.Response(status=status))
        async with canned.serving() as uri, opened(rig, uri + PLAIN) as printer:
            with pytest.raises(PrinterRefusedError, match=str(status)):
                await printer.status()

    aio.run(main())


@pytest.mark.parametrize(
    "body",
    [
        b"\x02\0\0\0\0\0\0\x01\x01" + b"\x34\0\x09media-col\0\0" * 50_000,
        b"\x02\0\0\0\0\0\0\x01\x01" + b"\x44\0\x01a\0\x01b" * 100_000 + b"\x03",
        b"\x02\0\0\0\0\0\0\x01\x01" + b"\x42\xff\xff",
        b"\x02\0\0\0\0\0\0\x01" + b"\x04" * 1_000_000,
        b"\x02\0\0\0\0\0\0\x01\x01\x47\0\x12attributes-charset\0\x05\xff\xfe\xff\xfe\xff\x03",
    ],
    ids=["collections", "attributes", "negative-length", "groups", "not-utf-8"],
)
def test_ipp_that_makes_no_sense_has_one_code(rig: DriverRig, body: bytes) -> None:
    async def main() -> None:
        with speaking(HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body) as uri:
            async with opened(rig, uri) as printer:
                for asking in (printer.status(), printer.capabilities(), printer.find_job("j"), printer.job_status(1)):
                    with pytest.raises(PrinterProtocolError):
                        await asking

    aio.run(main())


@pytest.mark.parametrize("status", [408, 502, 503, 504])
def test_not_now_is_as_good_as_no_connection(rig: DriverRig, status: int) -> None:
    """ipp-usb says 503 while a printer starts, and also when it was lost with half a document."""

    async def main() -> None:
        canned = CannedPrinter(door=lambda _request, _message: web.Response(status=status))
        async with canned.serving() as uri, opened(rig, uri + PLAIN) as printer:
            for asking in (printer.status(), printer.create_job(ticket()), printer.job_status(1)):
                with pytest.raises(PrinterUnreachableError, match=f"{status}: not now"):
                    await asking
            with pytest.raises(OutcomeUnknownError, match=f"{status}: not now"):
                await printer.send_document(1, ticket(4), document(b"%PDF"))
            canned.door = lambda _request, _message: None
            await printer.status()

    aio.run(main())
