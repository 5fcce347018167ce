"""The panel on the air from the first second of a process to its last, whatever becomes of the station behind it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from itertools import count

from firmware.config import Config
from firmware.errors import LockgateError
from firmware.handsfree import Duties, handsfree_duties, silence
from firmware.journal import Journal
from firmware.panel.address import parse_panel
from firmware.panel.lobby import Lobby
from firmware.panel.place import Place
from firmware.panel.site import renderer, speeches
from firmware.reset_button import ResetButton
from hal.board import Board
from hal.ports.errors import DeviceError

FAREWELL_TURNS, FAREWELL_SECONDS = 3, 5.0
"""A station that cannot serve says so on its screen for so long before its process ends: where it is started again and
again, that is most of the time. Whoever holds the reset button by then is waited for."""


@asynccontextmanager
async def frontage(
    board: Board, config: Config, journal: Journal, reset: ResetButton | None = None
) -> AsyncIterator[Lobby | None]:
    """The panel's lobby, on the screen, at the buttons and in the voice until the block ends, and the reset button's
    duty; None where there are none of these. What keeps the station from serving leaves the block once it was shown and
    said. Raises `AddressError`."""
    if not (config.panel or board.buttons or board.voice or reset):
        yield None
        return
    if config.panel:
        parse_panel(config.panel)
    lobby = Lobby(board.clock)
    duties = _begun("the panel", _duties(lobby, board, config, journal), journal)
    duties += _begun("the reset button", [reset.keep_on()] if reset else [], journal)
    try:
        async with farewell(lobby, board, journal, lambda: reset is not None and reset.is_held):
            yield lobby
    finally:
        for duty in duties:
            duty.cancel()
        await asyncio.gather(*duties, return_exceptions=True)
        await silence(board)
        if reset is not None:
            await reset.aclose()


def _duties(lobby: Lobby, board: Board, config: Config, journal: Journal) -> Duties:
    served = [_served(lobby, board, config, journal)] if config.panel else []
    return [lobby.keep_on(), *served, *handsfree_duties(lobby, board, speeches(config.panel_language))]


def _begun(what: str, duties: Duties, journal: Journal) -> "list[asyncio.Task[None]]":
    tasks = [asyncio.ensure_future(duty) for duty in duties]
    for task in tasks:
        task.add_done_callback(partial(_tell, what, journal))
    return tasks


def _tell(what: str, journal: Journal, done: "asyncio.Task[None]") -> None:
    """A duty that ends is a fault; the station serves on without it."""
    if not done.cancelled():
        journal.write(f"{what} fails: {type(done.exception()).__name__}")


@asynccontextmanager
async def farewell(
    lobby: Lobby, board: Board, journal: Journal, is_awaited: Callable[[], bool] = lambda: False
) -> AsyncIterator[None]:
    """Have the screen say for a while that the station is out of service, where that is how the block ends, and for as
    long as somebody `is_awaited`. The journal has the cause at once. Raises what the block raises."""
    try:
        yield
    except (LockgateError, DeviceError) as exc:
        lobby.close()
        journal.write(f"cannot serve: {exc}; ends in {FAREWELL_TURNS * FAREWELL_SECONDS:g} s")
        for turn in count():
            if turn >= FAREWELL_TURNS and not is_awaited():
                break
            board.watchdog.feed()
            await board.clock.sleep(FAREWELL_SECONDS)
        raise


async def _served(lobby: Lobby, board: Board, config: Config, journal: Journal) -> None:
    from firmware.panel import server  # noqa: PLC0415 - a station without a panel has no aiohttp server to load

    around = server.Surroundings.of(config.panel, config.data_dir, board.clock, board.random, journal.write)
    place = Place(config.panel_contact, config.panel_reader)
    drawn = renderer(speeches(config.panel_language), config.panel_timezone, place)
    await server.serve(lobby, around, drawn)
