"""A delegation that an administrator ends where vault and registrar are processes of their own."""

from contextlib import ExitStack
from datetime import timedelta

from firmware.vault.delegation import Delegation
from tests.support.aio import run
from tests.support.mesh_http import send_json
from tests.support.mesh_people import people, system_now
from tests.support.mesh_process import MeshProcess
from tests.support.station_life import until
from tests.unit.edgemesh.test_delegations import signed
from tools.edgemesh.__main__ import main
from tools.edgemesh.bootstrap import MadeMesh, add_admin, add_user
from tools.edgemesh.registrar.sqlite import SqliteDenials
from tools.edgemesh.storage.databases import registrar_database
from tools.edgemesh.storage.records import User


def test_the_registrar_is_told_although_it_was_away(made: MadeMesh) -> None:
    delegation_id, folder = f"d-{1:032x}", made.site.directory
    add_user(made.site, User("ben"))
    add_admin(made.site, "grace", folder.parent / "grace", mesh_url="https://localhost:8443")

    async def hand_in(url: str) -> None:
        async with people(url, made) as (client, _):
            now = system_now().replace(microsecond=0)
            given = Delegation("acme.example", delegation_id, "ada", "ben", now, now + timedelta(hours=1))
            (await send_json(client.wire, "POST", "/v1/delegations", signed(given, client.keys))).expect(201)

    def denied() -> bool:
        database = registrar_database(made.site)
        try:
            return f"delegation/{delegation_id}" in {one.name for one in SqliteDenials(database).denials()}
        finally:
            database.close()

    with ExitStack() as stack:
        registrar = stack.enter_context(MeshProcess(folder, "--role", "registrar"))
        vault = stack.enter_context(MeshProcess(folder, "--role", "vault"))
        run(hand_in(vault.url))
        registrar.kill()
        words = ["delegation", "end", delegation_id, "--profile", str(folder.parent / "grace"), "--mesh", vault.url]
        assert main(words) == 0
        assert not denied()
        stack.enter_context(MeshProcess(folder, "--role", "registrar"))
        until(denied, bool)
