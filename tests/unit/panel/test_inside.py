"""What a station hands to its technician's page: the readers on their way, and itself."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from firmware.app import run
from firmware.core.events import StopAsked
from firmware.inside import Inside
from firmware.journal import Journal, TimeOfDay
from firmware.panel.technician.onlookers import HELD_SECONDS, LOOKING_SECONDS, MOST, Onlookers, WatchedReader
from hal.ports.badge_reader import BadgeReader, Tap
from hal.sim import virtual_time
from hal.sim.clock import VirtualClock
from hal.sim.reader import SimReader
from tests.unit.delivery.world import World, pdf
from tests.unit.test_app import CARD, Station


class Looking:
    """A technician who looks at the readers from the start, on no page."""

    def __init__(self, world: World) -> None:
        self.onlookers = Onlookers(world.clock)
        self.inside: Inside | None = None

    def hearing(self, journal: Journal, clock: TimeOfDay) -> Journal:
        return journal

    def watching(self, reader: BadgeReader) -> BadgeReader:
        return WatchedReader(reader, self.onlookers)

    def duty(self, inside: Inside) -> Coroutine[Any, Any, None]:
        return self._look(inside)

    async def _look(self, inside: Inside) -> None:
        self.inside = inside
        self.onlookers.look()


async def life(station: Station, looking: Looking, *taps: float) -> int:
    clock = station.world.clock

    async def script() -> None:
        before = 0.0
        for at in taps:
            await clock.sleep(at - before)
            before = at
            station.box.reader.tap(CARD)
        await clock.sleep(60)
        assert station.post is not None
        station.post(StopAsked())

    playing = asyncio.ensure_future(script())
    code = await run(
        station.box.board(),
        station.config,
        station.world.mesh,
        journal=station,
        control=station.take_post,
        technician=looking,
    )
    await playing
    return code


def test_a_tap_that_is_looked_at_is_a_tap_all_the_same() -> None:
    world = World()
    station, looking = Station(world), Looking(world)
    world.submit(pdf())
    assert virtual_time.run(life(station, looking, 1.0)) == 0
    assert world.delivered() == [pdf()]
    assert looking.inside is not None
    assert not looking.inside.is_delivering()
    assert looking.inside.health.counted[station.box.reader.name].taps == 1


def test_taps_that_the_technician_has_let_nobody_in() -> None:
    world = World()
    station, looking = Station(world), Looking(world)
    world.submit(pdf())
    looking.onlookers.hold(wanted=True)
    assert virtual_time.run(life(station, looking, 1.0)) == 0
    assert world.delivered() == []
    assert station.box.reader.said == [True]


def test_whoever_looks_no_more_has_no_taps_and_nothing_is_kept() -> None:
    clock = VirtualClock()

    async def main() -> None:
        onlookers = Onlookers(clock)
        tap = Tap("reader-1", b"0946EBD28")
        assert not onlookers.take(tap)
        assert not onlookers.noted
        onlookers.look()
        onlookers.hold(wanted=True)
        for _ in range(MOST + 3):
            assert onlookers.take(tap)
        assert len(onlookers.noted) == MOST
        assert onlookers.noted[0].serial == MOST + 3
        assert onlookers.tap(MOST + 3) == tap
        assert onlookers.tap(1) is None
        assert "0946EBD28" not in repr(onlookers.noted)
        await clock.sleep(LOOKING_SECONDS)
        assert not onlookers.holds
        assert not onlookers.noted
        onlookers.look()
        await clock.sleep(HELD_SECONDS - LOOKING_SECONDS)
        onlookers.look()
        assert not onlookers.take(tap)
        assert len(onlookers.noted) == 1

    virtual_time.run(main())


def test_the_watched_reader_is_the_reader() -> None:
    reader = SimReader("front")
    watched = WatchedReader(reader, Onlookers(VirtualClock()))
    assert watched.name == "front"
    watched.acknowledge(good=False)
    assert reader.said == [False]
