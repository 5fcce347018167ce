"""Kill -9 and power cuts at every moment of a release: one start of transmission at most, no job lost or reprinted."""

import pytest

from hal.sim import virtual_time
from hal.sim.words import parse
from tests.simulation.invariants import check
from tools.bench import deeds
from tools.bench.site import Setting
from tools.bench.world import World
from tools.edgemesh.storage.records import Phase

PEOPLE = {"anna": "04a1b2c3"}
MOMENTS = (*(millisecond / 1000 for millisecond in range(0, 66, 5)), 0.5, 2.06, 3.5)
"""Seconds after the tap; a release's own steps take the first 60 ms, then it prints for four seconds."""


async def _tapped(seed: int, pages: int) -> World:
    world = World(seed, Setting(PEOPLE))
    await world.begin()
    await world.do(parse(f"submit {pages} pages as anna"))
    await deeds.perform(world, parse("tap 04a1b2c3"))
    return world


async def _afterwards(world: World) -> Phase:
    """The next life settles what the last one left; then the job prints at a tap, once, if it was held."""
    await world.do(parse("start station"))
    await world.do(parse("wait 3m"))
    check(world)
    for words in ("tap 04a1b2c3", "wait 3m"):
        await world.do(parse(words))
    check(world)
    await world.aclose()
    (state,) = world.site.states().values()
    assert state.phase in (Phase.PRINTED, Phase.UNKNOWN)
    return state.phase


@pytest.mark.parametrize("power", [False, True], ids=["kill", "power cut"])
def test_the_station_at_any_moment(power: bool) -> None:
    async def at(moment: float) -> Phase:
        world = await _tapped(1, pages=2)
        await world.clock.sleep(moment)
        await world.kill_station(power=power)
        return await _afterwards(world)

    assert {virtual_time.run(at(moment)) for moment in MOMENTS} >= {Phase.PRINTED}


@pytest.mark.parametrize("write", range(1, 8))
def test_the_power_goes_in_the_middle_of_a_write(write: int) -> None:
    async def cut(seed: int) -> None:
        world = await _tapped(seed, pages=2)
        world.box.storage.cut_power_in(write)
        await world.do(parse("wait 20s"))
        if world.life is not None:  # no release takes so many writes: the next one dies at once
            await world.kill_station(power=True)
        await _afterwards(world)

    for seed in range(3):  # what is left of a torn write is chance
        virtual_time.run(cut(seed))


def test_the_mesh_at_any_moment() -> None:
    async def at(moment: float) -> None:
        world = await _tapped(1, pages=2)
        await world.clock.sleep(moment)
        await deeds.perform(world, parse("kill mesh"))
        await world.do(parse("wait 30s"))
        await world.do(parse("start mesh"))
        await world.do(parse("wait 3m"))
        check(world)
        await world.do(parse("tap 04a1b2c3"))
        await world.do(parse("wait 1m"))
        check(world)
        await world.aclose()
        assert [state.phase for state in world.site.states().values()] == [Phase.PRINTED]

    for moment in MOMENTS:
        virtual_time.run(at(moment))


def test_the_power_goes_while_a_long_document_is_sent() -> None:
    """Two segments; the printer prints what it has of a document that broke off, unless it is told to stop."""

    async def at(moment: float) -> Phase:
        world = await _tapped(1, pages=12)
        await world.clock.sleep(moment)
        await world.kill_station(power=True)
        return await _afterwards(world)

    for millisecond in range(30, 90, 6):
        virtual_time.run(at(millisecond / 1000))
