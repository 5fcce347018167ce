"""Before serving: a station that goes on trying to join, and one that comes back late; in virtual time."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from firmware.config import Config, ConfigError
from firmware.core.signs import Notice
from firmware.joining import Wanted, come_back, join, settled
from firmware.pairing import kept
from firmware.pairing.announced import KIND
from firmware.pairing.errors import PairingError
from firmware.pairing.renewal import upkeep_of
from firmware.panel import words
from firmware.panel.lobby import Lobby
from firmware.panel.view import Said, Screen
from hal.ports.nearby import Service
from hal.sim import virtual_time
from hal.sim.board import SimBoard, sim_board
from hal.sim.clock import VirtualClock
from hal.sim.nearby import SimNearby
from hal.sim.printer import SimPrinter
from hal.sim.random_source import SeededRandom
from tests.support.pairing_mesh import URL, PairingMesh, problem
from tools.edgemesh.ca import Ca

CONFIG = Config("sim", URL, "", "sim:", ("sim:",), "sim:", name="lobby")
HOUR = 3600.0


class Station:
    """`type_at` is when, in seconds, an administrator comes and types the newest code."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.box: SimBoard[SimPrinter] = sim_board(1, SimPrinter(self.clock, SeededRandom(1)), clock=self.clock)
        self.mesh = PairingMesh(Ca.create("org-1", now=self.clock.now()), self.clock)
        self.lines: list[str] = []

    def type_newest(self) -> None:
        codes = [line for line in self.lines if line.startswith("pairing code ") and "for" in line]
        assert self.mesh.approve(codes[-1].removeprefix("pairing code ")[:13])

    def join(self, *, type_at: float, slip: bool = False, wanted: Wanted | None = None) -> None:
        async def story() -> None:
            asyncio.get_running_loop().call_later(type_at, self.type_newest)
            board = self.box.board()
            asked = wanted or Wanted.configured(CONFIG)
            await join(board, asked, self.mesh, self.clock, self.lines.append, slip=slip)
            await asyncio.sleep(0)
            assert asyncio.all_tasks() == {asyncio.current_task()}

        virtual_time.run(story())


def test_nobody_comes_for_an_hour() -> None:
    station = Station()
    station.join(type_at=3600 + 300, slip=True)
    assert kept.is_paired(station.box.keys)
    shown = {line[:26] for line in station.lines if line.startswith("pairing code ") and "for" in line}
    assert len(shown) >= 4, "a new code each time"
    assert len(station.box.printer.deliveries) == len(shown), "and a slip for each"
    assert station.lines[-1] == "paired: station lobby of org-1"
    assert station.box.watchdog.started
    assert not station.box.watchdog.bites


def test_a_mesh_that_comes_up_later() -> None:
    station = Station()
    station.mesh.away = True

    def up() -> None:
        station.mesh.away = False

    async def story() -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(1000, up)
        loop.call_later(2500, station.type_newest)
        board = station.box.board()
        await join(board, Wanted.configured(CONFIG), station.mesh, station.clock, station.lines.append, slip=False)

    virtual_time.run(story())
    assert "mesh-unreachable" in station.lines[0]
    assert len([line for line in station.lines if "not paired" in line]) < 10


def test_too_many_attempts_are_waited_out() -> None:
    station = Station()
    station.mesh.before = lambda trust, method, path: problem(429, "too-many-enrolments")

    def relent() -> None:
        station.mesh.before = lambda trust, method, path: None

    async def story() -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(1000, relent)
        loop.call_later(1500, station.type_newest)
        board = station.box.board()
        await join(board, Wanted.configured(CONFIG), station.mesh, station.clock, station.lines.append, slip=False)

    virtual_time.run(story())
    assert len([line for line in station.lines if "too-many-enrolments" in line]) == 2


@pytest.mark.parametrize(("name", "url"), [("", ""), ("lobby", ""), ("", URL)])
def test_nothing_to_pair_by_is_said_at_once(name: str, url: str) -> None:
    station = Station()
    with pytest.raises(PairingError) as caught:
        station.join(type_at=0, wanted=Wanted(name, url))
    assert caught.value.code == "unpaired"
    assert station.mesh.requests == []


