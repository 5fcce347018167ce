"""The power is cut before each durable step of an upload and of a release, on real files; the mesh starts again."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from firmware.vault.identity import TrustAnchor
from hal.sim.clock import VirtualClock
from hal.sim.random_source import SeededRandom
from hal.sim.virtual_time import run
from hal.sim.workers import InlineWorkers
from tests.support.mesh_crash import PowerCutError, PowerSwitch
from tests.support.mesh_http import Answer, Json, LocalWire
from tests.support.mesh_people import ClientDouble, StationDouble, Upload
from tools.edgemesh.api import Api
from tools.edgemesh.bootstrap import MadeMesh, make_mesh
from tools.edgemesh.compose import World
from tools.edgemesh.evidence import Verifier
from tools.edgemesh.keys import read
from tools.edgemesh.opener import Opener
from tools.edgemesh.process import all_roles
from tools.edgemesh.settings import Settings
from tools.edgemesh.site import read_site

DOCUMENT = bytes(range(256)) * 6_000  # two batches of the receiver
ORG = "acme.example"


class FiledMesh:
    """A mesh on real files, in virtual time, that can lose its power."""

    def __init__(self, made: MadeMesh, switch: PowerSwitch) -> None:
        self.made, self.switch = made, switch
        clock = VirtualClock(datetime.now(UTC))
        verifier = Verifier(TrustAnchor(made.site.ca_file.read_bytes()), ORG, clock)
        self.world = World(ORG, verifier, Settings(), clock, SeededRandom(3), InlineWorkers())
        self.start()
        client, station = read(made.client, "client-1"), read(made.station, "station-1")
        self.client = ClientDouble(
            LocalWire(lambda: self.api, verifier.identify(client.chain)), client, clock.now, seed=id(self) % 10**6
        )
        self.station = StationDouble(
            LocalWire(lambda: self.api, verifier.identify(station.chain)), station, ORG, clock.now
        )

    def start(self) -> Api:
        """Roles on the files as they are."""
        self.stack = AsyncExitStack()
        opener = Opener(
            self.made.site,
            all_roles(self.made.site),
            url="https://mesh.test",
            world=self.world,
            callers={},
            stack=self.stack,
        )
        self.api = opener.open()
        return self.api

    async def until_cut(self, cut_at: int, story: Callable[[], Awaitable[object]]) -> None:
        """Run a story to its end or to the cut; then start again on what the disk has."""
        self.switch.on(cut_at)
        with suppress(PowerCutError):
            await story()
        self.switch.on()
        await self.stack.aclose()
        self.start()

    def bodies(self) -> list[str]:
        return sorted(path.name for path in (self.made.site.path("node-1") / "bodies").iterdir())


def copied(tmp_path: Path, name: str) -> MadeMesh:
    """A mesh like the template, quicker than making one."""
    to = tmp_path / name
    shutil.copytree(tmp_path / "template", to)
    return MadeMesh(read_site(to / "mesh"), to / "station-1", to / "client-1", "ada", "04A1B2C3")


def steps_of(made: MadeMesh, switch: PowerSwitch, story: Callable[[FiledMesh], Awaitable[object]]) -> int:
    """How many durable steps a story takes undisturbed."""

    async def count() -> int:
        mesh = FiledMesh(made, switch)
        switch.on()
        await story(mesh)
        steps = switch.steps
        await mesh.stack.aclose()
        return steps

    return run(count())


@contextmanager
def cuts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, story: Callable[[FiledMesh], Awaitable[object]], least: int
) -> Iterator[tuple[PowerSwitch, range]]:
    switch = PowerSwitch(monkeypatch)
    make_mesh(tmp_path / "template", ORG)
    steps = steps_of(copied(tmp_path, "undisturbed"), switch, story)
    assert steps >= least, "the switch no longer knows the durable steps"
    yield switch, range(1, steps + 1)


async def upload_once(mesh: FiledMesh, upload: Upload) -> Answer:
    url = (await mesh.client.announce(upload)).expect(201)["body_urls"][0]
    return await mesh.client.put(upload, url)


def test_an_upload_cut_off_anywhere_is_simply_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def undisturbed(mesh: FiledMesh) -> None:
        (await upload_once(mesh, await mesh.client.seal(DOCUMENT))).expect(201)

    async def story(switch: PowerSwitch, cut_at: int) -> None:
        mesh = FiledMesh(copied(tmp_path, str(cut_at)), switch)
        upload = await mesh.client.seal(DOCUMENT)
        await mesh.until_cut(cut_at, lambda: upload_once(mesh, upload))
        assert [name for name in mesh.bodies() if name != f"{upload.job}.body"] == []
        assert (await upload_once(mesh, upload)).status in (201, 409)
        assert mesh.bodies() == [f"{upload.job}.body"]
        await mesh.station.tap(mesh.made.badge)
        _, document, _ = await mesh.station.print(upload.job)
        assert document == DOCUMENT
        await mesh.stack.aclose()

    with cuts(tmp_path, monkeypatch, undisturbed, 8) as (switch, places):
        for cut_at in places:
            run(story(switch, cut_at))


async def print_once(mesh: FiledMesh, job: str, told: list[Json]) -> None:
    """What a station does; `told` gains the grant, and each answer it heard to a report."""
    await mesh.station.tap(mesh.made.badge)
    grant = (await mesh.station.ask(job)).expect(201)
    told.append(grant)
    assert (await mesh.station.fetch(grant)).status == 200
    for sequence, kind in enumerate(("started", "printed"), 1):
        told.append((await mesh.station.report(grant, sequence, kind)).expect(200))
    await mesh.api.roles.round()


def test_a_release_cut_off_anywhere_ends_with_one_print_and_nothing_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def undisturbed(mesh: FiledMesh) -> None:
        job = await mesh.client.submit(DOCUMENT)
        mesh.switch.on()
        await print_once(mesh, job, [])

    async def story(switch: PowerSwitch, cut_at: int) -> None:
        mesh = FiledMesh(copied(tmp_path, str(cut_at)), switch)
        upload = await mesh.client.seal(DOCUMENT)
        (await upload_once(mesh, upload)).expect(201)
        told: list[Json] = []
        await mesh.until_cut(cut_at, lambda: print_once(mesh, upload.job, told))
        await mesh.station.tap(mesh.made.badge)
        again = await mesh.station.ask(upload.job)
        states = [answer["state"] for answer in told[1:]]
        if "printed" in states:  # what was acknowledged holds
            assert again.refusal == (410, "shredded", "job")
        elif "released" in states:  # started: nobody may start it again
            assert again.status in (409, 410)
            (await mesh.station.report(told[0], 2, "printed")).expect(200)
        elif again.status == 201:
            (await mesh.station.report(again.json, 1, "printed")).expect(200)
        else:  # `started` was taken in, its answer not heard
            assert again.refusal == (409, "outcome-unknown", "")
            (await mesh.station.report(told[0], 2, "printed")).expect(200)
        await mesh.api.roles.round()
        assert mesh.bodies() == []
        assert (await mesh.station.ask(upload.job)).refusal == (410, "shredded", "job")
        await mesh.stack.aclose()
        for path in mesh.made.site.path("vault").iterdir():
            assert upload.sealed.job_box not in path.read_bytes(), path

    with cuts(tmp_path, monkeypatch, undisturbed, 8) as (switch, places):
        for cut_at in places:
            run(story(switch, cut_at))


def test_the_switch_really_cuts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    switch = PowerSwitch(monkeypatch)

    async def story() -> None:
        mesh = FiledMesh(make_mesh(tmp_path, ORG), switch)
        upload = await mesh.client.seal(DOCUMENT)
        await mesh.until_cut(3, lambda: upload_once(mesh, upload))
        assert mesh.bodies() == []
        await mesh.stack.aclose()
        await asyncio.sleep(0)

    run(story())
