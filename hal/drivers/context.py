"""What every driver is handed when it is opened: the board's own time, chance and threads."""

from dataclasses import dataclass

from hal.ports.clock import Clock
from hal.ports.random_source import RandomSource
from hal.ports.workers import Workers


@dataclass(frozen=True, slots=True)
class DriverContext:
    """Passed to `open(uri, context)` of a driver module."""

    clock: Clock
    workers: Workers
    random: RandomSource
