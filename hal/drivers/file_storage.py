"""Durable storage in a directory of the box's own file system."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hal.drivers.context import DriverContext
from hal.drivers.safe_directory import SafeDirectory, UnsafeDirectoryError, UnsyncedError
from hal.drivers.uri import parse
from hal.ports.errors import DeviceConfigError, StorageError, StorageFullError, StorageInUseError

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class FileStorage:
    """One file a name. After a sync that failed, the name is failed until the process starts anew: nothing
    can tell what of it is on the medium, so nothing is read from or added to it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._directory = SafeDirectory(path)
        self._failed: set[str] = set()

    def lock(self) -> None:
        """Keep other processes out: two stations on one ledger would both print. Raises `StorageInUseError`."""
        try:
            self._directory.lock()
        except BlockingIOError as exc:
            raise StorageInUseError("file", f"another process uses {self._path}") from exc

    def read(self, name: str) -> bytes | None:
        """The content, or None. Raises `StorageError`."""
        with self._mapped(name):
            try:
                return self._directory.read(name)
            except FileNotFoundError:
                return None

    def replace(self, name: str, data: bytes) -> None:
        """Atomically become `data`. Raises `StorageFullError`, `StorageError`."""
        with self._mapped(name):
            self._directory.replace(name, data)

    def append(self, name: str, data: bytes) -> None:
        """Add `data` at the end, synced. Raises `StorageFullError`, `StorageError`."""
        with self._mapped(name):
            self._directory.append(name, data)

    def remove(self, name: str) -> None:
        """Remove durably. Raises `StorageError`."""
        with self._mapped(name):
            self._directory.remove(name)

    @contextmanager
    def _mapped(self, name: str) -> Iterator[None]:
        if name in self._failed:
            raise StorageError("file", f"{name}: an earlier sync failed")
        try:
            yield
        except UnsyncedError as exc:
            self._failed.add(name)
            raise StorageError("file", f"{name}: {exc.strerror}") from exc
        except OSError as exc:
            raise storage_error(name, exc) from exc


def storage_error(name: str, exc: OSError) -> StorageError:
    """What an error of the file system is called at the port."""
    kind = StorageFullError if exc.errno in FULL else StorageError
    return kind("file", f"{name}: {exc.strerror or exc}")


def directory_path(uri: str) -> Path:
    """The directory of a `file:DIR` URI. Raises `DeviceConfigError`."""
    path = parse(uri).path
    if not path:
        raise DeviceConfigError("file", f"no directory: {uri!r}")
    return Path(path)


def open(uri: str, context: DriverContext) -> FileStorage:  # noqa: ARG001 (every driver's factory has this shape)
    """`file:DIR`; the directory is made when missing and locked while we live. Raises `DeviceConfigError`."""
    try:
        storage = FileStorage(directory_path(uri))
    except UnsafeDirectoryError as exc:
        raise DeviceConfigError("file", str(exc)) from exc
    storage.lock()
    return storage
