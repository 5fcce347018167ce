"""Attacks on the wire: older protocols, foreign certificates, too many connections."""

import asyncio
import ssl
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from firmware.mesh import tls as station
from firmware.vault.identity import Kind
from tests.support.mesh_http import HttpWire
from tests.support.mesh_people import people
from tests.support.mesh_serving import serving as served
from tests.support.pki import Pki
from tests.support.threat_model import BreachError, Threat, nothing, without, yes
from tests.support.threat_tls import NAME, asking, careless, handshake, role, serving
from tools.edgemesh.bootstrap import MadeMesh, make_mesh
from tools.edgemesh.keys import issue
from tools.edgemesh.process import Running
from tools.edgemesh.serving import connection, quota
from tools.edgemesh.serving import tls as mesh
from tools.edgemesh.serving.door import HANDSHAKE_SECONDS

OLDER = ssl.TLSVersion.TLSv1_2


@contextmanager
def hangs_up() -> Iterator[None]:
    """One end does not like the other."""
    try:
        yield
    except ssl.SSLError:
        return
    raise BreachError("they talk")


def _pki() -> Pki:
    return Pki(now=datetime.now(UTC))


def older_client() -> None:
    """A station that somebody has talked into TLS 1.2, at a role of the mesh."""
    pki = _pki()
    context = careless(role(pki, Kind.STATION))
    context.maximum_version = OLDER
    with hangs_up():
        handshake(serving(pki, role(pki, Kind.VAULT, NAME)), context)


def older_server() -> None:
    """A mesh that somebody has talked into TLS 1.2, at a station."""
    pki = _pki()
    context = serving(pki, role(pki, Kind.VAULT, NAME))
    context.minimum_version = context.maximum_version = OLDER
    with hangs_up():
        handshake(context, asking(pki, role(pki, Kind.STATION)))


def foreign_server() -> None:
    """A mesh of the same names, under another CA."""
    pki, other = _pki(), _pki()
    with hangs_up():
        handshake(serving(pki, role(other, Kind.VAULT, NAME)), asking(pki, role(pki, Kind.STATION)))


def foreign_client() -> None:
    """A station of the same name, under another CA."""
    pki, other = _pki(), _pki()
    with hangs_up():
        handshake(serving(pki, role(pki, Kind.VAULT, NAME)), careless(role(other, Kind.STATION)))


def station_as_mesh() -> None:
    """A stolen station answers at the mesh's address, with its own good certificate."""
    pki = _pki()
    with hangs_up():
        handshake(serving(pki, role(pki, Kind.STATION, NAME)), asking(pki, role(pki, Kind.STATION)))


