"""The composition root: builds a station's parts on a board and waits. The real start and every simulation call it."""

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from firmware.config import Config
from firmware.core.events import Event, Started
from firmware.core.machine import Core
from firmware.core.policy import Policy
from firmware.delivery.ledger import Ledger
from firmware.delivery.means import Means
from firmware.delivery.opening import Opening
from firmware.delivery.reports import Reports
from firmware.delivery.settle import settle
from firmware.effects import Effects
from firmware.mesh.client import MeshClient
from firmware.mesh.port import Mesh
from firmware.mesh.tls import chain_der, station_context
from firmware.station import Journal, Station
from firmware.vault.identity import Identity, IdentityError, Kind, TrustAnchor
from firmware.vault.signing import RELEASE_REQUEST, Signer
from firmware.watchers import ReaderWatch, watch_mesh, watch_printer
from hal.board import Board

Post = Callable[[Event], None]
Control = Callable[[Post], None]
"""Called once with the station's mailbox before it runs: for signals, a bench, a story."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who this station is: proven by its own chain against the organisation's CA."""

    identity: Identity
    anchor: TrustAnchor
    chain: tuple[bytes, ...] = field(repr=False)
    box_key: bytes = field(repr=False)


def load_credentials(board: Board, config: Config) -> Credentials:
    """From key store and CA. Raises `IdentityError`, `IdentityUnusableError`, `KeyMissingError`, `StorageError`."""
    anchor = TrustAnchor(config.ca_pem)
    chain = chain_der(board.keys.load("identity.chain"))
    identity = anchor.identify(chain, board.clock.now())
    if identity.kind is not Kind.STATION:
        raise IdentityError(f"the certificate of a {identity.kind}, not of a station", code="identity-untrusted")
    return Credentials(identity, anchor, chain, board.keys.load("box.key"))


@asynccontextmanager
async def connect(board: Board, config: Config) -> AsyncIterator[Mesh]:
    """The real mesh, over HTTPS. Connects at the first request. Raises as `load_credentials`."""
    from firmware.mesh.https import HttpsTransport  # noqa: PLC0415 - simulations have no network, and no aiohttp to load

    credentials = load_credentials(board, config)
    signer = Signer(board.keys.load("identity.key"))
    context = station_context(board.keys, config.ca_pem)
    async with HttpsTransport(config.mesh_url, context, board.workers) as transport:
        yield MeshClient(
            transport,
            org_id=credentials.identity.org_id,
            station_id=credentials.identity.id,
            chain=credentials.chain,
            sign=partial(signer.sign, RELEASE_REQUEST),
            clock=board.clock,
            random=board.random,
        )


async def run(board: Board, config: Config, mesh: Mesh, *, journal: Journal, control: Control | None = None) -> int:
    """Serve until asked to stop. The exit code: 0 then, 1 after an internal fault. Raises what keeps a station from
    starting: the errors of `load_credentials`, `StorageError` for an unreadable ledger."""
    means = _means(board, mesh, load_credentials(board, config))
    if means.ledger.damaged:
        journal.write(f"ledger damaged in {means.ledger.damaged} places: open releases count as started")
    core = Core(Policy(readers=tuple(reader.name for reader in board.readers)))
    station = Station(core, board.watchdog, board.clock, journal)
    effects = Effects(means, board.indicator, station.post, station.start)
    if control is not None:
        control(station.post)
    station.post(Started())
    try:
        return await station.run(effects, _duties(board, means, station, effects, journal))
    finally:
        for reader in board.readers:
            await reader.aclose()
        await board.indicator.aclose()


def _means(board: Board, mesh: Mesh, credentials: Credentials) -> Means:
    identity = credentials.identity
    ledger = Ledger(board.storage)
    return Means(
        mesh=mesh,
        printer=board.printer,
        ledger=ledger,
        reports=Reports(mesh, ledger, workers=board.workers, clock=board.clock, random=board.random),
        opening=Opening(credentials.anchor, identity.org_id, identity.id, credentials.box_key),
        workers=board.workers,
        clock=board.clock,
    )


def _duties(
    board: Board, means: Means, station: Station, effects: Effects, journal: Journal
) -> list[Coroutine[Any, Any, None]]:
    return [
        settle(means.ledger.unsettled(), means, journal.write),
        means.reports.keep_on(),
        *(ReaderWatch(reader, board.clock, station.post).run() for reader in board.readers),
        watch_printer(board.printer, board.clock, lambda: effects.is_delivering, station.post),
        watch_mesh(means.mesh, board.clock, board.random, station.post, means.reports.wake),
    ]
