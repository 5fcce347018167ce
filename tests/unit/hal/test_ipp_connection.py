"""HTTP from a printer: any bytes at all are an answer, or one of three kinds of error."""

import http.client
import socket
import threading
from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hal.drivers import printer_address
from hal.drivers.ipp_connection import HttpAnswer, IppConnection
from hal.drivers.printer_trust import PrinterTrust
from hal.drivers.tcp_wire import BrokenOffError
from hal.framing.ipp import MAX_MESSAGE, IppFormatError

CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/ipp\r\n"


def answer(raw: bytes) -> tuple[HttpAnswer, bool]:
    """What a connection makes of `raw` and an end, and whether it would use the connection again."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = printer_address.parse(f"ipp://127.0.0.1:{server.getsockname()[1]}?insecure=yes-not-encrypted")
        connection = IppConnection(address, PrinterTrust(address))
        connection.open()
        there, _ = server.accept()
        sender = threading.Thread(target=say, args=(there, raw))
        sender.start()
        try:
            return connection.answer(5.0), connection.reusable
        finally:
            connection.abort()
            sender.join()


def say(there: socket.socket, raw: bytes) -> None:
    with there, suppress(ConnectionError):
        there.sendall(raw)


@pytest.mark.parametrize(
    ("head", "reusable"),
    [
        (OK + b"Content-Length: 3\r\n\r\nabc", True),
        (OK + b"content-length: 3\r\nConnection: close\r\n\r\nabc", False),
        (OK + CHUNKED + b"1\r\na\r\n2;x=y\r\nbc\r\n0\r\nTrailer: t\r\n\r\n", True),
        (OK + b"\r\nabc", False),
        (b"HTTP/1.0 200 OK\r\nContent-Type: application/ipp\r\nContent-Length: 3\r\n\r\nabc", False),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"Content-Length: 3\r\n\r\nabc", True),
        (OK + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", True),
        (OK + b"Content-Encoding: identity\r\nContent-Length: 3\r\n\r\nabc", True),
        (OK.replace(b"\r\n", b"\n") + b"Content-Length: 3\n\nabc", True),
    ],
)
def test_http_as_printers_speak_it(head: bytes, reusable: bool) -> None:
    assert answer(head) == (HttpAnswer(200, "application/ipp", b"abc"), reusable)


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (b"", ConnectionResetError),
        (b"\x15\x03\x01\x00\x02\x02\x46", http.client.HTTPException),
        (OK + b"Content-Length: 4\r\n\r\nabc", http.client.IncompleteRead),
        (OK + CHUNKED + b"5\r\nabc", http.client.IncompleteRead),
        (OK + CHUNKED + b"xyz\r\n", http.client.IncompleteRead),
        (OK + b"Content-Length: %d\r\n\r\n" % (2 * MAX_MESSAGE) + b"x" * 2 * MAX_MESSAGE, IppFormatError),
        (OK + b"\r\n" + b"x" * 2 * MAX_MESSAGE, IppFormatError),
        (OK + CHUNKED + b"-1\r\n" + b"x" * 4 * MAX_MESSAGE, IppFormatError),
        (OK + CHUNKED + b"-5\r\n", IppFormatError),
        (OK + b"X-Long: " + b"x" * 70_000, http.client.LineTooLong),
        (OK + b"X: y\r\n" * 200 + b"\r\n", http.client.HTTPException),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * (4 * MAX_MESSAGE // 25), IppFormatError),
        (b"HTTP/1.1 100 Continue\r\n" + b"X: y\r\n" * MAX_MESSAGE, http.client.HTTPException),
        (OK + b"Content-Length: 3\r\n" + CHUNKED + b"3\r\nabc\r\n0\r\n\r\n", IppFormatError),
        (OK + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", IppFormatError),
        (OK + b"Content-Length: 3, 3\r\n\r\nabc", IppFormatError),
        (OK + b"Content-Length: +3\r\n\r\nabc", IppFormatError),
        (OK + b"Content-Length: -1\r\n\r\nabc", IppFormatError),
        (OK + b"Content-Length: \xb3\r\n\r\nabc", IppFormatError),
        (OK + b"Content-Length:\r\n 3\r\n\r\nabc", IppFormatError),
        (OK + b"X: a\r\n\tb\r\nContent-Length: 3\r\n\r\nabc", IppFormatError),
        (OK + b"no field\r\nContent-Length: 3\r\n\r\nabc", IppFormatError),
        (OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", IppFormatError),
        (OK + b"Transfer-Encoding: chunked\r\n" + CHUNKED + b"0\r\n\r\n", IppFormatError),
        (OK + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", IppFormatError),
        (OK + b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", IppFormatError),
        (OK + b"Content-Encoding: deflate\r\n" + CHUNKED + b"0\r\n\r\n", IppFormatError),
    ],
)
def test_http_that_is_none(raw: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        answer(raw)


def test_breaking_off_frees_the_thread_that_sends() -> None:
    said: list[Exception] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = printer_address.parse(f"ipp://127.0.0.1:{server.getsockname()[1]}?insecure=yes-not-encrypted")
        connection = IppConnection(address, PrinterTrust(address))

        def send_for_ever() -> None:
            connection.open()
            while connection.send_chunk(b"x" * MAX_MESSAGE):
                pass

        def work() -> None:
            try:
                connection.step(send_for_ever)
            except OSError as exc:
                said.append(exc)

        worker = threading.Thread(target=work, daemon=True)
        worker.start()
        there, _ = server.accept()
        connection.abort()
        worker.join(10)
        assert [type(exc) for exc in said] == [BrokenOffError]
        with there, pytest.raises(ConnectionResetError):
            drain(there)


def drain(there: socket.socket) -> None:
    while there.recv(MAX_MESSAGE):
        pass


PARTS = st.sampled_from(
    [
        OK,
        b"\r\n",
        b"Content-Length: 5\r\n",
        b"Content-Length: -1\r\n",
        b"Content-Encoding: gzip\r\n",
        b'WWW-Authenticate: Digest realm="',
        b"\r\n ",
        b"Transfer-Encoding: chunked\r\n",
        b"HTTP/1.1 ",
        b"100 Continue\r\n\r\n",
        b"ffffffffffffffffffff\r\n",
        b"-5\r\n",
        b": \r\n",
        b"\0",
        b"\xff\xfe",
    ]
)


@settings(deadline=None)
@given(st.lists(st.one_of(PARTS, st.binary(max_size=20)), max_size=12).map(b"".join))
@example(OK + CHUNKED + b"-5\r\n\xff\xfe")
def test_any_bytes_raise_one_of_three_at_most(raw: bytes) -> None:
    with suppress(OSError, http.client.HTTPException, IppFormatError):
        answer(raw)
