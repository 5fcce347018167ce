"""A USB device at the end of a TCP connection: USB/IP 1.1.1 as the kernel's vhci_hcd speaks it, on the loopback.

`with exported(device) as server`: whoever attaches the device at `server.port` has it on a bus of its own kernel. One
at a time. What a device does is in tools/peers/usbip_printer.py.
"""

import errno
import socket
import struct
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, Protocol

VERSION = 0x0111
IMPORT, IMPORTED = 0x8003, 0x0003
"""The one thing that is asked before the device is there; Documentation/usb/usbip_protocol.rst of the kernel."""
SUBMIT, UNLINK, SUBMITTED, UNLINKED = 1, 2, 3, 4
BUS_ID, HIGH_SPEED = b"1-1", 3
LOOPBACK = "127.0.0.1"
Answer = Callable[[int, bytes], None]


class Device(Protocol):
    """What is plugged in. `descriptors` are the device's and its one configuration's, as a device sends them."""

    @property
    def descriptors(self) -> bytes:
        """As above."""
        ...

    def plugged(self, answer: Answer) -> None:
        """It has a host; `answer` takes the number of an endpoint and what comes from there, at any time, in any
        thread."""
        ...

    def control(self, setup: bytes) -> bytes | None:
        """The data of a control transfer by its 8 bytes, empty for one without; None for what it does not know."""
        ...

    def write(self, end: int, data: bytes) -> None:
        """A bulk transfer to the endpoint of that number has come."""
        ...


class UsbIp:
    """The port where the device may be had."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._server = socket.create_server((LOOPBACK, 0))
        self.port = int(self._server.getsockname()[1])
        self._host: _Host | None = None
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """The cable is pulled, for good."""
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self.unplug()
        self._thread.join()

    def unplug(self) -> None:
        """The host that has it loses it."""
        if self._host is not None:
            self._host.hang_up()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self._server.accept()
                self._host = _Host(line, self._device)
                with suppress(OSError, EOFError):
                    self._host.serve()
                self._host.hang_up()


class _Host:
    """One connection."""

    def __init__(self, line: socket.socket, device: Device) -> None:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._line, self._device = line, device
        self._lock = threading.Lock()
        self._waiting: defaultdict[int, deque[tuple[int, int]]] = defaultdict(deque)
        self._coming: defaultdict[int, bytearray] = defaultdict(bytearray)

    def hang_up(self) -> None:
        """Idempotent."""
        with suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)
        self._line.close()

    def serve(self) -> None:
        """Until the other side has gone. Raises `OSError`, `EOFError`."""
        with self._line.makefile("rb") as stream:
            if not self._is_imported(stream):
                return
            self._device.plugged(self.answer)
            while True:
                self._obey(stream)

    def _is_imported(self, stream: BinaryIO) -> bool:
        version, asked, _ = struct.unpack(">HHI", _exactly(stream, 8))
        if (version, asked) != (VERSION, IMPORT) or _exactly(stream, 32).rstrip(b"\0") != BUS_ID:
            self._line.sendall(struct.pack(">HHI", VERSION, IMPORTED, 1))
            return False
        self._line.sendall(struct.pack(">HHI", VERSION, IMPORTED, 0) + self._described())
        return True

    def _described(self) -> bytes:
        """struct usbip_usb_device: a path, the name on the bus, numbers, and what the descriptors say."""
        made = self._device.descriptors
        vid, pid, release = struct.unpack_from("<HHH", made, 8)
        numbers = struct.pack(">IIIHHH", 1, 1, HIGH_SPEED, vid, pid, release)
        kinds = bytes((*made[4:7], 1, made[17], made[18 + 4]))
        return b"/sys/devices/1-1".ljust(256, b"\0") + BUS_ID.ljust(32, b"\0") + numbers + kinds

    def _obey(self, stream: BinaryIO) -> None:
        head = _exactly(stream, 48)
        command, number, _, inwards, end = struct.unpack(">5I", head[:20])
        if command == UNLINK:
            (other,) = struct.unpack(">I", head[20:24])
            self._give(UNLINKED, number, -errno.ECONNRESET if self._withdrawn(other) else 0)
            return
        if command != SUBMIT:
            raise EOFError(f"a command that there is not: {command}")
        (size,) = struct.unpack(">i", head[24:28])
        data = b"" if inwards else _exactly(stream, size)
        if end == 0:
            self._control(number, head[40:48])
        elif inwards:
            with self._lock:
                self._waiting[end].append((number, size))
            self.answer(end, b"")
        else:
            self._device.write(end, data)
            self._give(SUBMITTED, number, 0, size)

    def _control(self, number: int, setup: bytes) -> None:
        found = self._device.control(setup)
        if found is None:
            self._give(SUBMITTED, number, -errno.EPIPE)
        else:
            data = found[: int.from_bytes(setup[6:8], "little")]
            self._give(SUBMITTED, number, 0, len(data), data)

    def answer(self, end: int, data: bytes) -> None:
        """Hand on what has come, as far as it was asked for."""
        with self._lock:
            coming, waiting = self._coming[end], self._waiting[end]
            coming += data
            while coming and waiting:
                number, size = waiting.popleft()
                part = bytes(coming[:size])
                del coming[:size]
                self._send(SUBMITTED, number, 0, len(part), part)

    def _withdrawn(self, number: int) -> bool:
        with self._lock:
            for waiting in self._waiting.values():
                for one in waiting:
                    if one[0] == number:
                        waiting.remove(one)
                        return True
        return False

    def _give(self, command: int, number: int, status: int, size: int = 0, data: bytes = b"") -> None:
        with self._lock:
            self._send(command, number, status, size, data)

    def _send(self, command: int, number: int, status: int, size: int, data: bytes = b"") -> None:
        with suppress(OSError):  # whoever reads notices, too
            self._line.sendall(struct.pack(">5I5i8x", command, number, 0, 0, 0, status, size, 0, 0, 0) + data)


@contextmanager
def exported(device: Device) -> Iterator[UsbIp]:
    """Until the block ends."""
    server = UsbIp(device)
    try:
        yield server
    finally:
        server.close()


def _exactly(stream: BinaryIO, size: int) -> bytes:
    """Raises `EOFError`."""
    found = stream.read(size)
    if len(found) < size:
        raise EOFError("the other side has gone")
    return found
