"""The panel on the air from the first second of a process to its last, whatever becomes of the station behind it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from firmware.config import Config
from firmware.errors import LockgateError
from firmware.handsfree import Duties, handsfree_duties, silence
from firmware.journal import Journal
from firmware.panel.address import parse_panel
from firmware.panel.lobby import Lobby
from firmware.panel.place import Place
from firmware.panel.site import renderer, speeches
from hal.board import Board
from hal.ports.errors import DeviceError

FAREWELL_TURNS, FAREWELL_SECONDS = 3, 5.0
"""A station that cannot serve says so on its screen for so long before its process ends: where it is started again and
again, that is most of the time."""


@asynccontextmanager
async def frontage(board: Board, config: Config, journal: Journal) -> AsyncIterator[Lobby | None]:
    """The panel's lobby, on the screen, at the buttons and in the voice until the block ends; None where there are none
    of these. What keeps the station from serving leaves the block once it was shown and said. Raises `AddressError`."""
    if not (config.panel or board.buttons or board.voice):
        yield None
        return
    if config.panel:
        parse_panel(config.panel)
    lobby = Lobby(board.clock)
    duties = [asyncio.ensure_future(duty) for duty in _duties(lobby, board, config, journal)]
    for duty in duties:
        duty.add_done_callback(lambda done: _tell(done, journal))
    try:
        async with farewell(lobby, board, journal):
            yield lobby
    finally:
        for duty in duties:
            duty.cancel()
        await asyncio.gather(*duties, return_exceptions=True)
        await silence(board)


def _duties(lobby: Lobby, board: Board, config: Config, journal: Journal) -> Duties:
    served = [_served(lobby, board, config, journal)] if config.panel else []
    return [lobby.keep_on(), *served, *handsfree_duties(lobby, board, speeches(config.panel_language))]


def _tell(done: "asyncio.Task[None]", journal: Journal) -> None:
    """A duty that ends is a fault; the station serves on without it."""
    if not done.cancelled():
        journal.write(f"the panel fails: {type(done.exception()).__name__}")


@asynccontextmanager
async def farewell(lobby: Lobby, board: Board, journal: Journal) -> AsyncIterator[None]:
    """Have the screen say for a while that the station is out of service, where that is how the block ends. The journal
    has the cause at once. Raises what the block raises."""
    try:
        yield
    except (LockgateError, DeviceError) as exc:
        lobby.close()
        journal.write(f"cannot serve: {exc}; ends in {FAREWELL_TURNS * FAREWELL_SECONDS:g} s")
        for _ in range(FAREWELL_TURNS):
            board.watchdog.feed()
            await board.clock.sleep(FAREWELL_SECONDS)
        raise


async def _served(lobby: Lobby, board: Board, config: Config, journal: Journal) -> None:
    from firmware.panel import server  # noqa: PLC0415 - a station without a panel has no aiohttp server to load

    around = server.Surroundings.of(config.panel, config.data_dir, board.clock, board.random, journal.write)
    place = Place(config.panel_contact, config.panel_reader)
    drawn = renderer(speeches(config.panel_language), config.panel_timezone, place)
    await server.serve(lobby, around, drawn)
