"""The power goes before any durable step of a decision: afterwards it was decided or it was not, and nobody is let in
who is not a member, or stays in who was thrown out."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from firmware.vault.identity import IdentityError, Kind
from hal.sim.virtual_time import run
from tests.support.mesh_crash import PowerCutError, PowerSwitch
from tests.support.mesh_http import send_json
from tests.support.registrar_rig import EST, Device, Registry, renewal
from tools.edgemesh.keys import RoleKeys
from tools.edgemesh.registrar import sqlite
from tools.edgemesh.registrar.sqlite import SqliteDenials, SqliteMembers
from tools.edgemesh.storage.sqlite import Database

Cut = Callable[[int, Path, PowerSwitch], Awaitable[bool]]


class Disk:
    """A registry whose registrar has its stores on a real file."""

    def __init__(self, path: Path) -> None:
        self.registry = Registry()
        mesh = self.registry.site.mesh
        self.path = path / "registrar.db"
        self.database = Database(self.path, sqlite.SCHEMA)
        members, denials = SqliteMembers(self.database), SqliteDenials(self.database)
        for member in mesh.member_store.members():
            members.put(member)
        issue = mesh.denial_store.issue()
        while issue is not None and (known := denials.issue()) != issue:
            number = known.number + 1 if known else 1
            denials.publish([], type(issue)(number, issue.issued_at, issue.signed))
        mesh.member_store, mesh.denial_store = members, denials  # type: ignore[assignment]
        mesh.restart()

    def restart(self) -> None:
        self.database.close()
        self.database = Database(self.path, sqlite.SCHEMA)
        mesh = self.registry.site.mesh
        mesh.member_store = SqliteMembers(self.database)  # type: ignore[assignment]
        mesh.denial_store = SqliteDenials(self.database)  # type: ignore[assignment]
        mesh.restart()


def each_cut(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, act: Cut) -> int:
    """Do it again and again, with the power cut one step later each time, until it gets through."""
    power = PowerSwitch(monkeypatch)
    for number in range(1, 30):
        path = tmp_path / str(number)
        path.mkdir()

        async def story(number: int = number, path: Path = path) -> bool:
            return await act(number, path, power)

        if run(story()):
            return number - 1
    raise AssertionError("it never gets through")


async def cut(power: PowerSwitch, number: int, act: Awaitable[object]) -> bool:
    """Whether the power went."""
    power.on(number)
    try:
        await act
    except PowerCutError:
        return True
    finally:
        power.on()
    return False


async def pending(registry: Registry, **what: object) -> Device:
    device = registry.device(**what)  # type: ignore[arg-type]
    (await device.enrol()).expect(202)
    (await device.reveal()).expect(202)
    return device


@pytest.mark.parametrize("replacing", [False, True])
def test_an_approval(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, replacing: bool) -> None:
    async def act(number: int, path: Path, power: PowerSwitch) -> bool:
        disk = Disk(path)
        registry = disk.registry
        old = await registry.pair(registry.device()) if replacing else None
        await registry.site.clock.sleep(600)
        device = await pending(registry)
        went = await cut(power, number, registry.approve(device, replace=replacing))
        disk.restart()
        new = await registry.pair(device, replace=replacing)  # after whatever happened, the same device gets in
        await registry.site.clock.sleep(1)
        assert registry.identity(new).name == "station/lobby"
        if old is not None:
            assert is_out(registry, old)
        disk.database.close()
        return not went

    assert each_cut(monkeypatch, tmp_path, act) == (2 if replacing else 1)


def test_a_replacement_cut_off_leaves_nobody_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    async def act(number: int, path: Path, power: PowerSwitch) -> bool:
        disk = Disk(path)
        registry = disk.registry
        old = await registry.pair(registry.device())
        await registry.site.clock.sleep(600)
        device = await pending(registry)
        went = await cut(power, number, registry.approve(device, replace=True))
        disk.restart()
        if number > 1:
            assert is_out(registry, old)
        member = registry.site.mesh.member_store.member("station/lobby")
        assert member is not None
        assert member.active == (number != 2)
        disk.database.close()
        return not went

    assert each_cut(monkeypatch, tmp_path, act) == 2


def test_a_revocation(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    async def act(number: int, path: Path, power: PowerSwitch) -> bool:
        disk = Disk(path)
        registry = disk.registry
        keys = await registry.pair(registry.device())
        went = await cut(power, number, registry.deny("station/lobby"))
        disk.restart()
        state = (await registry.member("station/lobby"))["state"]
        assert (state == "revoked") == is_out(registry, keys) == (number > 1)
        disk.database.close()
        return not went

    assert each_cut(monkeypatch, tmp_path, act) == 2


def test_a_renewal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    async def act(number: int, path: Path, power: PowerSwitch) -> bool:
        disk = Disk(path)
        registry = disk.registry
        keys = await registry.pair(registry.device())
        await registry.site.clock.sleep(20 * 3600)
        went = await cut(power, number, _renew(registry, keys))
        disk.restart()
        await _renew(registry, keys)
        disk.database.close()
        return not went

    assert each_cut(monkeypatch, tmp_path, act) == 1


def test_a_token(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    async def act(number: int, path: Path, power: PowerSwitch) -> bool:
        disk = Disk(path)
        registry = disk.registry
        asked = {"kind": "station", "name": "lobby"}
        token = (await send_json(registry.admin, "POST", "/v1/admin/tokens", asked)).expect(201)["token"]
        device, other = registry.device(token=str(token)), registry.device(token=str(token))
        (await device.enrol()).expect(202)
        went = await cut(power, number, device.reveal())
        disk.restart()
        (await device.enrol()).expect(202)
        (await device.reveal()).expect(200)
        (await other.enrol()).expect(202)
        assert (await other.reveal()).code == "token-refused"
        disk.database.close()
        return not went

    assert each_cut(monkeypatch, tmp_path, act) == 1


async def _renew(registry: Registry, keys: RoleKeys) -> None:
    document = renewal(registry.site, Kind.STATION, keys)
    (await send_json(registry.unpaired(), "POST", f"{EST}/simplereenroll", document)).expect(200)


def is_out(registry: Registry, keys: RoleKeys) -> bool:
    try:
        registry.identity(keys)
    except IdentityError as exc:
        return exc.code == "identity-revoked"
    return False
