"""How a final report reaches the mesh: told until it was heard or is settled there, and written down once."""

import asyncio

import pytest

from firmware.audit.events import AuditEvent
from firmware.core.events import DeliveryAdvanced, Event, Outcome, Stage
from firmware.delivery.means import Means
from firmware.delivery.records import Entry, Step
from firmware.delivery.reports import FRESH_SECONDS, USABLE_SECONDS, Lease
from firmware.mesh.messages import Report, ReportKind
from firmware.mesh.port import MeshError, MeshUnreachableError
from hal.sim.virtual_time import run
from tests.unit.delivery.world import World, pdf


def told(world: World) -> int:
    return world.mesh.kinds().count("printed")


async def ended(world: World, *errors: Exception | None) -> tuple[Means, Entry]:
    """A print whose report the mesh answered with the first of `errors`; the others are for the tries to come."""
    means = world.start()
    world.mesh.fail("report printed", *errors)
    await world.deliver(world.submit(pdf()), means=means)
    (entry,) = world.entries()
    return means, entry


def test_a_refusal_that_settles_nothing_is_not_taken_for_hearing() -> None:
    world = World()

    async def story() -> None:
        means, entry = await ended(world, MeshError("overloaded"), MeshError("overloaded"))
        assert entry.step is Step.ENDED
        with pytest.raises(MeshError):
            await means.reports.push(entry)
        assert means.ledger.entry(entry.release).step is Step.ENDED
        assert await means.reports.flush()
        assert means.ledger.entry(entry.release).step is Step.REPORTED

    run(story())


@pytest.mark.parametrize("code", ["fence-stale", "release-unknown", "release-ended", "sequence-reused"])
def test_what_the_mesh_has_settled_without_us_is_not_told_again(code: str) -> None:
    world = World()
    _means, entry = run(ended(world, MeshError(code)))
    assert entry.step is Step.REPORTED


def test_an_outcome_is_written_down_once_however_often_it_is_told() -> None:
    world = World()

    async def story() -> None:
        means, _entry = await ended(world, *[MeshUnreachableError("away")] * 3)
        assert not await means.reports.flush()
        assert not await means.reports.flush()
        assert await means.reports.flush()

    run(story())
    assert len(world.record.of(AuditEvent.PRINTED)) == 1


def test_what_happened_is_told_though_the_audit_record_takes_nothing_any_more() -> None:
    world = World()

    def react(event: Event) -> None:
        world.record.failing |= event == DeliveryAdvanced(1, Stage.SENDING)

    world.react = react
    _means, entry = run(ended(world))
    assert (entry.step, entry.outcome) == (Step.REPORTED, Outcome.PRINTED)
    assert world.mesh.kinds()[-1] == "printed"
    assert world.record.of(AuditEvent.RELEASE_GRANTED)
    assert world.record.of(AuditEvent.PRINTED) == []


def test_what_could_not_be_recorded_is_once_it_can_be() -> None:
    world = World()

    def react(event: Event) -> None:
        world.record.failing |= event == DeliveryAdvanced(1, Stage.SENDING)

    async def story() -> None:
        means, _entry = await ended(world, *[MeshUnreachableError("away")] * 2)
        assert not await means.reports.flush()
        world.record.failing = False
        assert await means.reports.flush()

    world.react = react
    run(story())
    assert len(world.record.of(AuditEvent.PRINTED)) == 1


def test_what_was_heard_is_not_told_again_by_one_who_comes_late() -> None:
    world = World()

    async def story() -> None:
        means, entry = await ended(world)
        before = told(world)
        await means.reports.push(entry)
        assert (before, told(world)) == (1, 1)

    run(story())


@pytest.mark.parametrize("error", [None, MeshError("overloaded"), MeshUnreachableError("away")])
def test_a_grant_is_given_back_once_whatever_the_mesh_says(error: Exception | None) -> None:
    world = World()
    job = world.submit(pdf())

    async def story() -> None:
        means = world.start()
        grant = await world.mesh.ask_release("session-1", job.job_id)
        world.mesh.fail("report stopped", error)
        await means.reports.give_back(grant, "ledger-full")

    run(story())
    assert world.mesh.kinds() == (["stopped ledger-full"] if error is None else [])


class SlowMesh:
    """Hears every report, after `seconds`."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self.heard: list[ReportKind] = []

    async def report(self, report: Report) -> None:
        await asyncio.sleep(self.seconds)
        self.heard.append(report.kind)


async def confirmed(world: World, mesh: SlowMesh) -> tuple[Lease, asyncio.Task[None]]:
    """A lease of which the mesh has heard, and the task that keeps it."""
    lease = Lease(mesh, Entry("r-1", "j-1", 1), world.clock)  # type: ignore[arg-type]  # as much of a mesh as it uses
    keeping = asyncio.ensure_future(lease.keep())
    lease.want()
    await lease.confirmed()
    return lease, keeping


@pytest.mark.parametrize(("jump", "sleep"), [(-USABLE_SECONDS, 0.0), (USABLE_SECONDS, 0.0), (-USABLE_SECONDS, 25.0)])
def test_a_sign_of_life_is_as_old_as_the_clock_says_that_says_more(jump: float, sleep: float) -> None:
    world, mesh = World(), SlowMesh()

    async def story() -> None:
        lease, keeping = await confirmed(world, mesh)
        keeping.cancel()
        lease.require()
        await asyncio.sleep(sleep)
        world.clock.jump(jump)
        with pytest.raises(MeshUnreachableError):
            lease.require()

    run(story())


@pytest.mark.parametrize("seconds", [FRESH_SECONDS + 1, USABLE_SECONDS + 1])
def test_a_sign_of_life_that_took_long_is_old_when_it_was_heard(seconds: float) -> None:
    world = World()

    async def story() -> None:
        mesh = SlowMesh(seconds)
        with pytest.raises(MeshUnreachableError):
            await confirmed(world, mesh)
        assert mesh.heard == [ReportKind.STARTED, ReportKind.PROGRESS]
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    run(story())
