"""kill -9 and power cuts at every moment of a release: never a second start, never a lie, and the next tap prints."""

import asyncio
from collections.abc import Callable

import pytest

from firmware.core.events import Outcome
from firmware.delivery.outcomes import Ended
from firmware.delivery.settle import settle
from firmware.mesh.messages import HeldJob
from hal.ports.printer import JobTicket
from hal.sim.printer_faults import CutLeaves
from hal.sim.storage import PowerCutError
from hal.sim.virtual_time import run
from tests.unit.delivery.killing import Executioner, KilledError, doomed
from tests.unit.delivery.world import World, pdf

PAGES = 3
DOCUMENT = pdf(pages=PAGES, size=5 * 2**19)


async def until_death(world: World, job: HeldJob) -> Ended | None:
    """The outcome, or None where death came first. Everything of that life is gone afterwards."""
    others = asyncio.all_tasks()
    try:
        return await world.deliver(job)
    except (KilledError, PowerCutError):
        return None
    finally:
        left = asyncio.all_tasks() - others
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)


async def next_life(world: World) -> None:
    """Started again: settled, and told."""
    means = world.start()
    await settle(means.ledger.unsettled(), means, world.said.append)
    assert await means.reports.flush()
    assert means.ledger.unsettled() == []


def check(world: World, job: HeldJob) -> str:
    """What must hold after any death and a new life; how the mesh has the job now."""
    names = [delivery.job_name for delivery in world.printer.deliveries]
    assert len(names) == len(set(names)), "a release was started twice"
    phase = world.mesh.jobs[job.job_id].phase
    sheets, whole = world.sheets(), bool(world.delivered())
    if phase == "printed":
        assert whole
        assert sheets == PAGES
    if phase in ("held", "released"):
        assert not (whole and sheets == PAGES), "all of it came out, and it is held as if it had not"
    if sheets and phase != "printed":
        assert world.mesh.kinds()[-1].startswith(("stopped", "unknown")), "paper came out, and nobody was told"
    return phase


def life_and_death(world: World, fatal: int, *, pause: float, recover: Callable[[], None]) -> tuple[bool, str]:
    """One release, killed at moment `fatal`; a new life after `pause` seconds; and a second tap. Whether it was killed
    at all, and at which moment."""
    job = world.submit(DOCUMENT)
    executioner = Executioner(fatal)

    async def story() -> None:
        await until_death(doomed(world, executioner), job)
        recover()
        await asyncio.sleep(pause)
        await next_life(world)
        phase = check(world, job)
        again = await world.deliver(job)
        if phase in ("held", "released"):
            assert again.outcome is Outcome.PRINTED, executioner.last_words
            assert world.delivered()[-1] == DOCUMENT
        else:
            assert again.outcome is (Outcome.GONE if phase == "printed" else Outcome.UNKNOWN)
        check_starts(world)

    run(story())
    return executioner.struck, executioner.last_words


def check_starts(world: World) -> None:
    names = [delivery.job_name for delivery in world.printer.deliveries]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("pause", [0.0, 1.5, 60.0])
@pytest.mark.parametrize("leaves", CutLeaves)
def test_killed_at_every_moment(leaves: CutLeaves, pause: float) -> None:
    fatal, moments = 0, []
    while True:
        fatal += 1
        world = World()
        world.printer.faults.cut_leaves = leaves
        struck, words = life_and_death(world, fatal, pause=pause, recover=world.storage.restart)
        if not struck:
            break
        moments.append(words)
    wanted = {
        "after append",
        "before segment",
        "after create_job",
        "after send_document",
        "before report started",
        "after job_status",
    }
    assert wanted <= set(moments), "the test no longer reaches what it is for"
    assert fatal > 40


@pytest.mark.parametrize("seed", range(5))
def test_the_power_cut_in_every_write(seed: int) -> None:
    for writes in range(1, 7):
        world = World(seed=seed)
        world.storage.cut_power_in(writes)
        life_and_death(world, 10**6, pause=5.0, recover=world.storage.crash)


def test_a_printer_that_was_switched_off_too_forgets_and_the_job_is_told_unknown() -> None:
    """The ids start again: somebody else's job has ours, and is left alone."""
    world = World()
    job = world.submit(DOCUMENT)

    async def story() -> None:
        executioner = Executioner(10**6)
        dying = asyncio.create_task(until_death(doomed(world, executioner), job))
        await asyncio.sleep(1.1)
        executioner.fatal = 0
        await dying
        world.printer.switch(on=False)
        world.printer.switch(on=True)
        other = (await world.printer.create_job(JobTicket("somebody-else", "application/pdf"))).job_id
        await next_life(world)
        assert other == 1
        assert not world.printer.engine.jobs[other].state.final

    run(story())
    assert world.mesh.jobs[job.job_id].phase == "unknown"


def test_a_printer_that_is_off_at_start_is_asked_once_it_is_on() -> None:
    world = World()
    job = world.submit(DOCUMENT)

    async def story() -> str:
        executioner = Executioner(10**6)
        dying = asyncio.create_task(until_death(doomed(world, executioner), job))
        await asyncio.sleep(1.1)
        executioner.fatal = 0
        await dying
        world.printer.on = False
        means = world.start()
        settling = asyncio.create_task(settle(means.ledger.unsettled(), means, world.said.append))
        await asyncio.sleep(3600)
        assert not settling.done()
        again = await world.deliver(job, means=means)
        assert again == Ended(Outcome.UNKNOWN, "release-unsettled")
        world.printer.on = True
        await settling
        await means.reports.flush()
        return world.mesh.kinds()[-1]

    assert run(story()) == "printed"


def test_what_was_ended_and_not_told_is_told_in_the_next_life() -> None:
    world = World()
    job = world.submit(DOCUMENT)

    async def story() -> None:
        executioner = Executioner(10**6)
        executioner.fatal_words = "before report printed"
        await until_death(doomed(world, executioner), job)
        assert world.mesh.kinds() == ["started"]
        await next_life(world)

    run(story())
    assert world.mesh.kinds() == ["started", "printed"]
    assert check(world, job) == "printed"
