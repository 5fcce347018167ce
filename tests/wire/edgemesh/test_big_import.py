"""Many people at once, while the desk goes on serving: all of them or none, wherever it is cut off."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from firmware.audit.events import AuditEvent
from tests.support.aio import run
from tests.support.mesh_people import people as doubles
from tools.edgemesh.administration import people
from tools.edgemesh.administration.acts import Acts
from tools.edgemesh.bootstrap import MadeMesh
from tools.edgemesh.people.people_import import Imported
from tools.edgemesh.process import running
from tools.edgemesh.roles import Vault
from tools.edgemesh.storage import sqlite_incoming
from tools.edgemesh.storage.databases import vault_database
from tools.edgemesh.storage.sqlite_desk import SqliteDesk
from tools.edgemesh.storage.stores import StoreError

MANY = 5 * sqlite_incoming.PIECE
FILE = "user,badge\n" + "".join(f"person-{number},04AA{number:08X}\n" for number in range(MANY))
BEFORE, AFTER = 1, MANY + 1


class Unrecorded(Acts):
    async def record(self, event: AuditEvent, **fields: str | int) -> None:
        """Nowhere."""


async def take_in(vault: Vault) -> Imported:
    acts = Unrecorded.__new__(Unrecorded)
    return await people.take_in(vault, acts, FILE.encode(), skip_faulty=False)


def known(made: MadeMesh) -> tuple[int, int]:
    database = vault_database(made.site)
    try:
        desk = SqliteDesk(database)
        return len(desk.users()), len(desk.badges())
    finally:
        database.close()


def left(made: MadeMesh) -> list[str]:
    return [path.name for path in made.site.path("vault").glob("incoming*")]


def test_a_session_opens_in_the_middle_of_an_import(made: MadeMesh, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        loop, halted, go_on = asyncio.get_running_loop(), asyncio.Event(), threading.Event()

        def halt(_seconds: float) -> None:
            loop.call_soon_threadsafe(halted.set)
            assert go_on.wait(60)

        monkeypatch.setattr(sqlite_incoming, "pause", halt)
        async with running(made.site) as mesh, doubles(mesh.url, made) as (_, station):
            importing = asyncio.create_task(take_in(mesh.api.roles.vault))
            try:
                await halted.wait()
                (await station.tap(made.badge)).expect(201)
                assert not importing.done()
            finally:
                go_on.set()
            assert (await importing).people == MANY
            (await station.tap("04AA00000001")).expect(201)

    run(story())
    assert known(made) == (AFTER, AFTER)
    assert left(made) == []


def failing(exc: BaseException, at: int) -> Callable[..., None]:
    calls = iter(range(1, 100))

    def fail(*_: object) -> None:
        if next(calls) == at:
            raise exc

    return fail


@pytest.mark.parametrize("at", [1, 3])
def test_cut_off_after_it_was_decided_the_next_start_completes_it(
    made: MadeMesh, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    async def cut() -> None:
        async with running(made.site) as mesh:
            with monkeypatch.context() as power:
                power.setattr(sqlite_incoming, "pause", failing(StoreError("power"), at))
                with pytest.raises(StoreError, match="power"):
                    await take_in(mesh.api.roles.vault)

    async def again() -> None:
        async with running(made.site):
            assert known(made) == (AFTER, AFTER)

    run(cut())
    assert BEFORE < known(made)[0] < AFTER
    assert left(made) == [sqlite_incoming.FILE]
    run(again())
    assert left(made) == []


def test_cut_off_before_nothing_was_kept(made: MadeMesh, monkeypatch: pytest.MonkeyPatch) -> None:
    async def cut() -> None:
        async with running(made.site) as mesh:
            with monkeypatch.context() as power:
                power.setattr(Path, "rename", failing(OSError("power"), 1))
                with pytest.raises(StoreError, match="power"):
                    await take_in(mesh.api.roles.vault)
            assert known(made) == (BEFORE, BEFORE)
            assert (await take_in(mesh.api.roles.vault)).people == MANY

    run(cut())
    assert (known(made), left(made)) == ((AFTER, AFTER), [])
