"""Where the technician's pages answer, to whom, and with what behind them."""

import asyncio
import socket
from typing import Final

from firmware.inside import Inside
from firmware.pairing.https import HttpsChannels
from firmware.panel.address import Wire, parse_technician
from firmware.panel.entry import Entry, start_directory
from firmware.panel.hosting import Host, hosted, keep_hosting
from firmware.panel.technician.access import Admins
from firmware.panel.technician.insight import Insight
from firmware.panel.technician.onlookers import Onlookers
from firmware.panel.technician.pages import Pages
from firmware.panel.technician.recent import RecentLines
from firmware.panel.technician.solving import Solving
from firmware.panel.technician.tongues import speeches
from firmware.panel.technician.trying import Trying
from firmware.resetting import FactoryReset
from firmware.technician.printer import Bench
from hal.ports.clock import Clock

NAME: Final = "technician"


async def serve(inside: Inside, onlookers: Onlookers, journal: RecentLines, solving: Solving, clock: Clock) -> None:
    """Until cancelled, begun again by the board's `clock` where it fails."""
    entry = Entry.made(NAME, inside.board.random)

    async def once() -> None:
        trying = trying_of(inside)
        insight, spoken = Insight(inside, onlookers), speeches(inside.config.panel_language)
        pages = Pages(
            insight, onlookers, journal, solving=solving, trying=trying, reset=reset_of(inside), spoken=spoken
        )
        try:
            async with hosted(pages, host_of(inside, entry)):
                await asyncio.Event().wait()
        finally:
            await trying.end()

    await keep_hosting(NAME, once, clock, inside.tell)


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
