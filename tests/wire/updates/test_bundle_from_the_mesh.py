"""A bundle all the way: put into a real mesh by its commands, offered to a station over TLS, looked at and fetched by
RAUC itself through the station's loopback. What needs a kernel with device mapper is tried in the image's own tests."""

import asyncio
import json
import shutil
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from firmware.mesh import tls
from firmware.mesh.https import HttpsTransport
from firmware.mesh.port import MeshError
from firmware.updates.blocks import Blocks
from firmware.updates.mesh_source import MeshUpdates
from firmware.updates.proxy import served
from firmware.updates.source import Standing
from firmware.updates.states import Offer, Version
from hal.drivers.file_key_store import FileKeyStore
from hal.drivers.rauc_installer import RaucInstaller
from hal.drivers.system_random import SystemRandom
from hal.drivers.thread_workers import ThreadWorkers
from hal.ports.installer import InstallerError, Manifest
from tests.support import rauc_rig
from tests.support.aio import run
from tools.edgemesh.__main__ import main
from tools.edgemesh.bootstrap import MadeMesh, add_admin, make_mesh
from tools.edgemesh.process import running

STANDING = Standing("0.1.0", rauc_rig.COMPATIBLE, "A", "none")


class Site:
    """A mesh that serves, a station's way to it, and an administrator's commands."""

    def __init__(self, directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.made: MadeMesh = make_mesh(directory / "site", "acme.example")
        self.profile, self._capsys = directory / "admin", capsys
        self.url = ""

    def command(self, *words: str) -> tuple[int, dict[str, Any]]:
        """Exit code, and what it says in JSON."""
        self._capsys.readouterr()
        code = main([*words, "--json"])
        return code, json.loads(self._capsys.readouterr().out)

    async def asked(self, *words: str) -> tuple[int, dict[str, Any]]:
        """The same of the mesh that serves."""
        return await asyncio.to_thread(self.command, *words, "--profile", str(self.profile), "--mesh", self.url)

    def serving(self, story: Callable[[MeshUpdates], Awaitable[None]]) -> None:
        async def whole() -> None:
            workers = ThreadWorkers()
            keys = FileKeyStore(self.made.station)
            context = tls.station_context(keys, (self.made.station / "ca.pem").read_bytes(), lambda _certificate: None)
            try:
                async with running(self.made.site) as mesh:
                    self.url = mesh.url
                    async with HttpsTransport(mesh.url, context, workers) as transport:
                        await story(MeshUpdates(transport))
            finally:
                workers.close()

        add_admin(self.made.site, "admin", self.profile, mesh_url="https://localhost:1")
        run(whole())


@pytest.fixture
def site(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Site:
    (tmp_path / "site").mkdir()
    return Site(tmp_path, capsys)


@pytest.fixture
def rauc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[rauc_rig.Signer, RaucInstaller]]:
    directory = tmp_path / "rauc"
    directory.mkdir()
    ours = rauc_rig.signer(directory, "release")
    with rauc_rig.service(directory, ours) as (configuration, environment, _):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        yield ours, RaucInstaller(options=("--conf", str(configuration)))


def _added(site: Site, bundle: Path, keyring: Path) -> tuple[int, dict[str, Any]]:
    directory = str(site.made.site.directory)
    return site.command("update", "add", str(bundle), "--keyring", str(keyring), "--dir", directory)


async def _installed(installer: RaucInstaller, url: str) -> tuple[list[int], str]:
    """How far it got, and why no further."""
    percents = list[int]()
    try:
        async for percent in installer.install(url):
            percents.append(percent)
    except InstallerError as exc:
        return percents, exc.code
    return percents, ""


def test_from_the_administrator_to_rauc(
    site: Site, rauc: tuple[rauc_rig.Signer, RaucInstaller], tmp_path: Path
) -> None:
    ours, installer = rauc
    bundle = rauc_rig.bundle(tmp_path, ours, "0.2.0")
    code, said = _added(site, bundle, ours.ca)
    assert (code, said["version"], said["size"]) == (0, "0.2.0", bundle.stat().st_size)

    async def story(source: MeshUpdates) -> None:
        assert await source.check(STANDING) is None
        assert (await site.asked("update", "stage", "0.2.0", "--station", "station-1"))[0] == 0
        offer = await source.check(STANDING)
        assert offer == Offer(said["bundle"], Version("0.2.0"), rauc_rig.COMPATIBLE, said["size"])
        blocks = Blocks(source, offer)
        assert await installer.inspect(await blocks.ends()) == Manifest("0.2.0", rauc_rig.COMPATIBLE)
        assert await blocks.read(0, offer.size) == bundle.read_bytes()
        async with served(blocks, SystemRandom()) as url:
            percents, why = await _installed(installer, url)
        assert max(percents) >= 40, "fetched, and its signature verified"
        assert why in ("", "install-failed"), "what may be missing here is the kernel's"
        _, fleet = await site.asked("fleet")
        assert [(one["station"], one["version"]) for one in fleet["stations"]] == [("station-1", "0.1.0")]
        assert (await site.asked("update", "halt", "0.2.0"))[1]["halted"] == "by-hand"
        with pytest.raises(MeshError) as refused:
            await anext(source.bundle(offer, 0))
        assert refused.value.code == "bundle-unknown"
        assert (await site.asked("update", "resume", said["bundle"][:12]))[1]["halted"] == ""
        assert (await site.asked("update", "status"))[1]["updates"][0]["running"] == 0

    site.serving(story)


def test_a_stranger_s_bundle_is_taken_in_by_nobody(site: Site, tmp_path: Path) -> None:
    ours, stranger = (rauc_rig.signer(tmp_path, name) for name in ("release", "stranger"))
    code, said = _added(site, rauc_rig.bundle(tmp_path, stranger, "0.2.0"), ours.ca)
    assert (code != 0, said["error"]["code"]) == (True, "bundle-refused")
    code, said = _added(site, rauc_rig.bundle(tmp_path, ours, "great"), ours.ca)
    assert (code != 0, said["error"]["code"]) == (True, "version-malformed")
    code, said = _added(site, tmp_path / "none.raucb", ours.ca)
    assert said["error"]["code"] == "input-missing"
    assert not (site.made.site.directory / "bundles").exists()


def test_a_bundle_that_was_tampered_with_at_the_mesh_is_refused(
    site: Site, rauc: tuple[rauc_rig.Signer, RaucInstaller], tmp_path: Path
) -> None:
    ours, installer = rauc
    _, said = _added(site, rauc_rig.bundle(tmp_path, ours, "0.2.0"), ours.ca)
    stranger = rauc_rig.bundle(tmp_path, rauc_rig.signer(tmp_path, "stranger"), "0.2.0")
    shutil.copyfile(stranger, site.made.site.directory / "bundles" / f"{said['bundle']}.raucb")

    async def story(source: MeshUpdates) -> None:
        assert (await site.asked("update", "stage", "0.2.0", "--percent", "100"))[0] == 0
        found = await source.check(STANDING)
        assert found is not None
        offer = Offer(found.digest, found.version, found.compatible, stranger.stat().st_size)
        blocks = Blocks(source, offer)
        with pytest.raises(InstallerError) as caught:
            await installer.inspect(await blocks.ends())
        assert caught.value.code == "bundle-refused"
        await blocks.aclose()

    site.serving(story)


def test_words_that_name_nothing_are_said(site: Site) -> None:
    async def story(_source: MeshUpdates) -> None:
        code, said = await site.asked("update", "stage", "0.9", "--percent", "10")
        assert (code != 0, said["error"]["detail"]) == (True, "0.9 is no bundle; there is none")
        code, said = await site.asked("update", "stage", "0.9")
        assert (code != 0, said["error"]["detail"]) == (True, "say --percent or --station")

    site.serving(story)
