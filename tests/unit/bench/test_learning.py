"""How soon a station knows of a denial: the bounds that firmware/docs/withdrawing.md states for it."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from firmware.trust.denials import KeptDenials
from firmware.vault.denials import DenyList
from firmware.vault.identity import TrustAnchor
from hal.sim.commands_office import Revocable, Revoke
from hal.sim.virtual_time import run
from hal.sim.words import parse
from tools.bench.site import CLIENT, NODE, ORG
from tools.bench.world import World
from tools.edgemesh.interface.api import Api

ROUND, LITTLE = 5.0, 0.5
HOUR = 3600.0
LOOK = 0.05


def known(world: World) -> DenyList:
    """The list that the station's medium has."""
    found = KeptDenials(world.box.storage, TrustAnchor(world.site.ca_pem), ORG).current
    assert found is not None
    return found


async def seconds_until(world: World, so: Callable[[], bool], look: float = LOOK, most: float = 10 * ROUND) -> float:
    began = world.clock.monotonic()
    while not so() and world.clock.monotonic() - began < most:
        await world.clock.sleep(look)
    return world.clock.monotonic() - began


class Rounds:
    """The mesh's chores, counted."""

    def __init__(self, world: World) -> None:
        self.count = 0
        self._herald = world.site.mesh.roles.herald

    async def round(self) -> None:
        self.count += 1
        assert self._herald is not None
        await self._herald.round()


def with_herald(world: World, herald: object) -> None:
    """Before the mesh tends its chores: another one who announces the list, or nobody."""
    mesh = world.site.mesh
    restart = mesh.restart

    def restarted() -> Api:
        api = restart()
        made = Rounds(world) if herald is Rounds else None
        api.roles = replace(api.roles, herald=made)  # type: ignore[arg-type]
        return api

    mesh.restart = restarted  # type: ignore[method-assign]


@pytest.mark.parametrize("after", [0.1, 2.5, 4.9])
@pytest.mark.parametrize("what", [Revocable.CLIENT, Revocable.NODE])
def test_a_station_that_is_connected_hears_of_it_within_a_round(what: Revocable, after: float) -> None:
    async def story() -> None:
        world = World()
        with_herald(world, Rounds)
        await world.begin()
        herald = world.site.mesh.roles.herald
        assert isinstance(herald, Rounds)
        await world.clock.sleep(20)
        count = herald.count
        while herald.count == count:
            await world.clock.sleep(LOOK)
        await world.clock.sleep(after)
        name = f"client/{CLIENT}" if what is Revocable.CLIENT else f"node/{NODE}"
        world.site.revoke(Revoke(what))
        assert known(world).since(name) is None
        assert await seconds_until(world, lambda: known(world).since(name) is not None) <= ROUND + LITTLE
        await world.aclose()

    run(story())


def test_a_station_that_is_told_nothing_asks_each_hour() -> None:
    """The last resort: a mesh that keeps its announcements back, or loses them."""

    async def story() -> None:
        world = World()
        with_herald(world, None)
        await world.begin()
        await world.clock.sleep(60)
        world.site.revoke(Revoke(Revocable.CLIENT))
        name = f"client/{CLIENT}"
        took = await seconds_until(world, lambda: known(world).since(name) is not None, look=1.0, most=2 * HOUR)
        assert ROUND + LITTLE < took <= HOUR
        await world.aclose()

    run(story(), timeout=3 * HOUR)


def test_a_station_that_was_cut_off_asks_when_it_is_back() -> None:
    async def story() -> None:
        world = World()
        await world.begin()
        await world.do(parse("cut network"))
        await world.clock.sleep(120)
        world.site.revoke(Revoke(Revocable.CLIENT))
        await world.clock.sleep(2 * ROUND)
        name = f"client/{CLIENT}"
        assert known(world).since(name) is None
        await world.do(parse("restore network"))
        await asyncio.sleep(30 + LITTLE)  # the longest pause between two tries
        assert known(world).since(name) is not None
        await world.aclose()

    run(story())
