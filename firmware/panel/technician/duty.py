"""The technician's page as a duty of the station; implements `firmware.inside.Technician`."""

import asyncio
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from firmware.panel.technician.onlookers import Onlookers, WatchedReader
from firmware.panel.technician.recent import RecentLines

if TYPE_CHECKING:
    from firmware.inside import Inside
    from firmware.journal import Journal, TimeOfDay
    from firmware.panel.technician.solving import Solving
    from hal.ports.badge_reader import BadgeReader
    from hal.ports.clock import Clock

PURGE_SECONDS = 10.0
"""How long what was read may outlast whoever looked, at most."""


class TechnicianPage:
    """One for a life of the station; `clock` is the board's. What its pages need is loaded when the station serves."""

    def __init__(self, clock: "Clock") -> None:
        self._clock = clock
        self.onlookers = Onlookers(clock)
        self.journal = RecentLines()

    def hearing(self, journal: "Journal", clock: "TimeOfDay") -> "Journal":
        """See `Technician`."""
        return self.journal.hearing(journal, clock)

    def watching(self, reader: "BadgeReader") -> "BadgeReader":
        """See `Technician`."""
        return WatchedReader(reader, self.onlookers)

    def duty(self, inside: "Inside") -> Coroutine[Any, Any, None]:
        """See `Technician`."""
        return self._keep_on(inside)

    async def _keep_on(self, inside: "Inside") -> None:
        from firmware.panel.technician.serving import serve  # noqa: PLC0415 - see the class
        from firmware.panel.technician.solving import Solving  # noqa: PLC0415 - as above

        solving = Solving(inside.board.workers, inside.board.storage)
        purging = asyncio.ensure_future(self._purge(solving))
        try:
            await serve(inside, self.onlookers, self.journal, solving, self._clock)
        finally:
            purging.cancel()
            await asyncio.gather(purging, return_exceptions=True)

    async def _purge(self, solving: "Solving") -> None:
        while True:
            await self._clock.sleep(PURGE_SECONDS)
            if self.onlookers.forget_unseen():
                solving.forget()
