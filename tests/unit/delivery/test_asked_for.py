"""What was asked for is what the printer, the ledger and the receipt are told, and nothing goes out before its time."""

import asyncio
from dataclasses import replace

import pytest

from firmware.audit.events import AuditEvent, Value
from firmware.core.events import DeliveryAsks, Outcome
from firmware.core.questions import Answer, AnswerKind
from firmware.delivery.answers import Answers
from firmware.delivery.outcomes import Ended
from firmware.delivery.planning import extent_of
from firmware.delivery.records import Step
from firmware.vault.attributes import Attributes
from firmware.vault.receipt import Asked
from firmware.vault.receipt_form import verify
from hal.ports.errors import PrinterRefusedError
from hal.ports.printer import CreatedJob, JobTicket
from hal.sim.printer_faults import Answers as Manners
from hal.sim.virtual_time import run
from tests.unit.delivery.world import TITLE, World, pdf

PRINTED = Outcome.PRINTED
EVERYTHING = Attributes(
    TITLE,
    copies=2,
    sides="two-sided-long-edge",
    color_mode="monochrome",
    media="iso_a4_210x297mm",
    pages=3,
    finishings=("staple",),
)


def test_every_setting_reaches_the_printer_the_ledger_and_the_receipt() -> None:
    world = World()
    job = world.submit(pdf(3), attributes=EVERYTHING)
    assert run(world.deliver(job)).outcome is PRINTED
    (made,) = world.printer.engine.jobs.values()
    asked = made.ticket
    assert (asked.copies, asked.sides, asked.color_mode) == (2, "two-sided-long-edge", "monochrome")
    assert (asked.media, asked.finishings) == ("iso_a4_210x297mm", ("staple",))
    (entry,) = world.entries()
    assert (entry.step, entry.copies, entry.first_page) == (Step.REPORTED, 2, 1)
    (final,) = [report for report in world.mesh.reports if report.receipt]
    receipt = verify(final.receipt, world.pki.anchor)
    assert receipt.asked == Asked(2, "two-sided-long-edge", "monochrome", 1)
    told = run(world.printer.status())
    assert told.name
    assert (receipt.printer.name, receipt.printer.uuid) == (told.name, told.uuid)


def test_the_receipt_says_with_which_page_the_print_began() -> None:
    world = World()
    job = world.submit(pdf(5), attributes=Attributes(TITLE, pages=5))
    assert run(world.deliver(job, first_page=4)).outcome is PRINTED
    (final,) = [report for report in world.mesh.reports if report.receipt]
    assert verify(final.receipt, world.pki.anchor).asked.first_page == 4


def test_the_receipt_says_whose_word_it_is() -> None:
    world, answers = World(), Answers()
    world.printer.faults.document_answer = Manners.CUT
    world.react = lambda event: (
        answers.give(event.number, Answer(AnswerKind.YES)) if isinstance(event, DeliveryAsks) else None
    )
    ended = run(world.deliver(world.submit(pdf()), answers=answers))
    assert (ended.outcome, ended.told) == (PRINTED, True)
    (final,) = [report for report in world.mesh.reports if report.receipt]
    assert verify(final.receipt, world.pki.anchor).told


def test_no_byte_leaves_before_the_release_is_in_the_audit_record(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    begin = world.record.begin
    job = world.submit(pdf())
    written: list[asyncio.Future[None]] = []

    def slowly(event: AuditEvent, **named: Value) -> asyncio.Future[None]:
        if event is not AuditEvent.RELEASE_GRANTED:
            return begin(event, **named)
        written.append(asyncio.get_running_loop().create_future())
        return written[0]

    monkeypatch.setattr(world.record, "begin", slowly)

    async def story() -> Ended:
        delivering = asyncio.ensure_future(world.deliver(job, alone=False))
        await asyncio.sleep(10)
        assert not any(delivery.data for delivery in world.printer.deliveries)
        assert [entry.step for entry in world.entries()] == [Step.CREATED]
        written[0].set_result(None)
        return await delivering

    assert run(story()).outcome is PRINTED


def test_a_printer_that_refuses_the_job_is_not_asked_to_take_one_back(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    job = world.submit(pdf())
    asked: list[str] = []

    async def refused(_ticket: JobTicket) -> CreatedJob:
        raise PrinterRefusedError("printer", "no", 0x0509)

    async def find_job(name: str) -> None:
        asked.append(name)

    monkeypatch.setattr(world.printer, "create_job", refused)
    monkeypatch.setattr(world.printer, "find_job", find_job)
    assert run(world.deliver(job)) == Ended(Outcome.HELD, "printer-refused")
    assert asked == []


@pytest.mark.parametrize(
    ("sides", "two"), [("", False), ("one-sided", False), ("two-sided-long-edge", True), ("two-sided-short-edge", True)]
)
def test_an_empty_back_is_reckoned_with_where_there_are_backs(sides: str, two: bool) -> None:
    extent = extent_of(replace(EVERYTHING, sides=sides), 1)
    assert extent.two_sided is two
    assert extent.out(5) == (1 if two else 2)  # of the second set; the first has four sides where it has backs


def test_the_first_word_counts_and_a_word_to_nobody_is_lost() -> None:
    yes, no = Answer(AnswerKind.YES), Answer(AnswerKind.NO)

    async def main() -> None:
        answers = Answers()
        answers.give(1, no)
        with answers.asking() as (number, answered):
            assert number == 1
            answers.give(2, no)
            answers.give(1, yes)
            answers.give(1, no)
            assert await answered == yes
        answers.give(1, no)

    run(main())


def test_a_question_that_was_given_up_does_not_take_the_next_ones_answer_away() -> None:
    yes = Answer(AnswerKind.YES)

    async def main() -> None:
        answers = Answers()
        with answers.asking() as (number, first):
            first.cancel()
            answers.give(number, yes)
        with answers.asking() as (other, second):
            answers.give(number, yes)
            assert not second.done()
            answers.give(other, yes)
            assert await asyncio.wait_for(second, 1) == yes

    run(main())
