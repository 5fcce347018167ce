"""A station that has its identity, until its stop. What a box that still joins need not have loaded."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from firmware import app
from firmware.config import Config, ConfigError
from firmware.connecting import connect
from firmware.inside import Technician
from firmware.joining import settled
from firmware.journal import Journal, ShownTime
from firmware.panel.lobby import Lobby
from firmware.printer_approval import ApprovalError, approved
from firmware.trust.trust import open_trust
from firmware.updates.mesh_source import MeshUpdates
from hal.board import Board
from hal.ports.printer import Printer
from hal.ports.storage import Storage

OpenPrinter = Callable[[str], Printer]
"""Opens the printer of a URI. Raises `DeviceConfigError`."""


@dataclass(frozen=True, slots=True)
class Around:
    """`open_printer` is for the printer that the mesh says, where our own file says none; the rest as in `app.run`."""

    open_printer: OpenPrinter
    control: app.Control
    panel: app.Panel | None
    technician: Technician | None
    lobby: Lobby | None


async def serve_paired(board: Board, config: Config, journal: Journal, shown: ShownTime, around: Around) -> int:
    """Until asked to stop; the journal's time is the trusted one from now on. The exit code. Raises what keeps a
    station from serving."""
    board, config = _completed(board, config, around.open_printer, journal)
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
            control=around.control,
            panel=around.panel,
            technician=around.technician,
            lobby=around.lobby,
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
