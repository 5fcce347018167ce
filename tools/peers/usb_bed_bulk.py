"""An IPP-over-USB device as libusb sees it through usbfs: control and bulk transfers, bridged to an HTTP server."""

import socket
import struct
from collections import OrderedDict, deque
from typing import Any

import gi

gi.require_version("UMockdev", "1.0")
from gi.repository import GLib, UMockdev  # noqa: E402 (only after `require_version`)

ENOENT, EAGAIN, ENODEV, EINVAL, ENOTTY, EPIPE, ENODATA = 2, 11, 19, 22, 25, 32, 61
URB_SIZE = 56
CONTROL, BULK = 2, 3
SUBMIT, DISCARD, REAPS = 0x8038550A, 0x550B, (0x4008550C, 0x4008550D)
"""usbdevice_fs.h: USBDEVFS_SUBMITURB, DISCARDURB, REAPURB and REAPURBNDELAY, of a 64-bit machine."""
NOTHING_TO_DO = (0x8004550F, 0x80045510, 0x80045505, 0x80045515, 0x5514, 0x8108551B)
"""Claim, release, set the configuration, clear a halt, reset, disconnect and claim."""
SET_INTERFACE = 0x80085504
"""With the number of the interface, and of its alternate setting: two 32-bit integers."""
NO_DATA = (0x41045508, 0xC0105512)
"""Get the driver, and speak with it: there is none."""
CAPABILITIES = 0x8004551A
IDLE_MS = 2
"""How long an empty-handed reap is kept waiting: on a real machine poll() would not have called it ready, and here
libusb would ask again at once, for ever."""
BRISK = 100
"""Empty-handed reaps since the last transfer that are answered at once: whoever is in the middle of a document is not
kept waiting, for one call at a time gets through."""


class Urb:
    """One transfer that `owner`, who has the device open, submitted; `data` starts behind the 8 bytes of a control
    transfer's setup."""

    def __init__(self, told: Any, owner: Any) -> None:
        self.told, self.owner = told, owner
        raw = bytes(told.retrieve())
        self.kind, self.end = raw[0], raw[1]
        (self.length,) = struct.unpack_from("i", raw, 24)
        self.buffer = told.resolve(16, self.length) if self.length else None

    @property
    def content(self) -> bytes:
        return bytes(self.buffer.retrieve()) if self.buffer is not None else b""

    def finish(self, status: int, count: int, data: bytes = b"", offset: int = 0) -> None:
        """`status` is 0 or a negative errno."""
        if data and self.buffer is not None:
            self.buffer.update(offset, data)
        self.told.update(4, struct.pack("i", status))
        self.told.update(28, struct.pack("i", count))


class Channel:
    """One interface: requests go out by one endpoint, answers come in by the other. Each request has a connection of
    its own to the server behind, for a USB device has none that could have gone stale meanwhile."""

    def __init__(self, port: int, wake: Any) -> None:
        self._port, self._wake = port, wake
        self._socket: socket.socket | None = None
        self._watch = 0
        self._has_answered = False
        self.waiting: deque[Urb] = deque()
        self.writing: deque[tuple[Urb, memoryview]] = deque()

    def write(self, urb: Urb) -> None:
        if self._socket is None or self._has_answered:
            self.close()
            self._socket, self._has_answered = socket.create_connection(("127.0.0.1", self._port)), False
            self._socket.setblocking(False)
        self.writing.append((urb, memoryview(urb.content)))

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket = None

    def pump(self) -> list[Urb]:
        """The transfers that are done now."""
        return [*self._send(), *self._receive()]

    def _send(self) -> list[Urb]:
        done: list[Urb] = []
        while self.writing and self._socket is not None:
            urb, rest = self.writing[0]
            try:
                rest = rest[self._socket.send(rest) :]
            except BlockingIOError:
                self.writing[0] = (urb, rest)
                return done
            except OSError:
                rest = rest[len(rest) :]  # it has answered and closed: the answer comes first
            self.writing[0] = (urb, rest)
            if not rest:
                self.writing.popleft()
                urb.finish(0, urb.length)
                done.append(urb)
        return done

    def _receive(self) -> list[Urb]:
        done: list[Urb] = []
        while self.waiting and self._socket is not None:
            try:
                data = self._socket.recv(self.waiting[0].length)
            except BlockingIOError:
                return done
            except OSError:
                data = b""
            if not data:
                self.close()
                return done
            urb = self.waiting.popleft()
            urb.finish(0, len(data), data)
            self._has_answered = True
            done.append(urb)
        return done


