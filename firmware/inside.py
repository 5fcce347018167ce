"""What the technician's page is shown of a station that runs: handed over once, when it begins to serve."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Protocol

from firmware.config import Config
from firmware.journal import Journal, TimeOfDay
from firmware.numbers import Numbers
from firmware.reader_health import HealthBook
from firmware.recording import Record
from firmware.trust.trust import Trust
from hal.board import Board
from hal.ports.badge_reader import BadgeReader


@dataclass(frozen=True, slots=True)
class Inside:
    """`is_delivering` is whether a document is on its way to the printer now."""

    board: Board
    config: Config
    trust: Trust
    record: Record
    health: HealthBook
    numbers: Numbers
    is_delivering: Callable[[], bool]
    tell: Callable[[str], None]


class Technician(Protocol):
    """Whoever looks at a station from inside; firmware/panel/technician is the real one."""

    def hearing(self, journal: Journal, clock: TimeOfDay) -> Journal:
        """The journal, whose last lines can be shown from now on, with the time in front."""
        ...

    def watching(self, reader: BadgeReader) -> BadgeReader:
        """The reader, whose readings can be looked at while somebody does."""
        ...

    def duty(self, inside: Inside) -> Coroutine[Any, Any, None]:
        """As long as the station runs. Nothing that fails there stops it."""
        ...
