"""A printer class device as the kernel's usblp shows it: a device file that takes bytes, and answers two ioctls."""

import errno
import hashlib
import os
import struct
import tty
from typing import Any

import gi

gi.require_version("UMockdev", "1.0")
from gi.repository import GLib, UMockdev  # noqa: E402 (only after `require_version`)

GET_STATUS = 0x060B
"""lp.h: LPGETSTATUS."""
CHUNK = 65536


class LpDevice:
    """One `/dev/usb/lp*`. It takes bytes while `taking`; `status` is the port's."""

    def __init__(self, testbed: Any, node: str, told: dict[str, Any]) -> None:
        self._testbed, self._node = testbed, node
        self._wire, self._watch = -1, 0
        self._gone = False
        self._status, self._limit = 0x18, -1
        said = told["device_id"].encode()
        self._identity = struct.pack(">H", len(said) + 2) + said
        self._size, self._hash = 0, hashlib.sha256()
        self._handler = UMockdev.IoctlBase()
        self._handler.connect("handle-ioctl", self._ioctl)
        testbed.attach_ioctl(node, self._handler)

    def connect(self) -> None:
        """The device file is there: take the other end of it."""
        self._wire = self._testbed.get_dev_fd(self._node)
        tty.setraw(self._wire)
        os.set_blocking(self._wire, False)
        self._listen()

    def set(
        self, status: int | None = None, limit: int | None = None, fresh: bool = False, identity: str | None = None
    ) -> None:
        """`limit` is how many bytes it takes and then no more, below 0 for all; `fresh`: forget what has come;
        `identity`, in hex, is what it answers for its device ID from now on, length and all."""
        self._identity = self._identity if identity is None else bytes.fromhex(identity)
        self._status = self._status if status is None else status
        self._limit = self._limit if limit is None else limit
        if fresh:
            self._size, self._hash = 0, hashlib.sha256()
        self._listen()

    def lose(self) -> None:
        """The device is gone: whoever has it open hears a hang-up."""
        self._gone = True
        if self._watch:
            GLib.source_remove(self._watch)
        os.close(self._wire)

    def told(self) -> dict[str, Any]:
        """What has come so far."""
        return {"size": self._size, "digest": self._hash.hexdigest()}

    def _listen(self) -> None:
        if not self._watch and self._takes:
            wanted = GLib.IOCondition.IN
            self._watch = GLib.io_add_watch(self._wire, GLib.PRIORITY_DEFAULT, wanted, self._take)

    @property
    def _takes(self) -> int:
        return CHUNK if self._limit < 0 else min(CHUNK, self._limit - self._size)

    def _take(self, _channel: object, _condition: object) -> bool:
        try:
            data = os.read(self._wire, self._takes) if self._takes else b""
        except OSError as exc:
            data = b""
            if exc.errno not in (errno.EAGAIN, errno.EIO):
                raise
        self._size += len(data)
        self._hash.update(data)
        if self._takes and data:
            return True
        self._watch = 0
        if self._takes:
            GLib.timeout_add(5, self._again)  # nobody has it open
        return False

    def _again(self) -> bool:
        if not self._gone:
            self._listen()
        return False

    def _ioctl(self, _base: object, client: Any) -> bool:
        request = client.props.request & 0xFFFFFFFF
        kind, number, size = request >> 8 & 0xFF, request & 0xFF, request >> 16 & 0x3FFF
        if self._gone:
            client.complete(-1, errno.ENODEV)
        elif request == GET_STATUS:
            client.props.arg.resolve(0, 4).update(0, struct.pack("i", self._status))
            client.complete(0, 0)
        elif (kind, number) == (ord("P"), 1):
            client.props.arg.resolve(0, size).update(0, self._identity[:size])
            client.complete(0, 0)
        else:
            return False
        return True
