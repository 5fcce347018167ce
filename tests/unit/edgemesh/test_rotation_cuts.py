"""The power is cut before each durable step of a rotation, on real files; the mesh starts again and finishes it."""

from pathlib import Path

import pytest

from hal.sim.virtual_time import run
from tests.support.mesh_admin import AdminDouble
from tests.support.mesh_crash import PowerSwitch
from tests.support.mesh_filed import ORG, FiledMesh, copied, cuts
from tests.support.mesh_http import LocalWire
from tools.edgemesh.bootstrap import add_admin, make_mesh
from tools.edgemesh.keys import RoleKeys, read

DOCUMENT = b"held through a rotation"


def admin_of(mesh: FiledMesh, keys: RoleKeys) -> AdminDouble:
    identity = mesh.world.verifier.identify(keys.chain)
    return AdminDouble(LocalWire(lambda: mesh.api, identity), keys)


@pytest.mark.parametrize("policy", ["keep", "rebox", "shred"])
def test_a_rotation_cut_off_anywhere_is_finished_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, policy: str
) -> None:
    def administered(mesh: FiledMesh) -> AdminDouble:
        profile = mesh.made.site.directory.parent / "admin"
        if not profile.exists():
            add_admin(mesh.made.site, "grace", profile)
        return admin_of(mesh, read(profile, "grace"))

    async def rotated(mesh: FiledMesh, admin: AdminDouble) -> None:
        await admin.rotate(policy)
        await mesh.api.roles.round()
        await mesh.api.roles.round()

    async def undisturbed(mesh: FiledMesh) -> None:
        admin = administered(mesh)
        await mesh.client.submit(DOCUMENT)
        mesh.switch.on()
        await rotated(mesh, admin)

    async def story(switch: PowerSwitch, cut_at: int) -> None:
        mesh = FiledMesh(copied(tmp_path, str(cut_at)), switch)
        admin = administered(mesh)
        job = await mesh.client.submit(DOCUMENT)
        await mesh.until_cut(cut_at, lambda: rotated(mesh, admin))
        begun = len(await admin.epochs()) > 1
        await rotated(mesh, admin) if not begun else None
        for _ in range(2):
            await mesh.api.roles.round()
        assert (await admin.epochs())[1] == ("active" if policy == "keep" else "destroyed", policy)
        await mesh.station.tap(mesh.made.badge)
        if policy == "shred":
            assert (await mesh.station.ask(job)).refusal == (410, "shredded", "job")
        else:
            _, document, _ = await mesh.station.print(job)
            assert document == DOCUMENT
        await mesh.stack.aclose()

    least = {"keep": 1, "rebox": 4, "shred": 4}[policy]
    with cuts(tmp_path, monkeypatch, undisturbed, least) as (switch, places):
        for cut_at in places:
            run(story(switch, cut_at))


def test_the_old_key_is_on_no_disk_afterwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    switch = PowerSwitch(monkeypatch)

    async def story() -> None:
        made = make_mesh(tmp_path, ORG)
        add_admin(made.site, "grace", tmp_path / "admin")
        mesh = FiledMesh(made, switch)
        admin = admin_of(mesh, read(tmp_path / "admin", "grace"))
        await mesh.client.submit(DOCUMENT)
        epoch = mesh.api.roles.org.epoch(1)
        assert epoch.private_key is not None
        await admin.rotate("rebox")
        await mesh.api.roles.round()
        await mesh.stack.aclose()
        for path in filter(Path.is_file, made.site.path("org").rglob("*")):
            assert epoch.private_key not in path.read_bytes(), path

    run(story())
