"""Badge number, PIN and one-time code: in no file of the mesh, no log, no repr, no exception."""

import logging
from pathlib import Path

import pytest

from hal.sim.virtual_time import run
from tests.support.mesh_http import send_json
from tests.support.mesh_site import MemorySite
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.people.desk import Credential
from tools.edgemesh.people.people_csv import parse
from tools.edgemesh.people.people_import import import_people
from tools.edgemesh.settings import Settings
from tools.edgemesh.storage import sqlite_desk, sqlite_jobs
from tools.edgemesh.storage.records import User
from tools.edgemesh.storage.sqlite import Database
from tools.edgemesh.storage.sqlite_desk import SqliteDesk

BADGE, OTHER, PIN, WRONG = "04C0FFEE81", "04C0FFEE82", "47110815", "47110816"


def spellings(secret: str) -> list[bytes]:
    return [secret.encode(), secret.lower().encode(), secret.encode().hex().encode(), secret.encode("utf-16-le")]


def test_no_secret_of_a_person_is_anywhere(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    said: list[str] = []

    async def story() -> str:
        site = MemorySite(Settings(association="code"))
        database = Database(tmp_path / "vault.db", sqlite_desk.SCHEMA + sqlite_jobs.SCHEMA)
        site.mesh.desk_store = SqliteDesk(database)
        site.mesh.restart()
        site.mesh.add_user(User("bob"), BADGE)
        desk = site.mesh.roles.vault.desk
        await desk.pins.set("bob", PIN)
        code = await desk.codes.issue("bob")
        for pin in (PIN, WRONG):
            credential = {"credential": {"kind": "card", "value": BADGE, "pin": pin}}
            said.append(str((await send_json(site.station.wire, "POST", "/v1/sessions", credential)).json))
        unknown = (await site.station.tap(OTHER)).json
        for value in (code[::-1], code):
            asked = {"ticket": unknown["ticket"], "user": "bob", "code": value}
            said.append(str((await send_json(site.station.wire, "POST", "/v1/associations", asked)).json))
        found = parse(f"user,badge,pin\nkim,{OTHER},{PIN}\nlee,{BADGE}!,1234\n".encode())
        said.extend(map(repr, (found, found.faults, import_people(desk, found.rows, skip_faulty=True))))
        for attempt in (PIN[:3], "1234"):
            with pytest.raises(Problem) as refused:
                await desk.pins.set("bob", attempt)
            said.append(repr(refused.value))
        said.extend(
            map(repr, (Credential(BADGE, PIN), desk.badges.find(BADGE), desk.store.code("bob"), desk, vars(desk)))
        )
        said.append(code)
        database.close()
        return code

    with caplog.at_level(logging.DEBUG):
        code = run(story())
    assert said.pop() == code
    files = {path.name: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert "vault.db" in files
    everywhere = files | {"log": caplog.text.encode(), "said": "\n".join(said).encode()}
    secrets = [spelling for secret in (BADGE, OTHER, PIN, WRONG, code) for spelling in spellings(secret)]
    assert [(place, secret) for place, held in everywhere.items() for secret in secrets if secret in held] == []