def unpaired_flood() -> None:
    """A machine without any certificate opens connection after connection, to leave none for those who belong."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(connection, "MAX_CONNECTIONS", 40)  # with the full number this would take long
        made = make_mesh(Path(folder) / "site", "org-1")

        async def story(running: Running) -> None:
            host, port = running.url.removeprefix("https://").split(":")
            opened = [await asyncio.open_connection(host, int(port), ssl=careless()) for _ in range(45)]
            try:
                async with people(running.url, made) as (client, _):
                    answer = await client.wire.send("GET", "/v1/health")
                    assert answer.status == 200
            except (OSError, aiohttp.ClientError) as exc:
                raise BreachError("nobody else gets in") from exc
            finally:
                for _, writer in opened:
                    writer.transport.abort()

        served(made, story)


@contextmanager
def _made() -> Iterator[MadeMesh]:
    with tempfile.TemporaryDirectory() as folder:
        yield make_mesh(Path(folder) / "site", "org-1")


Connected = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _connected(running: Running, context: ssl.SSLContext | None) -> Connected:
    host, port = running.url.removeprefix("https://").split(":")
    return await asyncio.open_connection(host, int(port), ssl=context)


async def _ended(reader: asyncio.StreamReader) -> None:
    """Whichever way."""
    with suppress(ConnectionError, aiohttp.ClientError):
        await reader.read()


def silent_flood() -> None:
    """A machine opens connections and says nothing, to leave no handshake for those who belong."""

    async def story(running: Running) -> None:
        opened = [await _connected(running, None) for _ in range(60)]
        try:
            async with asyncio.timeout(HANDSHAKE_SECONDS / 2):
                for reader, _ in opened[:-32]:
                    await _ended(reader)
        except TimeoutError as exc:
            raise BreachError("more than 32 handshakes are kept for one address") from exc
        finally:
            for _, writer in opened:
                writer.transport.abort()

    with _made() as made:
        served(made, story)


def many_certificates() -> None:
    """A station opens connection after connection, each with another certificate of its own."""

    async def story(running: Running) -> None:
        ca, opened = running.api.roles.registrar.ca, []
        try:
            for _ in range(4):
                context = careless(issue(ca, Kind.STATION, "station-1", datetime.now(UTC)))
                opened.append(await _connected(running, context))
            async with asyncio.timeout(2):
                for reader, _ in opened[2:]:
                    await _ended(reader)
        except TimeoutError as exc:
            raise BreachError("it has more connections than one may") from exc
        finally:
            for _, writer in opened:
                writer.transport.abort()

    with _made() as made, pytest.MonkeyPatch.context() as patch:
        patch.setattr(quota, "MAX_CONNECTIONS", 2)
        served(made, story)


def stream_of_the_denied() -> None:
    """A stolen station reads on what it had asked for before anybody knew."""

    async def story(running: Running) -> None:
        async with people(running.url, made) as (_, station):
            assert isinstance(station.wire, HttpWire)
            stream = await station.wire.session.get(f"{running.url}/v1/events")
            running.api.roles.registrar.denybook.deny("station/station-1")
            try:
                async with asyncio.timeout(2):
                    with suppress(aiohttp.ClientError):
                        await stream.content.read()
            except TimeoutError as exc:
                raise BreachError("it still hears what happens") from exc
            finally:
                stream.close()

    with _made() as made:
        served(made, story)


def _changed(make: Callable[..., ssl.SSLContext], change: Callable[[ssl.SSLContext], None]) -> Callable[..., Any]:
    def changed(*arguments: Any) -> ssl.SSLContext:
        context = make(*arguments)
        change(context)
        return context

    return changed


def _older(context: ssl.SSLContext) -> None:
    context.minimum_version = OLDER


def _believing(context: ssl.SSLContext) -> None:
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.sslobject_class = ssl.SSLObject


CLIENT, SERVER = "firmware.mesh.tls.client_context", "tools.edgemesh.serving.tls.server_context"
THREATS = (
    Threat("tls-older-at-the-mesh", older_client, without((SERVER, _changed(mesh.server_context, _older)))),
    Threat("tls-older-at-a-station", older_server, without((CLIENT, _changed(station.client_context, _older)))),
    Threat(
        "mesh-of-another-organisation", foreign_server, without((CLIENT, _changed(station.client_context, _believing)))
    ),
    Threat(
        "station-of-another-organisation", foreign_client, without((SERVER, _changed(mesh.server_context, _believing)))
    ),
    Threat(
        "station-as-the-mesh",
        station_as_mesh,
        without(("tools.edgemesh.ca._SERVERS", frozenset(Kind)), ("firmware.mesh.tls._require_mesh", nothing)),
    ),
    Threat("connections-flooded", unpaired_flood, without(("tools.edgemesh.serving.quota.MAX_CONNECTIONS", 1000))),
    Threat("handshakes-never-ended", silent_flood, without(("tools.edgemesh.serving.door.MAX_GREETING_OF_ONE", 1000))),
    Threat(
        "connections-by-renewing",
        many_certificates,
        without(("tools.edgemesh.serving.server._counted_as", lambda identity: identity.fingerprint)),
    ),
    Threat(
        "stream-after-revocation", stream_of_the_denied, without(("tools.edgemesh.serving.server.Server._stands", yes))
    ),
)
