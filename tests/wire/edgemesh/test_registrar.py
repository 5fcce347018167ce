"""The registrar over real TLS: pairing by strangers, renewal by its own process and by others, a node of its own."""

import asyncio
import socket
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp

from firmware.mesh.tls import client_context, validity
from firmware.vault.fields import encode_octets
from firmware.vault.identity import Kind
from hal.drivers.file_key_store import FileKeyStore
from tests.support.aio import run
from tests.support.mesh_http import Answer, HttpWire, Json, send_json
from tests.support.mesh_people import people
from tests.support.mesh_process import MeshProcess
from tests.support.registrar_rig import Device
from tools.edgemesh import keys as role_keys
from tools.edgemesh.bootstrap import MadeMesh, add_admin, offline
from tools.edgemesh.ca import chain_pem
from tools.edgemesh.keys import RoleKeys
from tools.edgemesh.process import running
from tools.edgemesh.remote_node import write_remote_node
from tools.edgemesh.roles import Roles
from tools.edgemesh.site import REGISTRAR, Site

DOCUMENT = bytes(range(256)) * 3000


class BareWire:
    """Real HTTPS under the mesh's CA, without a certificate of our own."""

    def __init__(self, url: str, ca_pem: bytes) -> None:
        self._url, self._context = url, client_context(ca_pem)

    async def send(
        self, method: str, target: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Answer:
        async with (
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=self._context)) as session,
            session.request(method, self._url + target, data=body, headers=headers) as answer,
        ):
            return Answer(answer.status, {}, await answer.read())


async def paired(device: Device, admin: HttpWire) -> Json:
    (await device.enrol()).expect(202)
    (await device.reveal()).expect(202)
    approval = f"/v1/admin/enrolments/{device.enrolment}/approval"
    (await send_json(admin, "POST", approval, {"code": device.code, "kind": device.kind.value})).expect(200)
    return (await device.reveal()).expect(200)


def device(mesh_url: str, made: MadeMesh, kind: Kind, name: str, **what: object) -> Device:
    return Device(BareWire(mesh_url, made.site.ca_file.read_bytes()), kind, name, **what)  # type: ignore[arg-type]


def bundle(directory: Path, keys: RoleKeys, ca_pem: bytes) -> Path:
    role_keys.write(directory, keys).store("ca.pem", ca_pem)
    return directory


def test_a_station_pairs_over_the_network_and_is_revoked(made: MadeMesh, tmp_path: Path) -> None:
    async def story() -> None:
        add_admin(made.site, "admin-1", tmp_path / "admin")
        ca_pem = made.site.ca_file.read_bytes()
        async with running(made.site) as mesh, HttpWire(mesh.url, tmp_path / "admin") as admin:
            lobby = device(mesh.url, made, Kind.STATION, "lobby")
            admitted = await paired(lobby, admin)
            assert admitted["urls"]["registrar"] == mesh.url
            async with HttpWire(mesh.url, bundle(tmp_path / "lobby", lobby.keys(admitted), ca_pem)) as wire:
                (await wire.send("GET", "/v1/mesh")).expect(200)
                assert (await send_json(wire, "POST", "/.well-known/est/simpleenroll", lobby.asked)).status == 404
                (await send_json(admin, "POST", "/v1/admin/denials", {"holder": "station/lobby"})).expect(201)
                assert (await wire.send("GET", "/v1/mesh")).refusal == (403, "identity-revoked", "")

    run(story())


def end(site: Site, role: str) -> None:
    """Give a role a certificate that ended a minute ago."""
    keys = role_keys.read(site.path(role), role)
    with offline(site) as registrar:
        me = keys.proven(registrar.anchor)
        chain = registrar.ca.issue(
            keys.signer.public_key_pem,
            kind=me.kind,
            holder_id=me.id,
            now=datetime.now(UTC),
            lifetime=timedelta(minutes=-1),
            box_key=me.box_key,
            hosts=site.hosts,
        )
    role_keys.keep_chain(site.path(role), tuple(chain))


def ends(site: Site, role: str) -> datetime:
    return validity(role_keys.read(site.path(role), role).chain[0])[1]