def test_where_somebody_can_be_told_a_box_that_knows_no_mesh_waits_and_lives() -> None:
    """On the image it would else start again and again, its board at last with it."""
    station = Station()
    lobby = Lobby(station.clock)

    async def story() -> None:
        board = station.box.board()
        where = board, Wanted(), station.mesh, station.clock, station.lines.append
        joining = asyncio.ensure_future(join(*where, slip=True, onlooker=lobby))
        await station.clock.sleep(HOUR)
        assert not joining.done()
        joining.cancel()
        await asyncio.gather(joining, return_exceptions=True)

    virtual_time.run(story())
    assert (lobby.view.screen, lobby.view.said) == (Screen.PAIRING, Said(Notice.REFUSED, code="unpaired"))
    assert words.joining("unpaired").headline == "Not set up yet"
    assert [line[:10] for line in station.lines] == ["not set up"]
    assert station.mesh.requests == []
    assert station.box.watchdog.started
    assert not station.box.watchdog.bites


def announced_at(*urls: str) -> list[Service]:
    return [Service(KIND, "acme", "mesh.local.", 8443, {b"txtvers": b"1", b"url": url.encode()}) for url in urls]


def seeking(
    station: Station, nearby: SimNearby, *, wanted: Wanted | None = None, later: Callable[[], None] = lambda: None
) -> Lobby:
    """A box that was told of no mesh, for an hour; an administrator types each of its codes. `later` is what happens
    after ten minutes."""
    lobby = Lobby(station.clock)

    async def typed() -> None:
        while True:
            await station.clock.sleep(60)
            if station.lines and station.lines[-1].startswith("the mesh at"):
                station.type_newest()

    async def story() -> None:
        board = replace(station.box.board(), nearby=nearby)
        where = board, wanted or Wanted(), station.mesh, station.clock, station.lines.append
        tasks = [asyncio.ensure_future(join(*where, slip=False, onlooker=lobby)), asyncio.ensure_future(typed())]
        asyncio.get_running_loop().call_later(600, later)
        await asyncio.wait(tasks, timeout=HOUR, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    virtual_time.run(story())
    return lobby


def test_a_box_that_was_told_of_no_mesh_finds_it_and_has_a_name_of_its_key() -> None:
    station = Station()
    seeking(station, SimNearby(station.clock, announced_at(URL, URL)))
    assert kept.is_paired(station.box.keys)
    assert re.fullmatch(r"paired: station station-[0-9a-f]{8} of org-1", station.lines[-1])
    site = kept.site(station.box.keys)
    assert site is not None
    assert site.url == URL, "from now on it asks nobody where its mesh is"


def test_what_is_said_of_name_and_mesh_counts() -> None:
    station = Station()
    nearby = SimNearby(station.clock, announced_at("https://rogue.example"))
    seeking(station, nearby, wanted=Wanted("lobby", URL))
    assert station.lines[-1] == "paired: station lobby of org-1"
    assert nearby.looks == 0


def test_of_several_meshes_none_is_chosen() -> None:
    station = Station()
    nearby = SimNearby(station.clock, announced_at(URL, "https://rogue.example"))
    lobby = seeking(station, nearby)
    assert station.mesh.requests == []
    assert (lobby.view.screen, lobby.view.said) == (Screen.PAIRING, Said(Notice.REFUSED, code="mesh-ambiguous"))
    assert words.joining("mesh-ambiguous").headline == "Not set up yet"
    assert not station.box.watchdog.bites


def test_a_mesh_that_is_switched_on_later_is_found() -> None:
    station = Station()
    nearby = SimNearby(station.clock, has_network=False)

    def up() -> None:
        nearby.has_network = True
        nearby.said = announced_at(URL)

    lobby = seeking(station, nearby, later=up)
    assert "mesh-not-found" in station.lines[0]
    assert "pairing code" in station.lines[1], "said once, and not at each look"
    assert words.joining("mesh-not-found").headline == "The mesh is not found"
    assert kept.is_paired(station.box.keys)
    assert 600 / 20 < nearby.looks < 600 / 10
    assert lobby.view.screen is Screen.PAIRING


def test_an_exposed_file_is_said_at_once(tmp_path: Path) -> None:
    file = tmp_path / "provision.toml"
    file.write_text("[mesh]\n")
    file.chmod(0o644)
    with pytest.raises(PairingError) as caught:
        Station().join(type_at=0, wanted=Wanted(provision=file))
    assert caught.value.code == "provisioning-exposed"


def test_without_a_token_too_only_the_ca_that_is_known_is_spoken_to() -> None:
    station = Station()
    known = replace(CONFIG, ca_fingerprint=f"sha256:{station.mesh.fingerprint}")
    station.join(type_at=300, wanted=Wanted.configured(known))
    assert station.mesh.requests[0][:2] == ("first-contact", "GET")
    assert {request[0] for request in station.mesh.requests[1:]} == {"verified"}


def test_where_a_token_is_refused_an_administrator_types_a_code(tmp_path: Path) -> None:
    station, file = Station(), tmp_path / "provision.toml"
    fingerprint = f"sha256:{station.mesh.fingerprint}"
    file.write_text(
        f'[mesh]\nurl = "{URL}"\nca_fingerprint = "{fingerprint}"\n'
        f'token = "{"x" * 43}"\nkind = "station"\nname = "lobby"\n'
    )
    file.chmod(0o600)
    configured = replace(CONFIG, provision=str(file), ca_fingerprint=fingerprint)
    station.join(type_at=300, wanted=Wanted.configured(configured))
    assert kept.is_paired(station.box.keys)
    assert any("token-refused" in line for line in station.lines)
    firsts = [number for number, request in enumerate(station.mesh.requests) if request[0] == "first-contact"]
    assert [station.mesh.requests[number][1] for number in firsts] == ["GET", "GET"], "no more is said to a stranger"


def test_what_pairing_gave_completes_the_configuration() -> None:
    station = Station()
    with pytest.raises(PairingError):
        settled(CONFIG, station.box.keys)
    station.join(type_at=60)
    config = settled(replace(CONFIG, mesh_url=""), station.box.keys)
    assert config.mesh_url == URL
    assert config.ca_pem.strip() == station.mesh.ca.certificate_pem.strip()
    assert settled(replace(CONFIG, mesh_url="https://moved.test"), station.box.keys).mesh_url == "https://moved.test"
    kept.unpair(station.box.keys)
    with pytest.raises(ConfigError):
        settled(replace(CONFIG, mesh_url=""), station.box.keys)


@pytest.mark.parametrize(("hours", "away"), [(12.0, 0.0), (48.0, 0.0), (48.0, 2.0)])
def test_coming_back(hours: float, away: float) -> None:
    station = Station()

    async def story() -> float:
        board = station.box.board()
        loop = asyncio.get_running_loop()
        loop.call_later(60, station.type_newest)
        await join(board, Wanted.configured(CONFIG), station.mesh, station.clock, station.lines.append, slip=False)
        ca_pem = settled(CONFIG, board.keys).ca_pem
        await station.clock.sleep(hours * HOUR)
        station.mesh.away = away > 0
        loop.call_later(away * HOUR, lambda: setattr(station.mesh, "away", False))
        began = station.clock.monotonic()
        upkeep = upkeep_of(board, station.mesh, station.clock, URL, ca_pem)
        await come_back(upkeep, station.lines.append)
        identity = upkeep.member().identity
        assert identity.not_after > station.clock.now() + timedelta(hours=11)
        return station.clock.monotonic() - began

    took = virtual_time.run(story(), timeout=100 * HOUR)
    assert away * HOUR <= took <= away * HOUR + 901
    assert station.mesh.issued == (2 if hours > 24 else 1)


def test_the_printer_is_the_file_s_or_else_what_the_mesh_said() -> None:
    station = Station()
    station.join(type_at=5)
    silent = replace(CONFIG, printer="")
    assert settled(silent, station.box.keys).printer == "ipps://said.example/ipp/print"
    assert settled(CONFIG, station.box.keys).printer == CONFIG.printer
