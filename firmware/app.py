"""The composition root: builds a station's parts on a board and waits. The real start and every simulation call it."""

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any

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
from firmware.delivery.settle import settle
from firmware.effects import Effects
from firmware.forwarding import forward
from firmware.mesh.client import MeshClient
from firmware.mesh.port import Mesh
from firmware.mesh.tls import Peers, chain_der, load_identity, station_context, validity
from firmware.mesh.transport import Transport
from firmware.numbers import Numbers
from firmware.pairing.names import CHAIN, KEY
from firmware.pairing.renewal import Upkeep, upheld, upkeep_of
from firmware.proving import Proving
from firmware.reader_health import HealthBook
from firmware.readers import ReaderWatch
from firmware.recorded import RecordedMesh
from firmware.recording import VERSION, Record
from firmware.station import Journal, Station
from firmware.trust.keeper import Keeper, TrustedMesh
from firmware.trust.trust import Trust, open_trust
from firmware.vault.signing import RELEASE_REQUEST, Signer
from firmware.watchers import Heard, watch_mesh, watch_printer
from hal.board import Board

Post = Callable[[Event], None]
MIB = 2**20
Panel = Callable[[Mesh], Mesh]
"""Stands before the mesh and sees what the person in front of the station does: for a bench."""
Control = Callable[[Post], None]
"""Called once with the station's mailbox before it runs: for signals, a bench, a story."""


@asynccontextmanager
async def connect(board: Board, config: Config, trust: Trust, record: Record) -> AsyncIterator[Mesh]:
    """The real mesh, over HTTPS. Connects at the first request; `record` learns of renewals. Raises
    `IdentityUnusableError`, `KeyMissingError`, `SignatureError`."""
    from firmware.mesh.https import HttpsTransport  # noqa: PLC0415 - simulations have no network, and no aiohttp to load

    peers = Peers(trust.check_peer, lambda: trust.denials.taken)
    timeless_peers = Peers(trust.check_timeless, lambda: trust.denials.taken)
    context = station_context(board.keys, config.ca_pem, peers.judge)
    timeless = station_context(board.keys, config.ca_pem, timeless_peers.judge)
    async with (
        HttpsTransport(config.mesh_url, context, board.workers, peers=peers) as transport,
        HttpsTransport(config.mesh_url, timeless, board.workers, peers=timeless_peers) as timeless_transport,
    ):
        client = mesh_client(board, trust, transport, timeless_transport)

        async def renewed(chain_pem: bytes) -> None:
            chain = chain_der(chain_pem)
            for renewable in (context, timeless):
                load_identity(renewable, chain_pem, board.keys.load(KEY))
            for connected in (transport, timeless_transport):
                await connected.reconnect()
            client.use_chain(chain)
            trust.clock.at_least(validity(chain[0])[0])
            await record.renewed(chain)

        async with upheld(_upkeep(board, config, trust), renewed):
            yield client


def _upkeep(board: Board, config: Config, trust: Trust) -> Upkeep:
    from firmware.pairing.https import HttpsChannels  # noqa: PLC0415 - as above

    channels = HttpsChannels(board.workers, earliest=trust.clock.now)
    upkeep = upkeep_of(board, channels, trust.clock, config.mesh_url, config.ca_pem)
    return replace(upkeep, knows_time=lambda: trust.clock.known)


def mesh_client(board: Board, trust: Trust, transport: Transport, timeless: Transport) -> MeshClient:
    """The mesh over two transports that judge whoever answers by `Trust.check_peer` and `Trust.check_timeless`. Raises
    `KeyMissingError`, `SignatureError`."""
    credentials = trust.credentials
    return MeshClient(
        transport,
        timeless=timeless,
        org_id=credentials.identity.org_id,
        station_id=credentials.identity.id,
        chain=credentials.chain,
        sign=partial(Signer(board.keys.load(KEY)).sign, RELEASE_REQUEST),
        clock=trust.clock,
        random=board.random,
    )


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
) -> int:
    """Serve until asked to stop; `trust` and `record` are what the mesh was connected with. The exit code: 0 then, 1
    after an internal fault. Raises what keeps a station from starting: the errors of `open_trust`, `StorageError` for
    an unreadable ledger, `SyslogError` for a syslog server that cannot be one."""
    trust = trust or open_trust(board, config)
    record = record or open_record(board, config, trust, journal.write)
    record.note(AuditEvent.STARTED, version=VERSION)
    try:
        code = await _serve(
            board, config, mesh, trust=trust, record=record, journal=journal, control=control, panel=panel
        )
        await record.end("internal" if code else "")
    finally:
        await record.drop()
    return code


def open_record(board: Board, config: Config, trust: Trust, tell: Callable[[str], None]) -> Record:
    """The station's record of itself, taken up where it was left. Raises as `Record`."""
    limits = Limits(quota=config.audit_mib * MIB)
    return Record(board, trust, tell, limits)


async def _serve(
    board: Board,
    config: Config,
    mesh: Mesh,
    *,
    trust: Trust,
    record: Record,
    journal: Journal,
    control: Control | None,
    panel: Panel | None,
) -> int:
    keeper = Keeper(trust, mesh, random=board.random, workers=board.workers, record=record, tell=journal.write)
    asked: Mesh = RecordedMesh(TrustedMesh(mesh, keeper), record)
    means = _means(board, panel(asked) if panel else asked, trust, record)
    forwarding = [forward(board, config, record, journal.write)] if config.syslog else []
    if means.ledger.damaged:
        journal.write(f"ledger damaged in {means.ledger.damaged} places: open releases count as started")
    numbers = rule_store.numbers(config, board.storage, journal.write)
    health = HealthBook(board, trust.clock)
    core = Core(Policy(readers=tuple(reader.name for reader in board.readers)))
    station = Station(core, board.watchdog, board.clock, journal)
    proving = Proving(means.mesh, board.clock, station.keep) if config.badge_proof else None
    effects = Effects(means, board.indicator, station.post, station.start, proving)
    if control is not None:
        control(station.post)
    station.post(Started())
    try:
        return await station.run(
            effects,
            [
                keeper.run(),
                record.keep_on(),
                *forwarding,
                *_duties(board, means, station, effects, journal),
                *_reader_duties(board, numbers, effects.proving, health, station),
                _mesh_watch(board, means, station, keeper),
            ],
        )
    finally:
        for reader in board.readers:
            await reader.aclose()
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


def _duties(
    board: Board, means: Means, station: Station, effects: Effects, journal: Journal
) -> list[Coroutine[Any, Any, None]]:
    return [
        settle(means.ledger.unsettled(), means, journal.write),
        means.reports.keep_on(),
        watch_printer(board.printer, board.clock, lambda: effects.is_delivering, station.post),
    ]


def _reader_duties(
    board: Board, numbers: Numbers, proving: Proving | None, health: HealthBook, station: Station
) -> list[Coroutine[Any, Any, None]]:
    post = health.hearing(station.post)
    watches = (ReaderWatch(reader, board.clock, numbers.number, post, proving) for reader in board.readers)
    return [health.keep_on(), *(watch.run() for watch in watches)]


def _mesh_watch(board: Board, means: Means, station: Station, keeper: Keeper) -> Coroutine[Any, Any, None]:
    def reconnected() -> None:
        keeper.reconnected()
        means.reports.wake()

    heard = Heard(station.post, reconnected, keeper.wake)
    return watch_mesh(means.mesh, board.clock, board.random, heard)
