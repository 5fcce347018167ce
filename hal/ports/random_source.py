"""The random source port: every unpredictable byte comes through here."""

from typing import Protocol


class RandomSource(Protocol):
    """Uniformly random bytes; cryptographically strong on a real board, seeded in a simulation."""

    def token(self, length: int) -> bytes:
        """`length` fresh random bytes."""
        ...
