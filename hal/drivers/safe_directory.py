"""A private directory whose files survive a power cut: shared by the file key store and the file storage."""

import os
import stat
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import Any

from hal.ports.storage import NAME

_OPEN = os.O_CLOEXEC | os.O_NOFOLLOW


class UnsafeDirectoryError(Exception):
    """The directory is missing and cannot be made, is a link, or lets others in."""


class UnsyncedError(OSError):
    """What was written may or may not be on the medium, and asking again would not tell: the kernel
    reports a failed write-back once and then forgets it (https://lwn.net/Articles/752063/)."""


class ExposedError(OSError):
    """The file's mode lets its group or others read or write it."""


class SafeDirectory:
    """Mode 0700, owned by us, no symbolic link at its end; files 0600, and no link followed. Names match
    `hal.ports.storage.NAME`, else `ValueError`; a leading dot is our own, for what is not complete.
    Every method raises plain `OSError`; the drivers put it in the ports' words."""

    def __init__(self, path: Path) -> None:
        self._fd = _open_private(path)
        weakref.finalize(self, os.close, self._fd)

    def lock(self) -> None:
        """Keep other processes out for as long as this object lives. Raises `BlockingIOError`."""
        flock(self._fd, LOCK_EX | LOCK_NB)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep every other caller of `alone` waiting, of whatever process or thread; the lock's file stays."""
        with self._file(".lock", os.O_RDONLY | os.O_CREAT) as fd:  # read only: the medium may be so by now
            flock(fd, LOCK_EX)  # given back when the descriptor is closed
            yield

    def read(self, name: str, *, private: bool = False) -> bytes:
        """The whole file. Raises `FileNotFoundError`, and `ExposedError` for a `private` one that others may use:
        somebody put it there, for what we write is ours alone."""
        with self._file(_check(name), os.O_RDONLY) as fd, os.fdopen(fd, "rb", closefd=False) as file:
            if private and os.fstat(fd).st_mode & 0o077:
                raise ExposedError(name)
            return file.read()

    def holds(self, name: str) -> bool:
        """Whether there is something of that name, whatever it is."""
        try:
            os.stat(_check(name), dir_fd=self._fd, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return True

    def replace(self, name: str, data: bytes) -> None:
        """Write aside, sync, rename, sync the directory. Raises `UnsyncedError` when only the last step failed."""
        aside = f".new-{_check(name)}"
        try:
            with self._file(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC) as fd:
                _write_all(fd, data)
                os.fsync(fd)
            os.rename(aside, name, src_dir_fd=self._fd, dst_dir_fd=self._fd)
        except OSError:
            self._discard(aside)
            raise
        self._sync()

    def append(self, name: str, data: bytes) -> None:
        """Add at the end and sync. A write that fails is taken back; raises `UnsyncedError` when the file
        is left in an unknown state."""
        with self._file(_check(name), os.O_WRONLY | os.O_CREAT | os.O_APPEND) as fd:
            size = os.fstat(fd).st_size
            try:
                _write_all(fd, data)
            except OSError:
                _synced(os.ftruncate, fd, size)
                raise
            _synced(os.fsync, fd)
            if size == 0:  # it may be new: its name has to last too
                self._sync()

    def remove(self, name: str) -> None:
        """Unlink and sync the directory; no error when there is no such file."""
        self._discard(f".new-{_check(name)}")  # what a crash before the rename left
        try:
            os.unlink(name, dir_fd=self._fd)
        except FileNotFoundError:
            return
        self._sync()

    def wipe(self, name: str) -> None:
        """Overwrite in place with zeros and sync, then remove; what a crash left of a replacement too."""
        for each in (f".new-{_check(name)}", name):
            try:
                with self._file(each, os.O_WRONLY) as fd:
                    _write_all(fd, bytes(os.fstat(fd).st_size))
                    os.fsync(fd)
            except FileNotFoundError:
                continue
        self.remove(name)

    @contextmanager
    def _file(self, name: str, flags: int) -> Iterator[int]:
        fd = os.open(name, flags | _OPEN, 0o600, dir_fd=self._fd)
        try:
            if not stat.S_ISREG(os.fstat(fd).st_mode):
                raise OSError(f"not a regular file: {name}")
            yield fd
        finally:
            os.close(fd)

    def _sync(self) -> None:
        _synced(os.fsync, self._fd)

    def _discard(self, name: str) -> None:
        try:
            os.unlink(name, dir_fd=self._fd)
        except OSError:
            return  # nobody reads it, and the next `replace` writes over it


def _check(name: str) -> str:
    if not NAME.fullmatch(name):
        raise ValueError(f"not a file name of ours: {name!r}")
    return name


def _open_private(path: Path) -> int:
    """A descriptor of the directory, made when missing."""
    try:
        _make(path)
        fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | _OPEN)
    except OSError as exc:
        raise UnsafeDirectoryError(f"{path}: {exc.strerror}") from exc
    status = os.fstat(fd)
    if status.st_mode & 0o077 or status.st_uid != os.geteuid():
        os.close(fd)
        raise UnsafeDirectoryError(f"{path} must be ours alone (chown, chmod 700); mode {status.st_mode & 0o777:03o}")
    return fd


def _make(path: Path) -> None:
    """With what is missing above it, ours alone like itself: that may be another such directory's place."""
    if not path.exists():
        _make(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)
        _sync_directory(path.parent)


def _sync_directory(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _write_all(fd: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(fd, rest) :]


def _synced(call: Callable[..., None], *arguments: Any) -> None:
    try:
        call(*arguments)
    except OSError as exc:
        raise UnsyncedError(exc.errno, exc.strerror) from exc
