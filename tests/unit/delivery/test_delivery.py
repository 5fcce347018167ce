"""A release that goes well, or slowly, or is called off; and what is sent, told, recorded and shown on the way."""

import asyncio
from functools import partial
from typing import Any

import pytest

from firmware.core.events import DeliveryAdvanced, DeliveryWaits, Event, Outcome, Stage
from firmware.delivery.deliverer import Deliverer
from firmware.delivery.outcomes import Ended
from firmware.delivery.records import Step
from firmware.mesh.port import MeshError
from hal.ports.printer import JobState
from hal.sim.printer_faults import Answers, Condition
from hal.sim.virtual_time import run
from tests.unit.delivery.world import UNREACHABLE, World, after, pdf, session

LONG = 5 * 2**19
STAGES: list[Event] = [DeliveryAdvanced(1, stage) for stage in (Stage.ASKING, Stage.SENDING, Stage.PRINTING)]


def pages(*numbers: int) -> list[Event]:
    """What is told while they are made."""
    return [DeliveryAdvanced(1, Stage.PRINTING, number) for number in numbers]


@pytest.mark.parametrize("size", [0, 2000, LONG])
def test_the_document_comes_out_byte_for_byte(size: int) -> None:
    world, document = World(), pdf(size=size)
    job = world.submit(document)
    assert run(world.deliver(job)) == Ended(Outcome.PRINTED, "", 2)
    assert world.delivered() == [document]
    assert world.mesh.kinds() == ["started", "printed"]
    assert world.events == [*STAGES, *pages(1, 2)]
    assert [(entry.step, entry.outcome) for entry in world.entries()] == [(Step.REPORTED, Outcome.PRINTED)]


def test_the_printer_learns_the_settings_and_nothing_of_the_document() -> None:
    world = World()
    job = world.submit(pdf(), copies=3)
    assert run(world.deliver(job)) == Ended(Outcome.PRINTED, "", 6)
    (made,) = world.printer.engine.jobs.values()
    assert (made.ticket.name, made.ticket.copies, made.ticket.size) == ("lockgate-r-0001", 3, len(pdf()))


@pytest.mark.parametrize("late", [0.001, 9.0])
def test_start_is_durable_and_told_before_the_first_byte(late: float, monkeypatch: pytest.MonkeyPatch) -> None:
    world, seen = World(), []
    job = world.submit(pdf())
    world.mesh.late["report started"] = late
    intake = world.printer.intake

    def first_byte(*args: Any) -> object:
        seen.append((world.entries()[0].step, world.mesh.kinds()))
        return intake(*args)

    monkeypatch.setattr(world.printer, "intake", first_byte)
    run(world.deliver(job))
    assert seen == [(Step.STARTED, ["started"])]


def test_a_long_print_keeps_its_lease() -> None:
    world = World()
    job = world.submit(pdf(pages=100))
    assert run(world.deliver(job)).outcome is Outcome.PRINTED
    assert world.mesh.kinds() == ["started", *["progress"] * 6, "printed"]
    sequences = [report.sequence for report in world.mesh.reports]
    assert sequences == sorted(set(sequences))


@pytest.mark.parametrize("lost", [MeshError("fence-stale", status=409), UNREACHABLE])
def test_once_started_a_lost_lease_does_not_stop_the_document(lost: Exception) -> None:
    world = World()
    job = world.submit(pdf(pages=40))
    world.mesh.fail("report progress", *[lost] * 9)
    assert run(world.deliver(job)).outcome is Outcome.PRINTED
    assert world.mesh.kinds() == ["started", "printed"]


def test_a_printer_that_stops_is_waited_for_and_that_is_told() -> None:
    world = World()
    job = world.submit(pdf(pages=3))
    world.printer.faults.jam_at_page = 2

    async def story() -> Ended:
        mend = partial(world.printer.engine.mend, Condition.JAM)
        return await after(3600, mend, world.deliver(job))

    assert run(story()) == Ended(Outcome.PRINTED, "", 3)
    waits: list[Event] = [DeliveryWaits(1, ("media-jam",)), DeliveryWaits(1, ())]
    assert world.events == [*STAGES, *pages(1, 2), *waits, *pages(3)]
    assert world.sheets() == 3


