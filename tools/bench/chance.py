"""Chance for the parts of a simulated world beside the station, each from its own stream of the one seed."""

from hal.sim.random_source import stream


class Dice:
    """A random source (hal/ports/random_source.py) named by `label`: what one throws changes nothing for another."""

    def __init__(self, seed: int, label: str) -> None:
        self._stream = stream(seed, label)

    def token(self, length: int) -> bytes:
        """The next `length` bytes."""
        return self._stream.randbytes(length)
