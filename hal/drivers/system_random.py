"""The kernel's random source."""

import os


class SystemRandom:
    """getrandom(2), by way of `os.urandom`: it waits at boot until the kernel's pool is seeded."""

    def token(self, length: int) -> bytes:
        """`length` fresh bytes, fit for keys."""
        return os.urandom(length)
