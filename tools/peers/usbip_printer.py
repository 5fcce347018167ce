"""Printers for tools/peers/usbip.py: one that takes bytes (the kernel's usblp), and one that speaks IPP over USB."""

import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress

from tools.peers.usb_nodes import UsbPrinterDevice
from tools.peers.usbip import LOOPBACK, Answer

GET_DESCRIPTOR, STRING, ENGLISH = (0x80, 6), 3, b"\x04\x03\x09\x04"
DEVICE, CONFIGURATION = 1, 2
DEVICE_ID, PORT_STATUS = (0xA1, 0), (0xA1, 1)
"""USB printer class 1.1, 4.2.1 and 4.2.2."""
READY = b"\x18"
PIECE = 16384


class _Printer:
    """What both have to say of themselves."""

    def __init__(self, made: UsbPrinterDevice) -> None:
        self.made = made
        self._answer: Answer = _nobody

    @property
    def descriptors(self) -> bytes:
        """As `tools.peers.usbip.Device`."""
        return self.made.descriptors

    def plugged(self, answer: Answer) -> None:
        """As `tools.peers.usbip.Device`."""
        self._answer = answer

    def control(self, setup: bytes) -> bytes | None:
        """As `tools.peers.usbip.Device`."""
        kind, request, value = struct.unpack_from("<BBH", setup)
        if (kind, request) == GET_DESCRIPTOR:
            return self._descriptor(value >> 8, value & 0xFF)
        if (kind, request) == DEVICE_ID:
            identity = self.made.device_id.encode()
            return struct.pack(">H", len(identity) + 2) + identity
        if (kind, request) == PORT_STATUS:
            return READY
        return bytes(2) if kind & 0x80 else b""

    def _descriptor(self, kind: int, index: int) -> bytes | None:
        if kind == DEVICE:
            return self.descriptors[:18]
        if kind == CONFIGURATION:
            return self.descriptors[18:]
        strings = ("", self.made.maker, self.made.model, self.made.serial)
        if kind != STRING or index >= len(strings):
            return None
        text = strings[index].encode("utf-16le")
        return bytes((len(text) + 2, STRING)) + text if index else ENGLISH


def _nobody(end: int, data: bytes) -> None:
    """No host has it."""


class LinePrinter(_Printer):
    """Keeps what comes."""

    def __init__(self, made: UsbPrinterDevice) -> None:
        super().__init__(made)
        self.came = bytearray()

    def write(self, end: int, data: bytes) -> None:  # noqa: ARG002 - the shape of a device
        """As `tools.peers.usbip.Device`."""
        self.came += data


class IppPrinter(_Printer):
    """Each interface is a way to the HTTP server at `port` of the loopback; each request has a connection of its own
    there, for a USB device has none that could have gone stale meanwhile."""

    def __init__(self, made: UsbPrinterDevice, port: int) -> None:
        super().__init__(made)
        self._port = port
        self._ways: dict[int, _Way] = {}

    def write(self, end: int, data: bytes) -> None:
        """As `tools.peers.usbip.Device`."""
        way = self._ways.get(end)
        if way is None or way.has_answered:
            if way is not None:
                way.close()
            way = self._ways[end] = _Way(self._port, lambda came: self._answer(end, came))
        way.send(data)


class _Way:
    """One connection, and the thread that listens to it."""

    def __init__(self, port: int, hear: Callable[[bytes], None]) -> None:
        self.has_answered = False
        self._hear = hear
        self._socket = socket.create_connection((LOOPBACK, port))
        threading.Thread(target=self._listen, daemon=True).start()

    def send(self, data: bytes) -> None:
        """What the server does not take any more, it has answered by now."""
        with suppress(OSError):
            self._socket.sendall(data)

    def close(self) -> None:
        """Nothing is heard of it any more."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def _listen(self) -> None:
        with suppress(OSError), self._socket:
            while came := self._socket.recv(PIECE):
                self.has_answered = True
                self._hear(came)
