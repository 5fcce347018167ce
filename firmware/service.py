"""A station from its start to its stop: pairs where need be, renews where it is late, then serves."""

from collections.abc import Callable
from dataclasses import replace

from firmware import app
from firmware.config import Config, ConfigError
from firmware.connecting import connect
from firmware.frontage import frontage
from firmware.inside import Technician
from firmware.joining import NOBODY, Wanted, come_back, join, leave_nothing, settled
from firmware.journal import ShownTime, standard_journal
from firmware.pairing import kept
from firmware.pairing.https import HttpsChannels
from firmware.pairing.renewal import upkeep_of
from firmware.panel.lobby import Lobby
from firmware.printer_approval import ApprovalError, approved
from firmware.station import Journal
from firmware.trust.clock import TrustedClock, built
from firmware.trust.trust import open_trust
from firmware.updates.mesh_source import MeshUpdates
from hal.board import Board
from hal.ports.clock import Clock
from hal.ports.printer import Printer
from hal.ports.storage import Storage

OpenPrinter = Callable[[str], Printer]
"""Opens the printer of a URI. Raises `DeviceConfigError`."""


async def serve(
    board: Board,
    config: Config,
    control: app.Control,
    open_printer: OpenPrinter,
    panel: app.Panel | None = None,
    *,
    technician: Technician | None = None,
) -> int:
    """Until asked to stop; `control` and `panel` as in `app.run`. `open_printer` is for the printer that the mesh
    says, where our own file says none. The exit code. Raises what keeps a station from serving."""
    shown = ShownTime(board.clock)
    journal: Journal = standard_journal(shown)
    if technician is not None:
        journal = technician.hearing(journal, shown)
    async with frontage(board, config, journal) as lobby:
        await _prepare(board, config, journal, lobby)
        board, config = _completed(board, config, open_printer, journal)
        trust = open_trust(board, config)
        shown.trusted = trust.clock
        record = app.open_record(board, config, trust, journal.write)
        async with connect(board, config, trust, record) as mesh:
            return await app.run(
                board,
                config,
                mesh,
                trust=trust,
                record=record,
                journal=journal,
                control=control,
                panel=panel,
                technician=technician,
                lobby=lobby,
                updates=MeshUpdates(mesh.transport),
            )


def _completed(board: Board, config: Config, open_printer: OpenPrinter, journal: Journal) -> tuple[Board, Config]:
    """With what pairing gave, and a technician approved. Raises as `settled`, `with_approval`, `with_printer`."""
    own, config = config.printer, with_approval(settled(config, board.keys), board.storage, journal.write)
    return board if own and own == config.printer else with_printer(board, config, open_printer), config


def with_approval(config: Config, storage: Storage, tell: Callable[[str], None]) -> Config:
    """With the printer's key that a technician approved at this box. What is damaged is told, and not gone by. Raises
    `StorageError`."""
    try:
        return replace(config, printer=approved(config.printer, storage))
    except ApprovalError as exc:
        tell(f"{exc}: the configuration's key is used; approve the printer's again with lockgate printer approve")
        return config


def with_printer(board: Board, config: Config, open_printer: OpenPrinter) -> Board:
    """The board with the printer of a settled configuration. Raises `ConfigError` where nobody says one,
    `DeviceConfigError`."""
    if not config.printer:
        raise ConfigError(
            "printer.uri is missing: neither the file nor the mesh says which printer is this station's; "
            "set it in the file, or in the site's [stations] before the station pairs"
        )
    return replace(board, printer=open_printer(config.printer))


def reach(board: Board) -> tuple[Clock, HttpsChannels]:
    """What time it is at least, and the way to a mesh."""
    clock = TrustedClock(board.clock, board.storage, earliest=built())
    return clock, HttpsChannels(board.workers, earliest=clock.now)


async def _prepare(board: Board, config: Config, journal: Journal, lobby: Lobby | None) -> None:
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
