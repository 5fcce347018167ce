"""What is written to: a disk of the kernel's that nobody else has, or a file; each fault has a stable code."""

import errno
import fcntl
import mmap
import os
import stat
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from tools.flash.errors import FlashError

T = TypeVar("T")
CHUNK = 4 * 1024 * 1024
_BLKZEROOUT, _BLKFLSBUF = 0x127F, 0x1261  # linux/fs.h
_OPENING = {
    errno.EBUSY: "disk-busy",
    errno.EACCES: "disk-denied",
    errno.EPERM: "disk-denied",
    errno.EROFS: "disk-read-only",
    errno.ENOENT: "disk-unknown",
    errno.ENXIO: "disk-unknown",
    errno.ENODEV: "disk-unknown",
}
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@dataclass(slots=True)
class Target:
    """Open; offsets and lengths are whole sectors of a disk. `zeroed`: what was not written reads as zero. `zeroes`:
    the disk writes zeros by itself. Each method raises `FlashError` disk-full or disk-failed."""

    path: str
    fd: int
    size: int
    zeroed: bool
    zeroes: bool

    def write(self, offset: int, data: bytes) -> None:
        """All of it, or an error."""
        rest = memoryview(data)
        while rest:
            done = self._try(lambda part=rest, at=offset: os.pwrite(self.fd, part, at))  # type: ignore[misc]
            if done <= 0:
                raise FlashError(f"{self.path} takes no more", code="disk-failed")
            rest, offset = rest[done:], offset + done

    def zero(self, offset: int, length: int) -> None:
        """Zeros: skipped where they are there already, else by the disk itself, else written."""
        if self.zeroed:
            return
        if self.zeroes:
            try:
                fcntl.ioctl(self.fd, _BLKZEROOUT, struct.pack("QQ", offset, length))
            except OSError:
                self.zeroes = False
            else:
                return
        for at in range(offset, offset + length, CHUNK):
            self.write(at, bytes(min(CHUNK, offset + length - at)))

    def sync(self) -> None:
        """What was written is on the medium, as far as it tells the truth."""
        self._try(lambda: os.fsync(self.fd))
        full = getattr(fcntl, "F_FULLFSYNC", None)
        if full is not None:  # macOS: fsync leaves it in the disk's own memory
            self._try(lambda: fcntl.fcntl(self.fd, full))

    def read_back(self, offset: int, length: int) -> Iterator[bytes]:
        """What the medium holds, past the kernel's memory where the system allows it; call `sync` first."""
        with _uncached(self.path, self.fd) as (fd, is_direct), mmap.mmap(-1, CHUNK) as room:
            end = offset + length
            while offset < end:
                wanted = CHUNK if is_direct else min(CHUNK, end - offset)
                view = memoryview(room)[:wanted]
                count = self._try(lambda into=view, at=offset: os.preadv(fd, [into], at))  # type: ignore[misc]
                view.release()
                if count <= 0:
                    raise FlashError(f"{self.path} ends too early", code="disk-mismatch")
                count = min(count, end - offset)
                yield room[:count]
                offset += count

    def _try(self, call: Callable[[], T]) -> T:
        try:
            return call()
        except OSError as exc:
            code = "disk-full" if exc.errno in _FULL else "disk-failed"
            raise FlashError(f"{self.path}: {exc.strerror or exc}", code=code) from exc


@contextmanager
def opened_disk(path: str, size: int, *, zeroes: bool) -> Iterator[Target]:
    """A disk, for us alone: no part of it can be mounted meanwhile (open(2), O_EXCL). Raises `FlashError`."""
    with _opened(path, os.O_RDWR | os.O_EXCL) as fd:
        if not stat.S_ISBLK(os.fstat(fd).st_mode) and not stat.S_ISCHR(os.fstat(fd).st_mode):
            raise FlashError(f"{path} is no disk", code="disk-unknown")
        yield Target(path, fd, size, zeroed=False, zeroes=zeroes)


@contextmanager
def opened_file(path: Path, least: int) -> Iterator[Target]:
    """A file that is made, or emptied, and at least so large; a larger one keeps its size, as a card would. Raises
    `FlashError`."""
    with _opened(str(path), os.O_RDWR | os.O_CREAT) as fd:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode):
            raise FlashError(f"{path} is no file: name a disk with --disk", code="disk-unknown")
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(fd, 0)
            os.ftruncate(fd, max(status.st_size, least))
        except BlockingIOError as exc:
            raise FlashError(f"{path} is being written", code="disk-busy") from exc
        except OSError as exc:
            raise FlashError(f"{path}: {exc.strerror}", code="disk-full") from exc
        fcntl.flock(fd, fcntl.LOCK_UN)  # mtools locks it for itself
        yield Target(str(path), fd, max(status.st_size, least), zeroed=True, zeroes=False)


def present(path: Path) -> os.stat_result | None:
    """What lies there, None for nothing. Raises `FlashError`."""
    try:
        return path.stat()
    except FileNotFoundError:
        return None
    except OSError as exc:
        raise FlashError(f"{path}: {exc.strerror}", code=_OPENING.get(exc.errno or 0, "disk-unknown")) from exc


@contextmanager
def _opened(path: str, flags: int) -> Iterator[int]:
    try:
        fd = os.open(path, flags | os.O_CLOEXEC, 0o644)
    except OSError as exc:
        raise FlashError(f"{path}: {exc.strerror}", code=_OPENING.get(exc.errno or 0, "disk-failed")) from exc
    try:
        yield fd
    finally:
        with suppress(OSError):  # everything that counts was synced
            os.close(fd)


@contextmanager
def _uncached(path: str, fd: int) -> Iterator[tuple[int, bool]]:
    """A descriptor to read by, and whether it goes straight to the medium."""
    direct = -1
    with suppress(OSError):  # not every file system can
        direct = os.open(path, os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_DIRECT", 0))
    try:
        if direct >= 0 and hasattr(os, "O_DIRECT"):
            yield direct, True
            return
        with suppress(OSError):
            fcntl.ioctl(fd, _BLKFLSBUF, 0)
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
        yield fd, False
    finally:
        if direct >= 0:
            os.close(direct)
