"""Updates of a whole station on twins: nobody is disturbed, the panel says so, the health looks are the real ones."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial

import pytest

from firmware import updating
from firmware.app import Post, run
from firmware.config import Config
from firmware.core.events import MeshChanged, Started, StopAsked
from firmware.core.machine import Core
from firmware.panel.screens import screen_of
from firmware.panel.view import Screen
from firmware.updates.blocks import Blocks
from firmware.updates.health import decrypts
from firmware.updates.record import kept_record
from firmware.updates.states import Phase
from hal.ports.installer import Manifest
from hal.ports.random_source import RandomSource
from hal.sim import virtual_time
from hal.sim.board import sim_board
from hal.sim.installer import COMPATIBLE, SimInstaller
from tests.support.update_rig import Mesh
from tests.unit.delivery.world import World, pdf

CARD = "04A1B2C3"


@asynccontextmanager
async def _served(blocks: Blocks, _random: RandomSource) -> AsyncIterator[str]:
    yield f"twin:{blocks.size}"


class Station:
    """On twins, with an installer and a mesh that offers 0.2.0."""

    def __init__(self) -> None:
        self.world = World()
        self.box = sim_board(1, self.world.printer, clock=self.world.clock, secrets=self.world.station.files())
        self.source = Mesh()
        self.installer = SimInstaller(self.world.clock)
        offer = self.source.offer("0.2.0")
        raw = self.source.bundles[offer.digest]
        self.installer.known[raw[-72:]] = Manifest("0.2.0", COMPATIBLE)
        self.installer.fetch = lambda _url: raw
        ca = self.world.pki.ca.certificate_pem
        self.config = Config("sim", "https://mesh.test", "sim", "sim:", ("sim:",), "sim:", ca_pem=ca)
        self.lines: list[str] = []
        self.post: Post | None = None

    def write(self, line: str) -> None:
        self.lines.append(line)

    def control(self, post: Post) -> None:
        self.post = post

    async def live(self, seconds: float, *script: tuple[float, object]) -> int:
        loop = asyncio.get_running_loop()
        for at, action in script:
            loop.call_later(at, action)  # type: ignore[arg-type] # whatever it gives back
        loop.call_later(seconds, lambda: self.post and self.post(StopAsked()))
        board = replace(self.box.board(), installer=self.installer)
        config = replace(self.config, update_window="00:00-00:00")
        return await run(board, config, self.world.mesh, journal=self, control=self.control, updates=self.source)


@pytest.fixture
def station(monkeypatch: pytest.MonkeyPatch) -> Station:
    monkeypatch.setattr(updating, "_served", _served)
    return Station()


def test_an_idle_station_installs_and_asks_for_the_try(station: Station) -> None:
    async def story() -> None:
        assert await station.live(400) == 0
        assert station.installer.asked == ["install", "trial"]
        assert kept_record(station.box.storage).phase is Phase.TRYING

    virtual_time.run(story())


def test_the_new_version_is_looked_at_and_kept(station: Station) -> None:
    async def story() -> None:
        await station.live(400)
        station.installer.power()
        assert await station.live(400) == 0
        assert station.installer.asked == ["install", "trial", "good"]
        record = kept_record(station.box.storage)
        assert (record.phase, record.code) == (Phase.ENDED, "")

    virtual_time.run(story())


def test_a_visit_is_not_disturbed(station: Station) -> None:
    async def story() -> None:
        world = station.world
        world.submit(pdf(300))
        await station.live(250, (1, partial(station.box.reader.tap, CARD)))
        assert world.sheets(), "it printed all the time"
        assert "trial" not in station.installer.asked
        assert await station.live(900) == 0
        assert station.installer.asked[-1] == "trial", "once that was over"

    virtual_time.run(story())


def test_the_panel_says_so_while_nobody_is_here() -> None:
    core = Core()
    core.handle(Started())
    core.handle(MeshChanged(True, ""))
    assert screen_of(core) is Screen.READY
    assert screen_of(core, updating=True) is Screen.UPDATING
    core.handle(StopAsked())
    assert screen_of(core, updating=True) is Screen.STOPPED


def test_a_station_that_cannot_open_its_own_box_is_not_well() -> None:
    async def story() -> None:
        assert await decrypts("acme.example", "lobby", bytes(range(32)))()
        assert not await decrypts("acme.example", "lobby", b"short")()

    virtual_time.run(story())
