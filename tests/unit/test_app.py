"""The composition root on twins: a tap becomes paper, and a new life settles the last one's releases."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from firmware.app import Post, run
from firmware.config import Config
from firmware.core.events import StopAsked
from firmware.delivery.ledger import FILE
from firmware.delivery.records import Entry, Step, encode
from firmware.rule_store import StoredRules, store
from firmware.trust.trust import open_trust
from firmware.vault.identity import IdentityError, Kind
from hal.ports.errors import KeyMissingError
from hal.sim import virtual_time
from hal.sim.board import SimBoard, sim_board
from hal.sim.printer import SimPrinter
from tests.unit.delivery.world import World, pdf

CARD = "04A1B2C3"
LASTING = timedelta(days=60)


class Station:
    """A station on twins, with the world's mesh and printer."""

    def __init__(self, world: World, kind: Kind = Kind.STATION) -> None:
        self.world = world
        holder = world.station if kind is Kind.STATION else world.pki.holder(kind, "station-1")
        self.box: SimBoard[SimPrinter] = sim_board(1, world.printer, clock=world.clock, secrets=holder.files())
        self.config = Config(
            "sim", "https://mesh.test", "sim", "sim:", ("sim:",), "sim:", ca_pem=world.pki.ca.certificate_pem
        )
        self.lines: list[str] = []
        self.post: Post | None = None

    def write(self, line: str) -> None:
        self.lines.append(line)

    def take_post(self, post: Post) -> None:
        self.post = post

    async def live(self, *script: tuple[float, Callable[[], object]], seconds: float = 60) -> int:
        """One life of so many seconds, in which things happen at theirs; the exit code."""
        loop = asyncio.get_running_loop()
        for at, action in script:
            loop.call_later(at, action)
        loop.call_later(seconds, lambda: self.post and self.post(StopAsked()))
        code = await run(self.box.board(), self.config, self.world.mesh, journal=self, control=self.take_post)
        await asyncio.sleep(0)  # a cancelled task ends with its next turn
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return code


def test_a_tap_becomes_paper() -> None:
    world = World()
    station = Station(world)
    world.submit(pdf())
    code = virtual_time.run(station.live((1, lambda: station.box.reader.tap(CARD))))
    assert code == 0
    assert world.delivered() == [pdf()]
    assert world.mesh.kinds() == ["started", "printed"]
    assert "delivery 1 printed" in station.lines
    assert station.box.watchdog.started
    assert not station.box.watchdog.bites
    assert station.box.indicator.lit is None


def test_a_station_goes_by_the_rule_that_was_solved() -> None:
    world = World()
    station = Station(world)
    world.submit(pdf())
    rules = StoredRules(readers={station.box.reader.name: ("dec2hex", "pad 8")})
    store(station.box.storage, rules)
    assert virtual_time.run(station.live((1, lambda: station.box.reader.tap(str(int(CARD, 16)))))) == 0
    assert world.delivered() == [pdf()]


def test_damaged_rules_are_said_and_the_station_serves() -> None:
    world = World()
    station = Station(world)
    world.submit(pdf())
    station.box.storage.replace("badge-rules", b"{")
    assert virtual_time.run(station.live((1, lambda: station.box.reader.tap(CARD)))) == 0
    assert world.delivered() == [pdf()]
    assert any(line.startswith("badge-rules-damaged: ") for line in station.lines)


def test_stopping_waits_for_the_page_and_tells_the_mesh() -> None:
    world = World()
    station = Station(world)
    world.submit(pdf(pages=8))
    code = virtual_time.run(station.live((1, lambda: station.box.reader.tap(CARD)), seconds=4))
    assert code == 0
    assert world.sheets() == 8
    assert world.mesh.kinds() == ["started", "printed"]


def test_stopping_in_a_long_print_ends_it_honestly() -> None:
    world = World()
    station = Station(world)
    job = world.submit(pdf(pages=500))
    assert virtual_time.run(station.live((1, lambda: station.box.reader.tap(CARD)), seconds=4)) == 0
    assert world.mesh.kinds()[-1] == "stopped canceled"
    assert world.mesh.reports[-1].impressions == world.sheets()
    assert world.mesh.jobs[job.job_id].phase == "held"


def test_what_an_earlier_life_left_open_is_settled_and_said() -> None:
    world = World()
    station = Station(world)
    station.box.storage.append(FILE, encode(Entry("r-9", "job-9", 1, Step.INTENDED)))
    world.mesh.jobs["job-9"] = world.mesh.jobs[world.submit(pdf()).job_id]
    world.mesh.jobs["job-9"].release = "r-9"
    assert virtual_time.run(station.live()) == 0
    assert "interrupted release held: interrupted" in station.lines
    assert world.mesh.kinds() == ["stopped interrupted"]


def test_a_damaged_ledger_is_said() -> None:
    world = World()
    station = Station(world)
    station.box.storage.append(FILE, b"deadbeef {}\n" + encode(Entry("r-9", "job-9", 1, Step.REPORTED)))
    assert virtual_time.run(station.live()) == 0
    assert station.lines[0] == "ledger damaged in 1 places: open releases count as started"


def test_only_a_station_with_all_its_keys_is_one() -> None:
    station = Station(World(), Kind.CLIENT)
    with pytest.raises(IdentityError, match="not of a station"):
        open_trust(station.box.board(), station.config)
    station = Station(World())
    station.box.keys.destroy("box.key")
    with pytest.raises(KeyMissingError):
        open_trust(station.box.board(), station.config)


def test_who_it_is_can_be_shown_without_its_keys() -> None:
    station = Station(World())
    credentials = open_trust(station.box.board(), station.config).credentials
    assert "station-1" in repr(credentials)
    assert repr(credentials.box_key) not in repr(credentials)


def test_without_the_time_a_tap_is_refused_and_with_it_the_job_prints() -> None:
    world = World()
    station = Station(world)
    world.submit(pdf(), lifetime=LASTING)
    for name, secret in world.pki.holder(Kind.STATION, "station-1", lifetime=LASTING).files().items():
        if name != "box.key":
            station.box.keys.store(name, secret)
    station.box.storage.replace("clock", b"2027-01-01T00:00:00Z")
    world.truth.vault = world.pki.holder(Kind.VAULT, "vault-1", lifetime=LASTING)
    tap = partial(station.box.reader.tap, CARD)
    virtual_time.run(
        station.live((1, tap), (10, partial(setattr, world.truth, "ahead", timedelta(days=41))), (45, tap))
    )
    assert "time refused: time-refused: earlier than the last good time" in station.lines
    assert [line for line in station.lines if line.startswith("refused")] == ["refused time-refused -> idle"]
    assert world.delivered() == [pdf()]
