"""One device file of the kernel's usblp (drivers/usb/class/usblp.c), in blocking steps for worker threads."""

import errno
import fcntl
import os
import select
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

GET_STATUS = 0x060B
"""linux/lp.h: LPGETSTATUS, the port's status byte."""
ID_ROOM = 1024
GET_DEVICE_ID = 2 << 30 | ID_ROOM << 16 | ord("P") << 8 | 1
"""usblp.c: LPIOC_GET_DEVICE_ID with that much room."""
PIECE = 1 << 16
NAP = 0.1
"""Seconds after a write that was refused although the file was said to be ready: usblp says so while paper is out."""


class BrokenOffError(ConnectionError):
    """The wait was ended from another thread."""


class UsblpFile:
    """Open from the start and until `close`, and nobody else's: usblp lets one open it, and a lock keeps out those on
    a machine whose driver would let in more. Methods raise `OSError`; ENODEV and EIO where the device is gone."""

    def __init__(self, path: Path) -> None:
        """Raises `BlockingIOError` where another process has it."""
        self._held = threading.Lock()
        self._broken = False
        self._lent_out = 0
        self._file = self._bell = self._rope = -1
        self.taken = 0
        try:
            self._bell, self._rope = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
            self._file = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as exc:
            self.close()
            if exc.errno == errno.EBUSY:
                raise BlockingIOError(exc.errno, exc.strerror) from exc
            raise

    def __del__(self) -> None:
        self.close()  # opened for somebody who was cancelled meanwhile

    def status(self) -> int:
        """The status byte of GET_PORT_STATUS (USB printer class 1.1, 4.2.2)."""
        with self._lent() as lent:
            answer = fcntl.ioctl(lent[0], GET_STATUS, bytes(4))
        return int(struct.unpack("i", answer)[0]) & 0xFF

    def device_id(self) -> bytes:
        """The IEEE 1284 device ID, its length in front."""
        with self._lent() as lent:
            return fcntl.ioctl(lent[0], GET_DEVICE_ID, bytes(ID_ROOM))

    def write(self, data: bytes, stall: float) -> None:
        """Hand all of `data` over; `taken` counts as it goes. `TimeoutError` when no byte is taken for `stall`
        seconds, `BrokenOffError` once `break_off` was called."""
        rest = memoryview(data)
        until = time.monotonic() + stall
        with self._lent() as lent:
            while rest:
                _ready(lent, until)
                try:
                    count = os.write(lent[0], rest[:PIECE])
                except OSError as exc:
                    if exc.errno not in (errno.EAGAIN, errno.EINTR, errno.ENOSPC):
                        raise
                    _nap(lent, until)  # ENOSPC: it is out of paper
                    continue
                self.taken += count
                rest = rest[count:]
                until = time.monotonic() + stall

    def drain(self, stall: float) -> None:
        """Until the device has the last of what was handed over. Raises as `write` does."""
        with self._lent() as lent:
            _ready(lent, time.monotonic() + stall)

    def break_off(self) -> None:
        """End the wait under way, and every later one. From any thread."""
        with self._held:
            self._broken = True
            if self._rope >= 0:
                with suppress(BlockingIOError):  # it has rung often enough
                    os.write(self._rope, b"!")

    def close(self) -> None:
        """Let go: at once, or when the step under way has ended. Idempotent."""
        self.break_off()
        with self._held:
            self._close_unless_lent()

    def _close_unless_lent(self) -> None:
        if not self._lent_out:
            for file in (self._file, self._bell, self._rope):
                if file >= 0:
                    os.close(file)
            self._file = self._bell = self._rope = -1

    @contextmanager
    def _lent(self) -> Iterator[tuple[int, int]]:
        """The device and the bell, which nobody closes under one's feet."""
        with self._held:
            if self._broken:
                raise BrokenOffError("broken off")
            self._lent_out += 1
        try:
            yield self._file, self._bell
        finally:
            with self._held:
                self._lent_out -= 1
                if self._broken:
                    self._close_unless_lent()


def _ready(lent: tuple[int, int], until: float) -> None:
    """Wait until the device takes bytes, or has hung up, which the write then says."""
    file, bell = lent
    poll = select.poll()
    poll.register(bell, select.POLLIN)
    poll.register(file, select.POLLOUT)
    ready = dict(poll.poll(max(0.0, until - time.monotonic()) * 1000))
    if bell in ready:
        raise BrokenOffError("broken off")
    if not ready:
        raise TimeoutError("it took no byte for too long")


def _nap(lent: tuple[int, int], until: float) -> None:
    if time.monotonic() >= until:
        raise TimeoutError("it took no byte for too long")
    if select.select([lent[1]], [], [], NAP)[0]:
        raise BrokenOffError("broken off")