def test_a_wait_in_the_middle_of_sending_is_told_too(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    job = world.submit(pdf(size=LONG))
    engine, take = world.printer.engine, world.printer._take

    refilled = asyncio.Event()

    async def slowly(*args: Any) -> None:
        """The printer reads nothing while its tray is empty, as one with little memory does."""
        if engine.conditions:
            await refilled.wait()
        await take(*args)

    def refill() -> None:
        engine.mend(Condition.PAPER_OUT)
        refilled.set()

    monkeypatch.setattr(world.printer, "_take", slowly)

    async def story() -> Ended:
        asyncio.get_running_loop().call_later(0.02, engine.put, Condition.PAPER_OUT)
        return await after(1800, refill, world.deliver(job))

    assert run(story()).outcome is Outcome.PRINTED
    waits = [event.reasons for event in world.events if isinstance(event, DeliveryWaits)]
    assert waits == [("media-empty",), ()]


def test_a_printer_that_takes_no_bytes_for_no_reason_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    job = world.submit(pdf(size=LONG))

    async def never(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(world.printer, "_take", never)
    ended = run(world.deliver(job))
    assert (ended.outcome, ended.code) == (Outcome.HELD, "printer-stalled")
    assert world.mesh.kinds()[-1] == "stopped printer-stalled"


@pytest.mark.parametrize(
    ("seconds", "ended"),
    [
        (0.001, Ended(Outcome.HELD, "canceled")),  # while the printer is asked
        (0.008, Ended(Outcome.HELD, "canceled")),  # while the release is asked for
        (0.013, Ended(Outcome.HELD, "canceled")),  # while the job is made
        (0.030, Ended(Outcome.HELD, "canceled", 0, pages=0)),  # while the document is sent
        (2.6, Ended(Outcome.HELD, "canceled", 2, pages=2)),  # while it prints
    ],
)
def test_who_cancels_gets_the_honest_result(seconds: float, ended: Ended) -> None:
    world, cancel = World(), asyncio.Event()
    job = world.submit(pdf(pages=20, size=LONG))

    async def story() -> Ended:
        return await after(seconds, cancel.set, world.deliver(job, cancel=cancel))

    assert run(story()) == ended
    assert world.sheets() == (ended.impressions or 0)
    assert all(made.state is JobState.CANCELED for made in world.printer.engine.jobs.values())
    assert bool(world.delivered()) is (seconds > 1)
    assert bool(world.mesh.asked) is (seconds > 0.001)
    assert world.mesh.jobs[job.job_id].phase in ("held", "released")
    assert not any(entry.step is not Step.REPORTED for entry in world.entries())


def test_cancelling_too_late_is_still_printed() -> None:
    world, cancel = World(), asyncio.Event()
    job = world.submit(pdf(pages=2))

    async def story() -> Ended:
        return await after(2.1, cancel.set, world.deliver(job, cancel=cancel))

    assert run(story()) == Ended(Outcome.PRINTED, "", 2)


def test_a_job_the_printer_cannot_end_is_unknown_before_the_core_gives_up() -> None:
    world, cancel = World(), asyncio.Event()
    job = world.submit(pdf(pages=50))

    async def story() -> tuple[Ended, float]:
        loop = asyncio.get_running_loop()
        loop.call_later(5, lambda: setattr(world.printer.faults, "answers", Answers.MALFORMED))
        ended = await after(6, cancel.set, world.deliver(job, cancel=cancel))
        return ended, loop.time()

    ended, at = run(story())
    assert (ended.outcome, ended.code) == (Outcome.UNKNOWN, "outcome-unknown")
    assert at < 6 + 30


def test_what_ended_is_told_until_it_was_heard() -> None:
    world = World()
    job = world.submit(pdf())
    world.mesh.fail("report printed", *[UNREACHABLE] * 5)

    async def story() -> list[Step]:
        means = world.start()
        telling = asyncio.create_task(means.reports.keep_on())
        await asyncio.sleep(0)
        await world.deliver(job, means=means)
        means.reports.wake()
        steps = [world.entries()[0].step]
        await asyncio.sleep(300)
        telling.cancel()
        return [*steps, world.entries()[0].step]

    assert run(story()) == [Step.ENDED, Step.REPORTED]
    assert world.mesh.kinds() == ["started", "printed"]


@pytest.mark.parametrize("code", ["fence-stale", "release-unknown", "release-ended"])
def test_a_mesh_that_settled_the_release_itself_is_not_told_for_ever(code: str) -> None:
    world = World()
    job = world.submit(pdf())
    world.mesh.fail("report printed", MeshError(code, status=409))
    assert run(world.deliver(job)).outcome is Outcome.PRINTED
    assert [entry.step for entry in world.entries()] == [Step.REPORTED]


def test_a_job_is_not_released_again_before_the_mesh_knows_how_it_ended() -> None:
    world = World()
    job = world.submit(pdf())
    world.mesh.fail("report printed", *[UNREACHABLE] * 2)

    async def story() -> list[Ended]:
        means = world.start()
        return [await world.deliver(job, means=means) for _ in range(3)]

    first, second, third = run(story())
    assert first.outcome is Outcome.PRINTED
    assert second == Ended(Outcome.HELD, "mesh-unreachable")
    assert third == Ended(Outcome.GONE, "shredded", part="job")  # heard at last
    assert len(world.delivered()) == 1


def test_two_deliveries_never_overlap_at_the_printer() -> None:
    world = World()
    jobs = [world.submit(pdf(seed=seed)) for seed in (1, 2)]

    async def story() -> list[Ended]:
        means = world.start()
        deliverer = Deliverer(means, world.events.append)
        work = [deliverer.run(ref, session(), job, asyncio.Event()) for ref, job in enumerate(jobs)]
        return await asyncio.gather(*work)

    assert [ended.outcome for ended in run(story())] == [Outcome.PRINTED] * 2
    refs = [event.ref for event in world.events if isinstance(event, DeliveryAdvanced) and not event.page]
    assert refs == [0, 0, 0, 1, 1, 1]