class BulkDevice:
    """One device file under /dev/bus/usb. `told` has the strings, the device ID and the port behind."""

    def __init__(self, testbed: Any, node: str, told: dict[str, Any]) -> None:
        self._told = told
        self._strings = ["", *told["strings"]]
        self._channels: dict[int, Channel] = {}
        self._done: deque[Urb] = deque()
        self._urbs: OrderedDict[int, Urb] = OrderedDict()
        self._idle: Any = None
        self._gone = False
        self._empty = 0
        self._submitted = self._reaped = 0
        self._unknown: list[str] = []
        self._handler = UMockdev.IoctlBase()
        self._handler.connect("handle-ioctl", self._ioctl)
        self._handler.connect("client-vanished", self._closed)
        testbed.attach_ioctl(node, self._handler)

    def connect(self) -> None:
        """Nothing is read or written here."""

    def lose(self) -> None:
        """The device is gone: every transfer ends."""
        self._gone = True
        for urb in list(self._urbs.values()):
            self._drop(urb, -ENODEV)
        for channel in self._channels.values():
            channel.close()

    def set(self, **_changes: Any) -> None:
        """It has no settings."""

    def told(self) -> dict[str, Any]:
        """For whoever wonders."""
        return {"submitted": self._submitted, "reaped": self._reaped, "unknown": self._unknown}

    def _ioctl(self, _base: object, client: Any) -> bool:
        request = client.props.request & 0xFFFFFFFF
        if self._gone and request not in REAPS:
            client.complete(-1, ENODEV)
        elif request == SUBMIT:
            self._submit(client)
        elif request in REAPS:
            self._reap(client)
        elif request == DISCARD:
            self._discard(client)
        elif request == CAPABILITIES:
            client.props.arg.resolve(0, 4).update(0, struct.pack("I", 1))
            client.complete(0, 0)
        elif request == SET_INTERFACE:
            self._set_interface(client)
        elif request in NO_DATA:
            client.complete(-1, ENODATA)
        elif request in NOTHING_TO_DO:
            client.complete(0, 0)
        else:
            self._unknown.append(hex(request))
            client.complete(-1, ENOTTY)
        return True

    def _closed(self, _base: object, client: Any) -> None:
        """One that had the device open is gone, and the kernel ends what it left unfinished: the next must not reap it,
        nor be answered into it. The printer does not hear of it: it waits for the rest of a request until its interface
        is set anew."""
        if self._idle is client:
            self._idle = None
        for urb in [urb for urb in self._urbs.values() if urb.owner is client]:
            self._take_out(urb)
        self._done = deque(urb for urb in self._done if urb.owner is not client)

    def _set_interface(self, client: Any) -> None:
        """An exchange that was under way there is over: the next byte begins another."""
        (number,) = struct.unpack("I", bytes(client.props.arg.resolve(0, 8).retrieve())[:4])
        if channel := self._channels.get(number + 1):
            channel.close()
        client.complete(0, 0)

    def _submit(self, client: Any) -> None:
        urb = Urb(client.props.arg.resolve(0, URB_SIZE), client)
        self._submitted += 1
        self._empty = 0
        if urb.kind == CONTROL:
            self._control(urb)
        else:
            self._urbs[urb.told.client_addr] = urb
            channel = self._channels.setdefault(urb.end & 15, Channel(self._told["behind"], self._pump))
            if urb.end & 0x80:
                channel.waiting.append(urb)
            else:
                channel.write(urb)
            self._pump()
        client.complete(0, 0)
        self._settle()

    def _control(self, urb: Urb) -> None:
        kind, request, value, _index, length = struct.unpack_from("<BBHHH", urb.content)
        answer: bytes | None = None
        if (kind, request, value >> 8) == (0x80, 6, 3):
            text = self._strings[value & 255].encode("utf-16le") if value & 255 < len(self._strings) else b""
            answer = bytes([len(text) + 2, 3]) + text if value & 255 else b"\x04\x03\x09\x04"
        elif (kind, request) == (0xA1, 0):
            identity = self._told["device_id"].encode()
            answer = struct.pack(">H", len(identity) + 2) + identity
        if answer is None:
            urb.finish(-EPIPE, 0)
        else:
            urb.finish(0, len(answer[:length]), answer[:length], 8)
        self._done.append(urb)

    def _pump(self) -> None:
        for channel in self._channels.values():
            for urb in channel.pump():
                self._urbs.pop(urb.told.client_addr, None)
                self._done.append(urb)

    def _reap(self, client: Any) -> None:
        self._pump()
        if self._has(client):
            self._give(client)
        elif self._gone:
            client.complete(-1, ENODEV)
        elif self._empty < BRISK:
            self._empty += 1
            client.complete(-1, EAGAIN)
        else:
            self._idle = client
            GLib.timeout_add(IDLE_MS, self._end_idle, client)

    def _end_idle(self, client: Any) -> bool:
        if self._idle is client:
            self._idle = None
            self._pump()
            if self._has(client):
                self._give(client)
            else:
                client.complete(-1, ENODEV if self._gone else EAGAIN)
        return False

    def _settle(self) -> None:
        if self._idle is not None and self._has(self._idle):
            client, self._idle = self._idle, None
            self._give(client)

    def _has(self, client: Any) -> bool:
        return any(urb.owner is client for urb in self._done)

    def _give(self, client: Any) -> None:
        urb = next(urb for urb in self._done if urb.owner is client)
        self._done.remove(urb)
        self._reaped += 1
        client.props.arg.resolve(0, 8).set_ptr(0, urb.told)
        client.complete(0, 0)

    def _discard(self, client: Any) -> None:
        (address,) = struct.unpack("Q", bytes(client.props.arg.retrieve()))
        urb = self._urbs.get(address)
        if urb is None:
            client.complete(-1, EINVAL)
            return
        self._drop(urb, -ENOENT)
        client.complete(0, 0)
        self._settle()

    def _take_out(self, urb: Urb) -> None:
        self._urbs.pop(urb.told.client_addr, None)
        for channel in self._channels.values():
            if urb in channel.waiting:
                channel.waiting.remove(urb)
            channel.writing = deque(item for item in channel.writing if item[0] is not urb)

    def _drop(self, urb: Urb, status: int) -> None:
        self._take_out(urb)
        urb.finish(status, 0)
        self._done.append(urb)
