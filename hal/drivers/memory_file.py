"""A document in memory under a file descriptor: no name, no disk, and nobody changes it any more."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

SEALS = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE


@contextmanager
def memory_file() -> Iterator[int]:
    """A file descriptor, closed with the context."""
    descriptor = os.memfd_create("document", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def append(descriptor: int, data: bytes) -> None:
    """All of `data`. Raises `OSError` where there is no memory."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def seal(descriptor: int) -> None:
    """From now on it stays as it is, also for whom it is passed to."""
    fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, SEALS)
