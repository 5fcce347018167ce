"""A station from its start to its stop: pairs where need be, renews where it is late, then serves."""

from typing import TYPE_CHECKING

from firmware.config import Config
from firmware.frontage import frontage
from firmware.joining import Wanted, come_back, join, leave_nothing, settled
from firmware.journal import Journal, ShownTime, standard_journal
from firmware.onlookers import NOBODY
from firmware.pairing import kept
from firmware.pairing.https import HttpsChannels
from firmware.pairing.renewal import upkeep_of
from firmware.reset_button import ResetButton
from firmware.resetting import FactoryReset
from firmware.trust.clock import TrustedClock, built

if TYPE_CHECKING:
    from firmware.app import Control, Panel
    from firmware.inside import Technician
    from firmware.panel.lobby import Lobby
    from firmware.serving import OpenPrinter
    from hal.board import Board
    from hal.ports.clock import Clock


async def serve(
    board: "Board",
    config: Config,
    control: "Control",
    open_printer: "OpenPrinter",
    panel: "Panel | None" = None,
    *,
    technician: "Technician | None" = None,
) -> int:
    """Until asked to stop; `control` and `panel` as in `app.run`. `open_printer` is for the printer that the mesh
    says, where our own file says none. The exit code. Raises what keeps a station from serving."""
    shown = ShownTime(board.clock)
    journal: Journal = standard_journal(shown)
    if technician is not None:
        journal = technician.hearing(journal, shown)
    async with frontage(board, config, journal, reset_button(board, config, journal)) as lobby:
        await _prepare(board, config, journal, lobby)
        from firmware.serving import Around, serve_paired  # noqa: PLC0415 - what a box that still joins need not load

        around = Around(open_printer, control, panel, technician, lobby)
        return await serve_paired(board, config, journal, shown, around)


def reach(board: "Board") -> "tuple[Clock, HttpsChannels]":
    """What time it is at least, and the way to a mesh."""
    clock = TrustedClock(board.clock, board.storage, earliest=built())
    return clock, HttpsChannels(board.workers, earliest=clock.now)


def reset_button(board: "Board", config: Config, journal: Journal) -> ResetButton | None:
    """That of the box; None where it has none."""

    def reset() -> FactoryReset:
        clock, channels = reach(board)
        return FactoryReset(board, config, channels, clock, journal.write)

    pushed = board.reset_button
    return ResetButton(pushed, reset, board.clock, board.indicator, journal.write) if pushed else None


async def _prepare(board: "Board", config: Config, journal: Journal, lobby: "Lobby | None") -> None:
    clock, channels = reach(board)
    wanted, onlooker = Wanted.configured(config), lobby or NOBODY
    if not kept.is_paired(board.keys):
        slip = config.slip is not False
        await join(board, wanted, channels, clock, journal.write, slip=slip, onlooker=onlooker)
    leave_nothing(wanted, board.keys, journal.write)
    config = settled(config, board.keys)
    await come_back(upkeep_of(board, channels, clock, config.mesh_url, config.ca_pem), journal.write, onlooker)
    if lobby is not None:
        lobby.starting()
