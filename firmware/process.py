"""What a process that handles documents does to itself first: no core dumps, and memory that is used again."""

import ctypes
import resource

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
