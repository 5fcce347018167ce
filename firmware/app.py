"""The composition root: builds a station's parts on a board and waits. The real start and every simulation call it."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from firmware import rule_store
from firmware.audit.events import AuditEvent
from firmware.audit.log import Limits
from firmware.config import Config
from firmware.core.events import Event, Started
from firmware.core.machine import Core
from firmware.core.policy import Policy
from firmware.delivery.ledger import Ledger
from firmware.delivery.means import Means
from firmware.delivery.notary import Notary
from firmware.delivery.opening import Opening
from firmware.delivery.reports import Reports
from firmware.duties import Duties, delivery_duties, panel_duties, reader_duties, technician_duties
from firmware.effects import Effects
from firmware.forwarding import forward
from firmware.handsfree import silence
from firmware.inside import Inside, Technician
from firmware.journal import Journal
from firmware.mesh.port import Mesh
from firmware.mesh.tls import chain_der
from firmware.metrics import Counted, Watched
from firmware.pairing.names import CHAIN, KEY
from firmware.panel.desk import Desk
from firmware.panel.lobby import Lobby
from firmware.phone_door import PhoneDoor, mesh_duties, phone_door
from firmware.proving import Proving
from firmware.reader_health import HealthBook
from firmware.recorded import RecordedMesh
from firmware.recording import VERSION, Record
from firmware.station import Station
from firmware.trust.keeper import Keeper
from firmware.trust.trust import Trust, open_trust
from firmware.trust.trusted_mesh import TrustedMesh
from firmware.updates.source import UpdateSource
from firmware.updates.updater import Updater
from firmware.updating import metrics_duties, update_duties, updater_of, watched_of
from firmware.vault.signing import Signer
from hal.board import Board

Post = Callable[[Event], None]
MIB = 2**20
Panel = Callable[[Mesh], Mesh]
"""Stands before the mesh and sees what the person in front of the station does: for a bench."""
Control = Callable[[Post], None]
"""Called once with the station's mailbox before it runs: for signals, a bench, a story."""


async def run(
    board: Board,
    config: Config,
    mesh: Mesh,
    *,
    journal: Journal,
    trust: Trust | None = None,
    record: Record | None = None,
    control: Control | None = None,
    panel: Panel | None = None,
    technician: Technician | None = None,
    lobby: Lobby | None = None,
    updates: UpdateSource | None = None,
) -> int:
    """Serve until asked to stop; `trust` and `record` are what the mesh was connected with, `lobby` is whose screen the
    station's desk takes over, `updates` where the board's installer gets its bundles from. The exit code: 0 then, 1
    after an internal fault. Raises what keeps a station from starting: the errors of `open_trust`, `StorageError` for
    an unreadable ledger, `SyslogError` for a syslog server that cannot be one."""
    trust = trust or open_trust(board, config)
    record = record or open_record(board, config, trust, journal.write)
    record.note(AuditEvent.STARTED, version=VERSION)
    try:
        seen = _watched(board, technician)
        parts = _built(
            seen, config, mesh, trust=trust, record=record, journal=journal, panel=panel, lobby=lobby, updates=updates
        )
        if control is not None:
            control(parts.station.post)
        code = await _served(parts, technician)
        await record.end("internal" if code else "")
    finally:
        await record.drop()
    return code


def open_record(board: Board, config: Config, trust: Trust, tell: Callable[[str], None]) -> Record:
    """The station's record of itself, taken up where it was left. Raises as `Record`."""
    limits = Limits(quota=config.audit_mib * MIB)
    return Record(board, trust, tell, limits)


@dataclass(frozen=True, slots=True)
class _Parts:
    """Of one life of a station. `desk` and `door` are None where nobody could do anything at it."""

    inside: Inside
    journal: Journal
    means: Means
    station: Station
    effects: Effects
    keeper: Keeper
    desk: Desk | None
    door: PhoneDoor | None
    updater: Updater | None
    watched: Watched
    lobby: Lobby | None
    """Where it has buttons and voice already, they are not let go of either."""