def test_a_mesh_of_one_process_that_was_off_for_long_starts_again(made: MadeMesh) -> None:
    async def story() -> None:
        roles = ("vault", "node-1", "org", REGISTRAR)
        for role in roles:
            end(made.site, role)
        async with running(made.site) as mesh, people(mesh.url, made) as (client, station):
            job = await client.submit(DOCUMENT)
            (await station.tap(made.badge)).expect(201)
            _, document, _ = await station.print(job)
            assert document == DOCUMENT
        assert min(ends(made.site, role) for role in roles) > datetime.now(UTC) + timedelta(hours=23)

    run(story())


def test_roles_of_other_processes_renew_by_asking_even_late(made: MadeMesh) -> None:
    async def story(vault: str) -> None:
        async with people(vault, made) as (client, station):
            job = await client.submit(DOCUMENT)
            (await station.tap(made.badge)).expect(201)
            _, document, _ = await station.print(job)
            assert document == DOCUMENT

    for role in ("org", "vault", "node-1"):
        end(made.site, role)
    with ExitStack() as stack:
        for role in ("registrar", "org", "node"):
            stack.enter_context(MeshProcess(made.site.directory, "--role", role))
        vault = stack.enter_context(MeshProcess(made.site.directory, "--role", "vault"))
        run(story(vault.url))
    for role in ("org", "vault", "node-1"):
        assert ends(made.site, role) > datetime.now(UTC) + timedelta(hours=23)
        assert (made.site.path(role) / "deny-list").exists()


def test_a_node_of_its_own_machine_is_paired_used_and_revoked(made: MadeMesh, tmp_path: Path) -> None:
    async def story(stack: ExitStack, roles: Roles, url: str, port: int) -> None:
        own = f"https://localhost:{port}"
        async with HttpWire(url, tmp_path / "admin") as admin, people(url, made) as (client, station):
            cellar = device(url, made, Kind.NODE, "cellar", url=own, hosts=("localhost", "127.0.0.1"))
            remote = write_remote(tmp_path, made, cellar, await paired(cellar, admin))
            words = ("--role", "node", "--port", str(port), "--public-url", own)
            await asyncio.to_thread(stack.enter_context, MeshProcess(remote.directory, *words))
            await roles.round()

            async def described() -> list[str]:
                nodes = (await client.wire.send("GET", "/v1/mesh")).expect(200)["nodes"]
                return sorted(str(node["id"]) for node in nodes)

            assert await described() == ["cellar", "node-1"]
            (await send_json(admin, "POST", "/v1/admin/denials", {"holder": "node/node-1"})).expect(201)
            assert await described() == ["cellar"]
            upload = await client.seal(DOCUMENT)
            (body_url,) = (await client.announce(upload)).expect(201)["body_urls"]
            assert urlsplit(body_url).port == port
            (await client.put(upload, body_url)).expect(201)
            (await station.tap(made.badge)).expect(201)
            _, document, _ = await station.print(upload.job)
            assert document == DOCUMENT
            second = await client.submit(DOCUMENT)
            (await send_json(admin, "POST", "/v1/admin/denials", {"holder": "node/cellar"})).expect(201)
            assert (await station.ask(second)).refusal == (403, "part-withdrawn", "node")
            assert await described() == []

    async def whole() -> None:
        add_admin(made.site, "admin-1", tmp_path / "admin")
        with ExitStack() as stack:
            async with running(made.site) as mesh:
                await story(stack, mesh.api.roles, mesh.url, free_port())

    run(whole())


def write_remote(tmp_path: Path, made: MadeMesh, cellar: Device, admitted: Json) -> Site:
    keys = cellar.keys(admitted)
    store = FileKeyStore(tmp_path / "paired")
    for name, value in (("identity.key", keys.identity_key), ("box.key", keys.box_key)):
        store.store(name, value)
    assert chain_pem(keys.chain).startswith(b"-----BEGIN CERTIFICATE")
    assert encode_octets(keys.chain[0]) == admitted["chain"][0]
    return write_remote_node(
        tmp_path / "cellar",
        str(admitted["org_id"]),
        "cellar",
        store,
        chain=keys.chain,
        ca_pem=made.site.ca_file.read_bytes(),
        hosts=cellar.hosts,
        urls=admitted["urls"],
    )


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
