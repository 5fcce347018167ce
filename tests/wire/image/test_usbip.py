"""A printer over USB/IP, spoken to as the kernel's vhci_hcd does: imported, asked who it is, written to, lost."""

import errno
import http.server
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import BinaryIO

import pytest

from tools.peers.usb_nodes import DRIVERLESS, RAW
from tools.peers.usbip import SUBMITTED, UNLINKED, UsbIp, exported
from tools.peers.usbip_printer import IppPrinter, LinePrinter

SECONDS = 30.0
GET_DEVICE = struct.pack("<BBHHH", 0x80, 6, 0x0100, 0, 64)
GET_MODEL = struct.pack("<BBHHH", 0x80, 6, 0x0302, 0x409, 255)
GET_ID = struct.pack("<BBHHH", 0xA1, 0, 0, 0, 1023)
GET_STATUS = struct.pack("<BBHHH", 0xA1, 1, 0, 0, 1)
SET_CONFIGURATION = struct.pack("<BBHHH", 0x00, 9, 1, 0, 0)
NO_STRING = struct.pack("<BBHHH", 0x80, 6, 0x0309, 0x409, 255)


@dataclass
class Kernel:
    """The host's side."""

    line: socket.socket
    stream: BinaryIO = field(init=False)
    number: int = 0

    def __post_init__(self) -> None:
        self.stream = self.line.makefile("rb")

    def imported(self, name: bytes = b"1-1") -> bytes:
        self.line.sendall(struct.pack(">HHI", 0x0111, 0x8003, 0) + name.ljust(32, b"\0"))
        version, code, status = struct.unpack(">HHI", self.stream.read(8))
        assert (version, code) == (0x0111, 3)
        return b"" if status else self.stream.read(312)

    def submit(self, end: int, size: int, *, inwards: bool, data: bytes = b"", setup: bytes = bytes(8)) -> int:
        self.number += 1
        head = struct.pack(">5I", 1, self.number, 0x10001, inwards, end) + struct.pack(">IiIiI", 0, size, 0, 0, 0)
        self.line.sendall(head + setup + data)
        return self.number

    def unlink(self, other: int) -> int:
        self.number += 1
        self.line.sendall(struct.pack(">6I24x", 2, self.number, 0x10001, 0, 0, other))
        return self.number

    def heard(self, inwards: bool = True) -> tuple[int, int, int, bytes]:
        """Command, number, status, data."""
        head = self.stream.read(48)
        command, number, _, _, _, status, size = struct.unpack(">5Iii", head[:28])
        has_data = inwards and command == SUBMITTED and status == 0
        return command, number, status, self.stream.read(size) if has_data else size.to_bytes(4, "big")

    def control(self, setup: bytes) -> tuple[int, bytes]:
        number = self.submit(0, int.from_bytes(setup[6:], "little"), inwards=True, setup=setup)
        command, answered, status, data = self.heard()
        assert (command, answered) == (SUBMITTED, number)
        return status, data if status == 0 else b""

    def close(self) -> None:
        self.stream.close()
        self.line.close()


@contextmanager
def attached(server: UsbIp) -> Iterator[Kernel]:
    kernel = Kernel(socket.create_connection(("127.0.0.1", server.port), SECONDS))
    try:
        yield kernel
    finally:
        kernel.close()


def test_a_host_learns_who_it_is() -> None:
    with exported(LinePrinter(RAW)) as server, attached(server) as kernel:
        told = kernel.imported()
        assert told[256:259] == b"1-1"
        assert struct.unpack(">III", told[288:300]) == (1, 1, 3)
        assert struct.unpack(">HH", told[300:304]) == (RAW.vid, RAW.pid)
        assert kernel.control(GET_DEVICE) == (0, RAW.descriptors[:18])
        assert kernel.control(GET_MODEL)[1][2:].decode("utf-16le") == RAW.model
        assert kernel.control(GET_ID)[1][2:].decode() == RAW.device_id
        assert kernel.control(GET_STATUS) == (0, b"\x18")
        assert kernel.control(SET_CONFIGURATION) == (0, b"")
        assert kernel.control(NO_STRING) == (-errno.EPIPE, b"")


def test_what_is_written_has_come() -> None:
    printer = LinePrinter(RAW)
    with exported(printer) as server, attached(server) as kernel:
        kernel.imported()
        for data in (b"%PDF-", bytes(range(256)) * 100):
            number = kernel.submit(1, len(data), inwards=False, data=data)
            assert kernel.heard(False) == (SUBMITTED, number, 0, len(data).to_bytes(4, "big"))
        assert bytes(printer.came) == b"%PDF-" + bytes(range(256)) * 100


def test_who_waits_for_what_never_comes_may_stop_waiting() -> None:
    with exported(LinePrinter(RAW)) as server, attached(server) as kernel:
        kernel.imported()
        waiting = kernel.submit(1, 64, inwards=True)
        number = kernel.unlink(waiting)
        assert kernel.heard()[:3] == (UNLINKED, number, -errno.ECONNRESET)
        number = kernel.unlink(waiting)
        assert kernel.heard()[:3] == (UNLINKED, number, 0)


def test_another_device_is_not_there() -> None:
    with exported(LinePrinter(RAW)) as server:
        with attached(server) as kernel:
            assert kernel.imported(b"2-2") == b""
        with attached(server) as kernel:
            assert kernel.imported() != b""


def test_a_host_notices_that_it_is_unplugged_and_may_have_it_again() -> None:
    with exported(LinePrinter(RAW)) as server:
        with attached(server) as kernel:
            kernel.imported()
            kernel.control(GET_STATUS)
            server.unplug()
            assert kernel.stream.read(1) == b""
        with attached(server) as kernel:
            assert kernel.imported() != b""


class Echo(http.server.BaseHTTPRequestHandler):
    """Answers with what it was sent, and how often that was on one connection."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def server_behind() -> Iterator[int]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo) as behind:
        thread = threading.Thread(target=behind.serve_forever)
        thread.start()
        yield behind.server_port
        behind.shutdown()
        thread.join()


def test_http_goes_through_each_interface(server_behind: int) -> None:
    with exported(IppPrinter(DRIVERLESS, server_behind)) as server, attached(server) as kernel:
        kernel.imported()
        for end, body in ((1, b"one"), (2, b"two"), (1, b"three"), (1, b"four")):
            request = f"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            for part in (request, body):
                kernel.submit(end, len(part), inwards=False, data=part)
                kernel.heard(False)
            answer = b""
            while not answer.endswith(b"\r\n\r\n" + body):
                kernel.submit(end, 512, inwards=True)
                answer += kernel.heard()[3]
            assert answer.startswith(b"HTTP/1.1 200 ")
