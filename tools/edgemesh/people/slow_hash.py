"""Slow hashes of what is short enough to be guessed: PINs and one-time codes. Argon2id (RFC 9106), off the loop."""

import asyncio
import hmac
from collections.abc import Callable
from typing import TypeVar

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from hal.ports.random_source import RandomSource
from hal.ports.workers import Workers
from tools.edgemesh.interface.problems import Problem

T = TypeVar("T")

ITERATIONS, MEMORY_KIB, LANES = 2, 19 * 1024, 1
"""OWASP's least for Argon2id: some 30 ms on a desktop's core, under 100 ms on that of a small board."""
SALT_BYTES, HASH_BYTES = 16, 32
AT_ONCE = 2
"""Hashes computed at the same time: each takes a core and its memory."""
MOST_WAITING = 32
"""More than so many that wait are refused, so that a flood costs bounded memory and time."""
_VERSION = b"\x01"


def make(pepper: bytes, salt: bytes, text: str) -> bytes:
    """What is kept of `text`: version, salt, hash. Without the pepper, which lies apart from the database, it cannot
    even be guessed at. Computes for long."""
    return _VERSION + salt + _digest(pepper, salt, text)


def matches(pepper: bytes, kept: bytes, text: str) -> bool:
    """Whether `kept` was made of `text`. Where nothing is kept it takes as long, and is false."""
    version, salt, digest = kept[:1], kept[1 : 1 + SALT_BYTES], kept[1 + SALT_BYTES :]
    found = _digest(pepper, salt if len(salt) == SALT_BYTES else bytes(SALT_BYTES), text)
    return hmac.compare_digest(found, digest) and version == _VERSION


def _digest(pepper: bytes, salt: bytes, text: str) -> bytes:
    slow = Argon2id(
        salt=salt,
        length=HASH_BYTES,
        iterations=ITERATIONS,
        lanes=LANES,
        memory_cost=MEMORY_KIB,
        secret=pepper,
    )
    return slow.derive(text.encode())


class SlowHash:
    """Computes in worker threads, a few at a time. Raises `Problem` desk-busy when too many wait."""

    def __init__(self, pepper: bytes, workers: Workers, random: RandomSource) -> None:
        self._pepper, self.workers, self._random = pepper, workers, random
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    async def make(self, text: str) -> bytes:
        """What to keep of `text`."""
        salt = self._random.token(SALT_BYTES)
        return await self._computed(lambda: make(self._pepper, salt, text))

    async def matches(self, kept: bytes, text: str) -> bool:
        """Whether `kept` was made of `text`; empty: no, after the same time."""
        return await self._computed(lambda: matches(self._pepper, kept, text))

    def make_now(self, text: str) -> bytes:
        """The same as `make`, on the caller's own thread."""
        return make(self._pepper, self._random.token(SALT_BYTES), text)

    async def _computed(self, call: Callable[[], T]) -> T:
        """A caller that hangs up does not make room for the next one: the computation goes on and counts."""
        if self._waiting >= MOST_WAITING:
            raise Problem("desk-busy")
        self._waiting += 1
        return await asyncio.shield(asyncio.ensure_future(self._in_turn(call)))

    async def _in_turn(self, call: Callable[[], T]) -> T:
        try:
            async with self._gate:
                return await self.workers.run(call)
        finally:
            self._waiting -= 1
