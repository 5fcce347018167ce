"""What a person wishes for as they stand there: it reaches the printer where it saves, and never otherwise."""

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.core.events import Outcome
from firmware.core.wishes import AS_SUBMITTED, Wishes
from firmware.delivery.deliverer import Deliverer
from firmware.delivery.opening import Opening
from firmware.delivery.outcomes import Ended
from firmware.delivery.records import Entry, encode, read
from firmware.delivery.saving import GREYS, saved
from firmware.mesh.messages import Delegation, HeldJob, ReportKind
from firmware.mesh.port import MeshUnreachableError
from firmware.vault.attributes import Attributes
from firmware.vault.receipt import Asked
from firmware.vault.receipt_form import verify
from hal.ports.printer import JobTicket
from hal.sim.virtual_time import run
from tests.unit.delivery.world import TITLE, World, pdf, session

SAVING = Wishes(copies=1, two_sided=True, grey=True)
RICH = Attributes(TITLE, copies=3, sides="one-sided", color_mode="color", pages=3)
SIDES = st.sampled_from(["", "one-sided", "two-sided-long-edge", "two-sided-short-edge"])
MODES = st.sampled_from(["", "auto", "color", *sorted(GREYS)])
WISHES = st.builds(Wishes, st.none() | st.integers(-3, 9999), st.booleans(), st.booleans(), st.booleans())


async def deliver(world: World, job: HeldJob, wishes: Wishes) -> Ended:
    means = world.start()
    ended = await Deliverer(means, world.events.append).run(1, session(), job, asyncio.Event(), wishes=wishes)
    await means.reports.flush()
    return ended


def made(world: World) -> JobTicket:
    (job,) = world.printer.engine.jobs.values()
    return job.ticket


@given(copies=st.integers(1, 9999), sides=SIDES, mode=MODES, wishes=WISHES)
def test_no_wish_makes_more_of_it(copies: int, sides: str, mode: str, wishes: Wishes) -> None:
    attributes = Attributes("", copies=copies, sides=sides, color_mode=mode, media="iso_a4_210x297mm", pages=2)
    less = saved(attributes, wishes)
    assert 1 <= less.copies <= copies
    assert less.sides == sides or (wishes.two_sided and sides in ("", "one-sided"))
    assert less.color_mode == mode or (wishes.grey and mode not in GREYS and less.color_mode in GREYS)
    assert replace(less, copies=copies, sides=sides, color_mode=mode) == attributes
    assert saved(attributes, AS_SUBMITTED) == attributes


def test_wishes_reach_the_printer_the_ledger_and_the_receipt() -> None:
    world = World()
    job = world.submit(pdf(3), attributes=RICH)
    assert run(deliver(world, job, SAVING)).outcome is Outcome.PRINTED
    asked = made(world)
    assert (asked.copies, asked.sides, asked.color_mode) == (1, "two-sided-long-edge", "monochrome")
    (entry,) = world.entries()
    assert (entry.copies, entry.two_sided, entry.total) == (1, True, 3)
    (final,) = [report for report in world.mesh.reports if report.receipt]
    assert verify(final.receipt, world.pki.anchor).asked == Asked(1, "two-sided-long-edge", "monochrome", 1)


def test_without_wishes_it_is_printed_as_submitted() -> None:
    world = World()
    job = world.submit(pdf(3), attributes=RICH)
    assert run(deliver(world, job, Wishes(copies=9))).outcome is Outcome.PRINTED
    asked = made(world)
    assert (asked.copies, asked.sides, asked.color_mode) == (3, "one-sided", "color")


def test_what_another_delegated_is_made_as_they_submitted_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Opening, "_delegator", lambda *_about: session().user)
    world = World()
    job = replace(world.submit(pdf(3), attributes=RICH), delegation=Delegation(b"", b"", ()))
    assert run(deliver(world, job, replace(SAVING, keep=True))).outcome is Outcome.PRINTED
    assert (made(world).copies, made(world).sides) == (3, "one-sided")
    assert not any(report.keep for report in world.mesh.reports)


def test_kept_is_told_with_the_end_of_the_print_and_not_before() -> None:
    world = World()
    job = world.submit(pdf())
    run(deliver(world, job, Wishes(keep=True)))
    told = {report.kind: report.keep for report in world.mesh.reports}
    assert told.pop(ReportKind.PRINTED)
    assert told
    assert not any(told.values())


def test_what_was_not_printed_is_not_kept_but_held() -> None:
    world = World()
    job = world.submit(pdf())
    world.mesh.spoil = lambda grant: replace(grant, size=1)
    assert run(deliver(world, job, Wishes(keep=True))).outcome is Outcome.HELD
    assert not any(report.keep for report in world.mesh.reports)


def test_a_later_life_of_the_station_still_knows_that_it_is_kept() -> None:
    world = World()
    job = world.submit(pdf())
    world.mesh.fail("report printed", *[MeshUnreachableError("away")] * 3)
    run(deliver(world, job, Wishes(keep=True)))
    world.mesh.faults.clear()
    world.mesh.reports.clear()
    assert [entry.keep for entry in world.start().ledger.unreported()] == [True]
    assert run(world.start().reports.flush())
    assert world.mesh.reports[-1].kind is ReportKind.PRINTED
    assert world.mesh.reports[-1].keep


def test_a_ledger_s_line_says_it_and_an_older_one_does_not() -> None:
    entry = Entry("r-1", "j-1", 1, keep=True)
    assert read(encode(entry)).entries == {"r-1": entry}
    assert not Entry("r-1", "j-1", 1).keep
