"""Every cell of the access table, against the whole mesh in memory: who may do what, and that a refusal changes
nothing."""

import inspect
from pathlib import Path

import pytest

from hal.sim.virtual_time import run
from tests.support.access_ask import Ask
from tests.support.access_asks import ASKS, ask
from tests.support.access_digest import digest, stores
from tests.support.access_world import SITUATIONS, World
from tests.support.mesh_openapi import operations
from tests.support.mesh_site import MemorySite
from tools.docs import access
from tools.docs.access import CALLERS, KINDS, REVOKED, UNPAIRED, Operation, Situation
from tools.edgemesh.interface import problems
from tools.edgemesh.interface.routes import ROUTES
from tools.edgemesh.keys import RoleKeys

TABLE = access.read()
UNCHANGED = ", nothing changes"

each_operation = pytest.mark.parametrize("operation", TABLE.operations, ids=lambda one: one.route)


def test_every_operation_of_the_interface_has_its_line() -> None:
    written = [one.route for one in TABLE.operations]
    assert sorted(written) == sorted(f"{method} {path}" for method, path in operations())
    assert sorted(written) == sorted(f"{route.method} {route.path}" for route in ROUTES)
    assert set(ASKS) <= set(written)


def test_the_table_says_who_may_as_the_interface_does() -> None:
    names = {"unpaired": UNPAIRED}
    served = {
        f"{method} {path}": {names.get(one, one) for one in operation["x-callers"]}
        for (method, path), operation in operations().items()
    }
    assert {one.route: set(one.may) for one in TABLE.operations} == served


def test_every_cell_is_a_refusal_of_the_mesh_or_a_status() -> None:
    cells = [*TABLE.refused.values(), *(cell for one in TABLE.operations for cell in (one.answer, *one.but.values()))]
    for cell in cells:
        status, _, code = cell.partition(" ")
        if code and not cell.endswith(UNCHANGED):
            assert problems.TABLE[code][0] == int(status), cell
    assert set(SITUATIONS) == {one.name for one in TABLE.situations}


def test_the_page_is_printed_from_the_table_and_fresh() -> None:
    assert access.PAGE.read_text("utf-8") == access.page(), "run python -m tools.docs"


def test_a_line_about_nobody_is_refused(tmp_path: Path) -> None:
    spoilt = tmp_path / "access.toml"
    spoilt.write_text(
        access.TABLE.read_text("utf-8")
        .replace('may = ["admin"]', 'may = ["admn"]', 1)
        .replace('may = ["vault"]', 'may = ["vualt"]', 1)
    )
    with pytest.raises(ValueError, match=r"vualt|admn"):
        access.read(spoilt)


def test_the_digest_sees_every_store_and_every_change() -> None:
    async def story() -> None:
        site = MemorySite()
        found = dict(stores(site.mesh))
        assert set(found) >= {"desk_store", "job_store", "epoch_store", "denial_store", "holding_stores", "bodies"}
        seen = {digest(site.mesh)}
        job = await site.client.submit(b"document")
        seen.add(digest(site.mesh))
        site.mesh.bodies["node-1"].bodies[job] += b"!"
        seen.add(digest(site.mesh))
        site.mesh.roles.vault.keys.shred(job)
        seen.add(digest(site.mesh))
        site.mesh.roles.registrar.denybook.deny("station/station-1")
        seen.add(digest(site.mesh))
        site.mesh.roles.org.suspend(1, suspended=True)
        seen.add(digest(site.mesh))
        assert len(seen) == 6
        assert digest(site.mesh) in seen

    run(story())


async def check(world: World, sent: Ask, keys: RoleKeys | None, cell: str, where: str = "") -> None:
    """Send it: the answer must be the cell's, and a refusal (and whatever says so) must have changed nothing."""
    before = digest(world.site.mesh)
    answer = await world.send(sent, keys)
    told = f"{answer.status} {answer.code}".strip()
    assert told == cell.removesuffix(UNCHANGED), where
    if answer.status >= 400 or cell.endswith(UNCHANGED):
        assert digest(world.site.mesh) == before, where


def is_refusal(cell: str) -> bool:
    return cell.startswith(("4", "5"))


@each_operation
def test_who_may_not(operation: Operation) -> None:
    """All in one world, since nothing may change there: other kinds, and every certificate that is no good."""

    async def story() -> None:
        world = await World.open(strangers=True)
        sent = await ask(world, operation.route)
        for caller in CALLERS:
            if is_refusal(cell := TABLE.caller(operation, caller)):
                await check(world, sent, world.callers.get(caller), cell)
        for kind in KINDS:
            await check(world, sent, world.revoked[kind], TABLE.refused[REVOKED])
        for (what, _), keys in world.strangers.items():
            await check(world, sent, keys, TABLE.refused[what])

    run(story())


@each_operation
def test_who_may(operation: Operation) -> None:
    async def story() -> None:
        for caller in CALLERS:
            if not is_refusal(cell := TABLE.caller(operation, caller)) or caller in operation.may:
                world = await World.open()
                await check(world, await ask(world, operation.route), world.callers.get(caller), cell)

    run(story())


@pytest.mark.parametrize("situation", TABLE.situations, ids=lambda one: one.name)
def test_what_is_asked_for(situation: Situation) -> None:
    """What is refused changes nothing, so that all of that is tried in one world, unless its right request does."""

    async def story() -> None:
        shared = await _in(situation)
        for operation in TABLE.operations:
            cell = TABLE.situation(operation, situation)
            apart = not is_refusal(cell) or inspect.iscoroutinefunction(ASKS.get(operation.route))
            world = await _in(situation) if apart else shared
            sent, keys = await ask(world, operation.route), world.callers[situation.who]
            await check(world, sent, keys, cell, operation.route)

    run(story())


async def _in(situation: Situation) -> World:
    world = await World.open()
    await SITUATIONS[situation.name](world)
    return world
