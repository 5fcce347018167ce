"""The hold on a release up to the first byte: nothing leaves unless the mesh has lately heard that we are alive."""

import asyncio
from typing import Any

import pytest

from firmware.core.events import Outcome
from firmware.delivery.ledger import Ledger
from firmware.delivery.outcomes import Ended
from firmware.delivery.records import Entry, Step
from firmware.mesh.port import MeshError, MeshProtocolError
from hal.ports.printer import CreatedJob
from hal.sim.virtual_time import run
from tests.unit.delivery.world import UNREACHABLE, World, pdf

STALE = MeshError("fence-stale", status=409)
BUSY_SECONDS = 70.0
"""Longer than a lease lives."""


def slow_to_make_jobs(world: World, monkeypatch: pytest.MonkeyPatch, seconds: float = BUSY_SECONDS) -> None:
    create = world.printer.create_job

    async def busy(*args: Any) -> CreatedJob:
        await asyncio.sleep(seconds)
        return await create(*args)

    monkeypatch.setattr(world.printer, "create_job", busy)


def held_and_nothing_sent(world: World, ended: Ended, code: str) -> None:
    assert ended == Ended(Outcome.HELD, code)
    assert world.printer.deliveries == []


@pytest.mark.parametrize("error", [UNREACHABLE, MeshProtocolError(), STALE, MeshError("internal", status=500)])
def test_a_lease_that_lapsed_unheard_sends_nothing(error: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Meanwhile it may have been settled by a person, and printed elsewhere."""
    world = World()
    job = world.submit(pdf())
    slow_to_make_jobs(world, monkeypatch)
    world.mesh.fail("report progress", *[error] * 9)
    held_and_nothing_sent(world, run(world.deliver(job)), error.code)


@pytest.mark.parametrize("refusals", [1, 2, 3])
def test_one_refusal_is_enough_whatever_is_heard_after_it(refusals: int, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    job = world.submit(pdf())
    slow_to_make_jobs(world, monkeypatch)
    world.mesh.fail("report progress", *[None] * refusals, STALE)
    held_and_nothing_sent(world, run(world.deliver(job)), "fence-stale")
    assert world.mesh.kinds() == ["started", *["progress"] * refusals, "stopped fence-stale"]


def test_a_mesh_that_is_back_is_asked_before_the_first_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    job = world.submit(pdf())
    slow_to_make_jobs(world, monkeypatch)
    world.mesh.fail("report progress", *[UNREACHABLE] * 4)
    assert run(world.deliver(job)).outcome is Outcome.PRINTED
    assert world.mesh.kinds() == ["started", "progress", "printed"]


def test_signs_of_life_that_are_heard_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    job = world.submit(pdf())
    slow_to_make_jobs(world, monkeypatch)
    assert run(world.deliver(job)).outcome is Outcome.PRINTED
    assert world.mesh.kinds() == ["started", *["progress"] * 4, "printed"]


def test_an_answer_is_as_old_as_its_question() -> None:
    world = World()
    job = world.submit(pdf())
    world.mesh.late = {"report started": 61.0, "report progress": 61.0}
    held_and_nothing_sent(world, run(world.deliver(job)), "mesh-unreachable")


def test_a_machine_that_slept_asks_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its monotonic clock stood still, the other one did not."""
    world = World()
    job = world.submit(pdf())
    slow_to_make_jobs(world, monkeypatch, 5.0)
    create = world.printer.create_job

    async def asleep(*args: Any) -> CreatedJob:
        made = await create(*args)
        world.clock.jump(3600.0)
        return made

    monkeypatch.setattr(world.printer, "create_job", asleep)
    world.mesh.fail("report progress", STALE)
    held_and_nothing_sent(world, run(world.deliver(job)), "fence-stale")


def test_a_process_stopped_while_the_ledger_writes_sends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    job = world.submit(pdf())
    advance = Ledger.advance

    def stopped(ledger: Ledger, release: str, step: Step, **changes: Any) -> Entry:
        entry = advance(ledger, release, step, **changes)
        if step is Step.STARTED:
            world.clock.jump(61.0)
        return entry

    monkeypatch.setattr(Ledger, "advance", stopped)
    held_and_nothing_sent(world, run(world.deliver(job)), "mesh-unreachable")
    assert world.mesh.jobs[job.job_id].phase == "held"
