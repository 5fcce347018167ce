"""What a process that handles documents does to itself first: no core dumps, memory that is used again, and nobody that
is trusted unnamed."""

import ctypes
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager

PR_SET_DUMPABLE = 4  # prctl(2)
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8  # mallopt(3)
MIB = 2**20


def harden() -> None:
    """No core dump: the memory of a station holds keys and documents. Not even to a handler on a pipe, which the limit
    alone does not stop (core(5))."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def reuse_memory() -> None:
    """Have the C library hand out the megabyte buffers of a stream again, instead of asking the kernel for fresh zeroed
    pages each time: that was a third of a release's processor time. One arena for all threads, so that what one of them
    gives back the next one uses. Where the library is not glibc, nothing happens."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_ARENA_MAX, 1)
        mallopt(M_MMAP_THRESHOLD, 8 * MIB)
        mallopt(M_TRIM_THRESHOLD, 16 * MIB)


@contextmanager
def no_public_authorities() -> Iterator[None]:
    """What is loaded in this block finds no store of public authorities where OpenSSL looks for it (SSL_CERT_FILE and
    SSL_CERT_DIR, SSL_CTX_set_default_verify_paths(3)). aiohttp makes its default contexts as it is loaded: reading the
    store twice is a twelfth of a start, and with an empty one a connection that names nobody whom it trusts fails."""
    names = ("SSL_CERT_FILE", "SSL_CERT_DIR")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, os.devnull))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
