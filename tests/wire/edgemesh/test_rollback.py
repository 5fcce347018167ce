"""An old copy of the registrar's database: refused, and gone on with only at a person's word, nobody let in by it."""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from firmware.audit.events import AuditEvent
from firmware.audit.records import parse_entry
from firmware.vault.identity import Identity
from hal.drivers.system_clock import SystemClock
from tests.support.aio import run
from tools.edgemesh.bootstrap import MadeMesh, add_admin, offline
from tools.edgemesh.opener import kept_lists
from tools.edgemesh.process import Running, running
from tools.edgemesh.registrar.rollback import RolledBackError
from tools.edgemesh.site import REGISTRAR, Site


def serve(site: Site, act: Callable[[Running], object] = lambda _: None, *, accept: bool = False) -> None:
    async def story() -> None:
        async with running(site, accept_rollback=accept) as mesh:
            act(mesh)
            await asyncio.sleep(0)  # what runs beside has begun, before it ends

    run(story())


def put_back(site: Site, copy: Path) -> None:
    for left in site.path(REGISTRAR).glob("registrar.db*"):
        left.unlink()
    shutil.copy(copy, site.path(REGISTRAR) / "registrar.db")


@pytest.fixture
def copied(made: MadeMesh, tmp_path: Path) -> Path:
    """The database as it was before much was denied; `user/ada` was denied then and lifted since."""
    copy = tmp_path / "copy.db"
    serve(made.site, lambda mesh: mesh.api.roles.registrar.denybook.deny("user/ada"))
    shutil.copy(made.site.path(REGISTRAR) / "registrar.db", copy)

    async def story() -> None:
        async with running(made.site) as mesh:
            registrar = mesh.api.roles.registrar
            await registrar.revocations.deny(BY, "station/station-1", "lost")
            await registrar.revocations.deny(BY, "badge/b-0001")
            await registrar.revocations.lift(BY, "user/ada")
            (recorded,) = registrar_record(mesh, AuditEvent.BADGE_BLOCKED)
            assert b"b-0001" in recorded

    run(story())
    return copy


def registrar_record(mesh: Running, event: AuditEvent) -> list[bytes]:
    return [line for line in mesh.api.roles.audits["registrar"].read_after(0) if event.value.encode() in line]


class _By:
    name = "admin/grace"


BY: Identity = _By()  # type: ignore[assignment]


def test_an_old_copy_is_not_served_and_nobody_is_made_a_member_in_it(made: MadeMesh, copied: Path) -> None:
    put_back(made.site, copied)
    with pytest.raises(RolledBackError):
        serve(made.site)
    with pytest.raises(RolledBackError), offline(made.site):
        pass
    with pytest.raises(RolledBackError):
        add_admin(made.site, "mallory", copied.parent / "mallory")


def test_each_role_that_remembers_is_a_witness(made: MadeMesh, copied: Path) -> None:
    put_back(made.site, copied)
    (made.site.path(REGISTRAR) / "deny-list").unlink()
    with pytest.raises(RolledBackError):
        serve(made.site)


def test_gone_on_with_what_was_denied_is_denied_again(made: MadeMesh, copied: Path) -> None:
    put_back(made.site, copied)

    def look(mesh: Running) -> None:
        registrar = mesh.api.roles.registrar
        assert [one.name for one in registrar.denybook.store.denials()] == ["badge/b-0001", "station/station-1"]
        station = registrar.store.member("station/station-1")
        assert station is not None
        assert not station.active
        (accepted,) = registrar_record(mesh, AuditEvent.ROLLBACK_ACCEPTED)
        assert parse_entry(accepted).fields == {"number": number, "entries": 2, "count": 2}

    number = kept_lists(made.site, SystemClock()).number
    serve(made.site, look, accept=True)
    serve(made.site, look)  # once is enough


def test_the_newest_copy_is_none(made: MadeMesh, copied: Path) -> None:
    def look(mesh: Running) -> None:
        assert not registrar_record(mesh, AuditEvent.ROLLBACK_ACCEPTED)

    serve(made.site, look, accept=True)
    serve(made.site)
