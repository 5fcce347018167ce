"""What is made of a printer that is slow, silent, forgetful or stuck."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from functools import partial

import pytest

from firmware.core.events import DeliveryWaits, Outcome
from firmware.delivery.outcomes import Ended
from firmware.vault.stream import SEGMENT
from hal.ports.printer import Capabilities, JobState, JobStatus
from hal.sim.printer_faults import Answers, Condition
from hal.sim.virtual_time import run
from tests.unit.delivery.world import UNREACHABLE, World, after, in_pieces, pdf

LONG = 5 * 2**19


async def timed(world: World, work: object) -> tuple[Ended, float]:
    """An outcome, and at which second it was there."""
    assert asyncio.iscoroutine(work)
    return await work, world.clock.monotonic()


def test_a_slow_mesh_is_not_the_printers_fault() -> None:
    world, document = World(), pdf(size=LONG)
    job = world.submit(document)
    world.mesh.bad_bodies.append(lambda rest: [rest[:SEGMENT], 900.0, *in_pieces(rest[SEGMENT:])])
    assert run(world.deliver(job)) == Ended(Outcome.PRINTED, "", 2)
    assert world.delivered() == [document]


def test_what_was_made_for_nothing_is_taken_back() -> None:
    """Called off while the mesh keeps us waiting: the printer is not left with an empty job."""
    world, cancel = World(), asyncio.Event()
    job = world.submit(pdf())
    world.mesh.bad_bodies.extend([lambda _: [UNREACHABLE]] * 3)

    async def story() -> Ended:
        return await after(0.1, cancel.set, world.deliver(job, cancel=cancel))

    assert run(story()) == Ended(Outcome.HELD, "canceled")
    assert [made.state for made in world.printer.engine.jobs.values()] == [JobState.CANCELED]


def test_a_fault_of_ours_while_watching_does_not_unprint_the_document(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    job = world.submit(pdf())
    ask, first = world.printer.job_status, True

    async def buggy_once(job_id: int) -> JobStatus:
        nonlocal first
        if first:
            first = False
            raise ZeroDivisionError
        return await ask(job_id)

    monkeypatch.setattr(world.printer, "job_status", buggy_once)
    assert run(world.deliver(job)) == Ended(Outcome.PRINTED, "", 2)


def test_a_printer_that_forgets_a_job_it_had_whole_is_unknown_at_once() -> None:
    world = World()
    job = world.submit(pdf(pages=50))

    async def story() -> tuple[Ended, float]:
        return await timed(world, after(5, world.printer.engine.jobs.clear, world.deliver(job)))

    ended, at = run(story())
    assert ended == Ended(Outcome.UNKNOWN, "outcome-unknown", 4, pages=4)  # as far as it said
    assert at < 10


def test_a_printer_that_waits_for_the_rest_is_asked_to_end_before_it_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World()
    job = world.submit(pdf())
    world.printer.faults.stuck_incoming = True
    world.printer.faults.document_answer = Answers.CUT
    cancel, asked = world.printer.cancel_job, []

    async def noted(job_id: int) -> None:
        asked.append(world.clock.monotonic())
        await cancel(job_id)

    monkeypatch.setattr(world.printer, "cancel_job", noted)
    ended, at = run(timed(world, world.deliver(job)))
    assert ended == Ended(Outcome.UNKNOWN, "outcome-unknown")
    assert len(asked) == 1
    assert 20 <= asked[0] < 23
    assert 45 <= at < 50


def test_a_job_that_waits_its_turn_behind_others_is_waited_for() -> None:
    world = World()
    first, second = world.submit(pdf(pages=400, seed=1)), world.submit(pdf(pages=2, seed=2))

    async def story() -> list[Ended]:
        """Two stations at one printer."""
        earlier = asyncio.create_task(world.deliver(first, alone=False))
        await asyncio.sleep(1)
        later = await world_again(world).deliver(second, alone=False)
        return [await earlier, later]

    assert [ended.outcome for ended in run(story())] == [Outcome.PRINTED] * 2
    assert not any(isinstance(event, DeliveryWaits) for event in world.events)


def world_again(world: World) -> World:
    """Another station of the same world, with a medium of its own."""
    other = World(seed=2, pki=world.pki)
    other.clock, other.printer, other.mesh = world.clock, world.printer, world.mesh
    other.station = world.station
    return other


def quirky(world: World, monkeypatch: pytest.MonkeyPatch, *quirks: str) -> None:
    """The twin, with a record of what it is known for."""
    ask = world.printer.capabilities

    async def capabilities() -> Capabilities:
        return replace(await ask(), quirks=frozenset(quirks))

    monkeypatch.setattr(world.printer, "capabilities", capabilities)


def test_one_known_to_say_completed_early_is_not_believed_while_it_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    quirky(world, monkeypatch, "completed-early")
    world.printer.faults.lies_completed = True
    world.printer.faults.jam_at_page = 2
    job = world.submit(pdf(pages=3))

    async def story() -> tuple[Ended, int]:
        mend = partial(world.printer.engine.mend, Condition.JAM)
        return await after(600, mend, world.deliver(job)), world.sheets()

    assert run(story()) == (Ended(Outcome.PRINTED, "", 3), 3)
    assert [event.reasons for event in world.events if isinstance(event, DeliveryWaits)] == [("media-jam",), ()]


def test_who_will_not_wait_for_a_printer_that_says_completed_early_gets_no_lie(monkeypatch: pytest.MonkeyPatch) -> None:
    world, cancel = World(), asyncio.Event()
    quirky(world, monkeypatch, "completed-early")
    world.printer.faults.lies_completed = True
    job = world.submit(pdf(pages=90))

    async def story() -> Ended:
        return await after(5, cancel.set, world.deliver(job, cancel=cancel))

    assert run(story()).outcome is Outcome.UNKNOWN


def test_a_document_that_the_printer_has_and_still_waits_for_is_given_up() -> None:
    world = World()
    world.printer.faults.stuck_incoming = True
    job = world.submit(pdf())
    ended, at = run(timed(world, world.deliver(job)))
    assert ended == Ended(Outcome.UNKNOWN, "outcome-unknown")
    assert 120 <= at < 180


def test_a_printer_with_news_is_asked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    world, news = World(), asyncio.Event()
    job = world.submit(pdf(pages=60))
    page = world.printer.engine.page_seconds

    async def next_change(seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(news.wait(), seconds)
        news.clear()

    monkeypatch.setattr(world.printer, "next_change", next_change)

    async def story() -> tuple[Ended, float]:
        asyncio.get_running_loop().call_later(60 * page + 0.1, news.set)
        return await timed(world, world.deliver(job))

    ended, at = run(story())
    assert ended.outcome is Outcome.PRINTED
    assert at < 60 * page + 0.2
