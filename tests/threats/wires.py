"""Attacks on the wire: older protocols, foreign certificates, too many connections."""

import asyncio
import ssl
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from firmware.mesh import tls as station
from firmware.vault.identity import Kind
from tests.support.mesh_people import people
from tests.support.mesh_serving import serving as served
from tests.support.pki import Pki
from tests.support.threat_model import BreachError, Threat, nothing, without
from tests.support.threat_tls import NAME, asking, careless, handshake, role, serving
from tools.edgemesh.bootstrap import make_mesh
from tools.edgemesh.process import Running
from tools.edgemesh.serving import connection
from tools.edgemesh.serving import tls as mesh

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
)
