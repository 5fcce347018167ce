"""A mesh on real files, in virtual time, whose power can be cut before any durable step."""

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
from tests.support.mesh_http import LocalWire
from tests.support.mesh_people import ClientDouble, StationDouble
from tools.edgemesh.bootstrap import MadeMesh, make_mesh
from tools.edgemesh.compose import World
from tools.edgemesh.denials import Denials
from tools.edgemesh.evidence import Verifier
from tools.edgemesh.interface.api import Api
from tools.edgemesh.keys import read
from tools.edgemesh.opener import Opener
from tools.edgemesh.process import all_roles
from tools.edgemesh.settings import Settings
from tools.edgemesh.site import read_site

ORG = "acme.example"


class FiledMesh:
    """A mesh on real files, in virtual time, that can lose its power."""

    def __init__(self, made: MadeMesh, switch: PowerSwitch) -> None:
        self.made, self.switch = made, switch
        clock = VirtualClock(datetime.now(UTC))
        anchor = TrustAnchor(made.site.ca_file.read_bytes())
        verifier = Verifier(anchor, ORG, clock, Denials(anchor, ORG, clock))
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
