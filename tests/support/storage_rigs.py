"""A storage and what can go wrong with its medium: the twin, and files whose system calls fail on request."""

import errno
import os
from pathlib import Path
from typing import Any, NoReturn

import pytest

from hal.drivers.file_storage import FileStorage
from hal.ports.storage import Storage
from hal.sim.random_source import stream
from hal.sim.storage import SimStorage, StorageFault


class TwinRig:
    def __init__(self) -> None:
        self.twin = SimStorage(stream(1, "storage"))
        self.storage: Storage = self.twin

    def restart(self) -> None:
        self.twin.crash()

    def fill(self) -> None:
        self.twin.fault = StorageFault.FULL

    def fail_syncs(self) -> None:
        self.twin.fault = StorageFault.IO_ERROR

    def forbid_writing(self) -> None:
        self.twin.fault = StorageFault.READ_ONLY

    def heal(self) -> None:
        self.twin.fault = None


class FileRig:
    """Faults are made at the system call, after half of what was asked: the worst a kernel may do."""

    def __init__(self, path: Path, patch: pytest.MonkeyPatch) -> None:
        self.path = path
        self._patch = patch
        self.restart()

    def restart(self) -> None:
        self.storage: Storage = FileStorage(self.path)

    def fill(self) -> None:
        write, left = os.write, [4]

        def full(fd: int, data: Any) -> int:
            if not left[0]:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            written = write(fd, bytes(data)[: left[0]])
            left[0] -= written
            return written

        self._patch.setattr(os, "write", full)

    def fail_syncs(self) -> None:
        self._patch.setattr(os, "fsync", _io_error)

    def forbid_writing(self) -> None:
        really = os.open

        def read_only(path: Any, flags: int, *arguments: Any, **options: Any) -> int:
            if flags & (os.O_WRONLY | os.O_RDWR):
                raise OSError(errno.EROFS, os.strerror(errno.EROFS))
            return really(path, flags, *arguments, **options)

        self._patch.setattr(os, "open", read_only)

    def heal(self) -> None:
        self._patch.undo()


def _io_error(_fd: int) -> NoReturn:
    raise OSError(errno.EIO, os.strerror(errno.EIO))
