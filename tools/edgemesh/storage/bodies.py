"""Ciphertext bodies on a node: one file each, whole and synced or not there."""

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Protocol

from tools.edgemesh.interface.exchange import OpenBody
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.storage.stores import StoreError

_PARTIAL = ".partial"
_BODY = ".body"


class BodySink(Protocol):
    """One body on its way in. Calls block; `abort` may come while another thread is in `write`."""

    def write(self, data: bytes) -> None:
        """Append. Raises `Problem` mesh-full, store-failed."""
        ...

    def sync(self) -> str:
        """Make what was written durable, still under no name; its SHA-256 in hex. Raises `Problem`."""
        ...

    def commit(self) -> None:
        """Give it its name, durably, after `sync`. Raises `Problem` store-failed."""
        ...

    def abort(self) -> None:
        """Leave nothing; idempotent, and no error after `commit`."""
        ...


class BodyStore(Protocol):
    """Bodies by job id (a UUID, checked by the caller). Calls block, and raise `StoreError` when the medium fails."""

    def begin(self, job_id: str) -> BodySink:
        """Several may be under way for one job; the last to commit stands."""
        ...

    def open(self, job_id: str) -> OpenBody | None: ...

    def remove(self, job_id: str) -> None:
        """Durably; no error when there is none."""
        ...

    def sizes(self) -> Mapping[str, int]:
        """Every whole body there is."""
        ...

    def sweep(self) -> None:
        """At start-up: remove what a crash left half written."""
        ...

    def free(self) -> int:
        """Bytes the medium still takes."""
        ...


_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        raise Problem("mesh-full" if exc.errno in _FULL else "store-failed", exc.strerror or "") from exc


@contextmanager
def _stored() -> Iterator[None]:
    """A failing medium as chores know it: they try again, where a bare `OSError` would be a bug."""
    try:
        yield
    except OSError as exc:
        raise StoreError(f"bodies: {exc.strerror or type(exc).__name__}") from exc


class FileBodies:
    """Files in one directory: temp, fsync, rename, fsync of the directory."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._directory = directory

    def begin(self, job_id: str) -> "FileSink":
        chance = os.urandom(4).hex()  # only a name: two uploads at once must not share a file
        return FileSink(self._directory / f"{job_id}.{chance}{_PARTIAL}", self._path(job_id))

    def open(self, job_id: str) -> "FileBody | None":
        with _stored():
            try:
                return FileBody(self._path(job_id))
            except FileNotFoundError:
                return None

    def remove(self, job_id: str) -> None:
        with _stored():
            self._path(job_id).unlink(missing_ok=True)
            sync_directory(self._directory)

    def sizes(self) -> Mapping[str, int]:
        with _stored():
            return {path.stem: path.stat().st_size for path in self._directory.glob(f"*{_BODY}")}

    def sweep(self) -> None:
        with _stored():
            for path in self._directory.glob(f"*{_PARTIAL}"):
                path.unlink()

    def free(self) -> int:
        with _stored():
            return shutil.disk_usage(self._directory).free

    def _path(self, job_id: str) -> Path:
        return self._directory / f"{job_id}{_BODY}"


class FileSink:
    """`BodySink`."""

    def __init__(self, partial: Path, final: Path) -> None:
        self._partial, self._final = partial, final
        self._hash = hashlib.sha256()
        self._lock = Lock()
        with _refusing():
            self._file = os.fdopen(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb", buffering=0)

    def write(self, data: bytes) -> None:
        with self._lock, _refusing():
            if self._file.closed:
                return  # aborted while this call waited for its thread
            rest = memoryview(data)
            while rest:
                rest = rest[self._file.write(rest) :]
            self._hash.update(data)

    def sync(self) -> str:
        with self._lock, _refusing():
            os.fsync(self._file.fileno())
            self._file.close()
        return self._hash.hexdigest()

    def commit(self) -> None:
        with self._lock, _refusing():
            self._partial.rename(self._final)
            sync_directory(self._final.parent)

    def abort(self) -> None:
        with self._lock, _stored():
            self._file.close()
            self._partial.unlink(missing_ok=True)


class FileBody:
    """`OpenBody`: positional reads, so that several readers share nothing."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb", buffering=0)
        self.size = os.fstat(self._file.fileno()).st_size

    def read(self, offset: int, length: int) -> bytes:
        return os.pread(self._file.fileno(), length, offset)

    def close(self) -> None:
        self._file.close()


def sync_directory(directory: Path) -> None:
    """Make the names in it durable."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