def _built(
    board: Board,
    config: Config,
    mesh: Mesh,
    *,
    trust: Trust,
    record: Record,
    journal: Journal,
    panel: Panel | None,
    lobby: Lobby | None,
    updates: UpdateSource | None,
) -> _Parts:
    keeper = Keeper(trust, mesh, random=board.random, workers=board.workers, record=record, tell=journal.write)
    asked: Mesh = RecordedMesh(TrustedMesh(mesh, keeper), record)
    means = _means(board, panel(asked) if panel else asked, trust, record)
    if means.ledger.damaged:
        journal.write(f"ledger damaged in {means.ledger.damaged} places: open releases count as started")
    numbers = rule_store.numbers(config, board.storage, journal.write)
    core = Core(Policy(readers=tuple(reader.name for reader in board.readers)))
    station = Station(core, board.watchdog, board.clock, journal)
    desk, door = _desk(core, station, board, config, lobby), None
    if desk is not None:
        station.seen = desk.stepped
        door = phone_door(board, trust, means.mesh, desk.refresh)
        desk.handoff = door.codes.url
    proving = Proving(means.mesh, board.clock, station.keep) if config.badge_proof else None
    counted = Counted()
    post = counted.hearing(station.post)
    effects = Effects(means, board.indicator, post, station.start, proving=proving, audience=desk)
    health = HealthBook(board, trust.clock)
    inside = Inside(board, config, trust, record, health, numbers, lambda: effects.is_delivering, journal.write)
    updater = updater_of(inside, core, updates, desk)
    watched = watched_of(inside, core, counted, updater)
    return _Parts(inside, journal, means, station, effects, keeper, desk, door, updater, watched, lobby)


async def _served(parts: _Parts, technician: Technician | None) -> int:
    parts.station.post(Started())
    try:
        return await parts.station.run(parts.effects, _duties(parts, technician))
    finally:
        await _let_go(parts.inside.board, parts.lobby)


def _duties(parts: _Parts, technician: Technician | None) -> Duties:
    inside, station, means, effects = parts.inside, parts.station, parts.means, parts.effects
    board, config = inside.board, inside.config
    return [
        parts.keeper.run(),
        inside.record.keep_on(),
        *([forward(board, config, inside.record, parts.journal.write)] if config.syslog else []),
        *panel_duties(parts.desk, board, config, parts.lobby),
        *technician_duties(technician, inside),
        *delivery_duties(board, means, station, effects, parts.journal),
        *reader_duties(board, inside.numbers, effects.proving, inside.health, station),
        *mesh_duties(board, means, station.post, parts.keeper, parts.door),
        *update_duties(parts.updater),
        *metrics_duties(inside, parts.watched),
    ]


async def _let_go(board: Board, lobby: Lobby | None) -> None:
    for reader in board.readers:
        await reader.aclose()
    if lobby is None:
        await silence(board)
    await board.indicator.aclose()


def _means(board: Board, mesh: Mesh, trust: Trust, record: Record) -> Means:
    ledger, own = Ledger(board.storage), trust.credentials
    notary = Notary(
        own.identity.org_id,
        own.identity.id,
        sign=Signer(board.keys.load(KEY)).sign,
        chain=lambda: chain_der(board.keys.load(CHAIN)),  # as it is then: it is renewed
        clock=trust.clock,
        is_trusted=lambda: trust.clock.known,
    )
    return Means(
        mesh=mesh,
        printer=board.printer,
        ledger=ledger,
        reports=Reports(
            mesh,
            ledger,
            workers=board.workers,
            clock=trust.clock,
            random=board.random,
            record=record,
            notary=notary,
        ),
        opening=Opening(own.anchor, own.identity.org_id, own.identity.id, trust.denials, own.box_key),
        workers=board.workers,
        clock=trust.clock,
        record=record,
        converter=board.converter,
        notary=notary,
    )


def _desk(core: Core, station: Station, board: Board, config: Config, lobby: Lobby | None) -> Desk | None:
    """None where nobody could do anything at it."""
    if not (config.panel or board.buttons or board.voice):
        return None
    desk = Desk(core, station.post, board.clock, lobby.showcase if lobby else None)
    if lobby is not None:
        lobby.open(desk)
    return desk


def _watched(board: Board, technician: Technician | None) -> Board:
    """The board whose readers a technician can look at."""
    if technician is None:
        return board
    return replace(board, readers=tuple(technician.watching(reader) for reader in board.readers))
