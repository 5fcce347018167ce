"""A station's mesh over HTTPS: two connections that judge whoever answers, and a certificate that is kept fresh."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from firmware.config import Config
from firmware.mesh.client import MeshClient
from firmware.mesh.tls import Peers, chain_der, load_identity, station_context, validity
from firmware.mesh.transport import Transport
from firmware.pairing.names import KEY
from firmware.pairing.renewal import Upkeep, upheld, upkeep_of
from firmware.recording import Record
from firmware.trust.trust import Trust
from firmware.vault.signing import Signer
from hal.board import Board


@asynccontextmanager
async def connect(board: Board, config: Config, trust: Trust, record: Record) -> AsyncIterator[MeshClient]:
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
        sign=Signer(board.keys.load(KEY)).sign,
        clock=trust.clock,
        random=board.random,
    )
