"""The random source twin: every choice of a simulation comes from one seed."""

import random


def stream(seed: int, label: str) -> random.Random:
    """An independent generator for one part of a simulation: what one part draws changes nothing for another."""
    return random.Random(f"{seed}/{label}")  # noqa: S311 (has to repeat; guards no secret)


class SeededRandom:
    """The same seed gives the same bytes."""

    def __init__(self, seed: int) -> None:
        self._stream = stream(seed, "random source")

    def token(self, length: int) -> bytes:
        """The next `length` bytes of the seed's stream."""
        return self._stream.randbytes(length)
