"""The technician's page as a duty of the station; implements `firmware.inside.Technician`."""

import asyncio
import socket
from collections.abc import Coroutine
from typing import Any, Final

from firmware.inside import Inside
from firmware.journal import TimeOfDay
from firmware.pairing.https import HttpsChannels
from firmware.panel.address import Wire, parse_technician
from firmware.panel.entry import Entry, start_directory
from firmware.panel.hosting import Host, hosted, keep_hosting
from firmware.panel.technician.access import Admins
from firmware.panel.technician.insight import Insight
from firmware.panel.technician.onlookers import Onlookers, WatchedReader
from firmware.panel.technician.pages import Pages
from firmware.panel.technician.recent import RecentLines
from firmware.panel.technician.solving import Solving
from firmware.panel.technician.tongues import speeches
from firmware.panel.technician.trying import Trying
from firmware.resetting import FactoryReset
from firmware.station import Journal
from firmware.technician.printer import Bench
from hal.ports.badge_reader import BadgeReader
from hal.ports.clock import Clock

NAME: Final = "technician"
PURGE_SECONDS = 10.0
"""How long what was read may outlast whoever looked, at most."""


class TechnicianPage:
    """One for a life of the station; `clock` is the board's."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.onlookers = Onlookers(clock)
        self.journal = RecentLines()

    def hearing(self, journal: Journal, clock: TimeOfDay) -> Journal:
        """See `Technician`."""
        return self.journal.hearing(journal, clock)

    def watching(self, reader: BadgeReader) -> BadgeReader:
        """See `Technician`."""
        return WatchedReader(reader, self.onlookers)

    def duty(self, inside: Inside) -> Coroutine[Any, Any, None]:
        """See `Technician`."""
        return self._keep_on(inside)

    async def _keep_on(self, inside: Inside) -> None:
        solving = Solving(inside.board.workers, inside.board.storage)
        purging = asyncio.ensure_future(self._purge(solving))
        entry = Entry.made(NAME, inside.board.random)

        async def once() -> None:
            trying = trying_of(inside)
            insight, spoken = Insight(inside, self.onlookers), speeches(inside.config.panel_language)
            pages = Pages(
                insight,
                self.onlookers,
                self.journal,
                solving=solving,
                trying=trying,
                reset=reset_of(inside),
                spoken=spoken,
            )
            try:
                async with hosted(pages, host_of(inside, entry)):
                    await asyncio.Event().wait()
            finally:
                await trying.end()

        try:
            await keep_hosting(NAME, once, self._clock, inside.tell)
        finally:
            purging.cancel()
            await asyncio.gather(purging, return_exceptions=True)

    async def _purge(self, solving: Solving) -> None:
        while True:
            await self._clock.sleep(PURGE_SECONDS)
            if self.onlookers.forget_unseen():
                solving.forget()


def trying_of(inside: Inside) -> Trying:
    """The station's own printer, tried."""
    board = inside.board
    bench = Bench(board.printer, board.clock, board.random, board.workers)
    return Trying(bench, inside.config.printer, inside.trust.credentials.identity.id, inside.is_delivering)


def reset_of(inside: Inside) -> FactoryReset:
    """Of the station itself."""
    clock = inside.trust.clock
    channels = HttpsChannels(inside.board.workers, earliest=clock.now)
    return FactoryReset(inside.board, inside.config, channels, clock, inside.tell)


def host_of(inside: Inside, entry: Entry) -> Host:
    """Where the page answers, and to whom. Raises `AddressError`, `IdentityUnusableError`."""
    address = parse_technician(inside.config.technician)
    directory = start_directory(inside.config.data_dir)
    if address.wire is not Wire.TLS:
        return Host(entry, address, directory, inside.tell)
    admins = Admins(inside.trust)
    context, fingerprint = admins.context(inside.config.ca_pem, address.where)
    inside.tell(f"technician's certificate: SHA-256 {fingerprint}")
    name = socket.gethostname().lower()
    names = frozenset({name, f"{name}.local"})
    return Host(entry, address, directory, inside.tell, context, admins.judge_request, names)
