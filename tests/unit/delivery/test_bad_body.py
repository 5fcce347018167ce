"""A body that is cut, changed or continued: nothing of it is printed that was not authentic, and the job is held."""

from dataclasses import replace

import pytest

from firmware.core.events import Outcome
from firmware.delivery.outcomes import Ended
from firmware.vault.stream import SEGMENT
from hal.sim.virtual_time import run
from tests.unit.delivery.world import UNREACHABLE, World, in_pieces, pdf

HELD = Outcome.HELD
LONG = 5 * 2**19


@pytest.mark.parametrize(
    ("at", "starts"), [(0, False), (50, False), (SEGMENT - 1, False), (SEGMENT, True), (2 * SEGMENT + 9, True)]
)
def test_a_flipped_bit_prints_nothing_of_its_segment_or_after(at: int, starts: bool) -> None:
    world, document = World(), pdf(size=LONG)
    job = world.submit(document)
    body = bytearray(world.mesh.jobs[job.job_id].body)
    body[at] ^= 1
    world.mesh.jobs[job.job_id].body = bytes(body)
    ended = run(world.deliver(job))
    assert (ended.outcome, ended.code) == (HELD, "body-forged" if at else "body-header")
    assert world.delivered() == []
    for delivery in world.printer.deliveries:
        assert document.startswith(bytes(delivery.data))
    assert bool(world.printer.deliveries) is starts
    assert world.mesh.jobs[job.job_id].phase == "held"


@pytest.mark.parametrize("cut", [0, 10, SEGMENT, 2 * SEGMENT, 2 * SEGMENT + 100])
def test_a_body_cut_short_for_good_is_never_a_document(cut: int) -> None:
    world = World()
    job = world.submit(pdf(size=LONG))
    stored = world.mesh.jobs[job.job_id]
    whole = len(stored.body)
    stored.body = stored.body[:cut]
    world.mesh.spoil = lambda grant: replace(grant, size=whole)
    ended = run(world.deliver(job))
    assert (ended.outcome, ended.code) == (HELD, "body-truncated")
    assert world.delivered() == []
    assert world.mesh.jobs[job.job_id].phase == "held"


def test_bytes_after_the_end_stop_a_short_document_before_it_starts() -> None:
    world = World()
    job = world.submit(pdf())
    world.mesh.bad_bodies.append(lambda rest: [rest + b"\x00"])
    assert run(world.deliver(job)) == Ended(HELD, "body-trailing")
    assert world.printer.deliveries == []


def test_a_break_in_the_fetch_is_not_seen_on_paper() -> None:
    world, document = World(), pdf(size=LONG)
    job = world.submit(document)
    world.mesh.bad_bodies.append(lambda rest: [*in_pieces(rest[: SEGMENT + 7]), UNREACHABLE])
    assert run(world.deliver(job)).outcome is Outcome.PRINTED
    assert world.delivered() == [document]
    assert world.mesh.fetched_from == [0, SEGMENT]


def test_a_node_that_dies_in_the_middle_leaves_the_job_held_and_the_printer_free() -> None:
    world = World()
    job = world.submit(pdf(size=LONG))
    world.mesh.bad_bodies.extend(
        [lambda rest: [*in_pieces(rest[:SEGMENT]), UNREACHABLE], *[lambda _: [UNREACHABLE]] * 9]
    )
    ended = run(world.deliver(job))
    assert (ended.outcome, ended.code) == (HELD, "mesh-unreachable")
    assert world.mesh.jobs[job.job_id].phase == "held"
    assert run(world.deliver(job)).outcome is Outcome.PRINTED
