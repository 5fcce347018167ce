"""A printer that refuses, lies, breaks off or makes no sense: held or told unknown, never told printed."""

import asyncio
from dataclasses import replace

import pytest

from firmware.core.events import Outcome
from firmware.delivery.outcomes import Ended, code_of
from firmware.vault.attributes import Attributes
from hal.ports.errors import (
    DeviceError,
    OutcomeUnknownError,
    PrinterProtocolError,
    PrinterRefusedError,
    PrinterUnreachableError,
)
from hal.ports.printer import CreatedJob, Document, JobState, JobStatus, JobTicket
from hal.sim.printer_faults import Ability, Answers, Condition, CutLeaves
from hal.sim.virtual_time import run
from tests.unit.delivery.world import TITLE, World, pdf

HELD, UNKNOWN = Outcome.HELD, Outcome.UNKNOWN
LONG = 5 * 2**19


@pytest.mark.parametrize("condition", Condition)
def test_a_blocked_printer_is_not_sent_to(condition: Condition) -> None:
    world = World()
    job = world.submit(pdf())
    world.printer.engine.conditions.add(condition)
    assert run(world.deliver(job)) == Ended(HELD, "printer-needs-you")
    assert world.mesh.asked == 0


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        (Answers.MALFORMED, "printer-protocol"),
        (Answers.OVERSIZED, "printer-protocol"),
        (Answers.HTML, "printer-protocol"),
        (Answers.SILENT, "printer-unreachable"),
        (Answers.CUT, "printer-unreachable"),
    ],
)
def test_a_printer_that_makes_no_sense_is_not_sent_to(answers: Answers, code: str) -> None:
    world = World()
    job = world.submit(pdf())
    world.printer.faults.answers = answers
    assert run(world.deliver(job)) == Ended(HELD, code)
    assert world.mesh.asked == 0


def test_a_printer_with_another_key_is_not_sent_to() -> None:
    world = World()
    job = world.submit(pdf())
    world.printer.faults.untrusted = True
    assert run(world.deliver(job)) == Ended(HELD, "printer-untrusted")


def test_a_printer_that_changes_its_key_before_the_document_gets_none(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    job = world.submit(pdf())
    create = world.printer.create_job

    async def and_then_change(ticket: JobTicket) -> CreatedJob:
        created = await create(ticket)
        world.printer.faults.untrusted = True
        return created

    monkeypatch.setattr(world.printer, "create_job", and_then_change)
    assert run(world.deliver(job)) == Ended(HELD, "printer-untrusted")
    assert world.printer.deliveries == []
    assert world.mesh.kinds()[-1] == "stopped printer-untrusted"


def test_a_format_the_printer_does_not_list_is_not_sent() -> None:
    world = World()
    job = world.submit(b"...", document_format="application/x-foreign")
    assert run(world.deliver(job)) == Ended(HELD, "format-unsupported")
    assert world.mesh.asked == 0


def test_a_format_the_printer_refuses_after_all_leaves_the_job_held() -> None:
    world = World()
    job = world.submit(pdf())
    world.printer.faults.refused_formats.add("application/pdf")
    ended = run(world.deliver(job))
    assert (ended.outcome, ended.code) == (HELD, "format-refused")
    assert world.sheets() == 0


@pytest.mark.parametrize("leaves", CutLeaves)
@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 1.0])
@pytest.mark.parametrize("size", [2000, LONG])
def test_a_connection_cut_at_any_byte_is_held_or_told_unknown_and_never_printed(
    leaves: CutLeaves, share: float, size: int
) -> None:
    world, document = World(), pdf(pages=3, size=size)
    job = world.submit(document)
    world.printer.faults.cut_after = int(share * len(document))
    world.printer.faults.cut_leaves = leaves
    ended = run(world.deliver(job))
    assert ended.outcome in (HELD, UNKNOWN)
    assert ended.code in ("transfer-broken", "outcome-unknown")
    phase = world.mesh.jobs[job.job_id].phase
    assert phase == ("held" if ended.outcome is HELD else "unknown")
    if ended.outcome is HELD and ended.impressions is not None:
        assert ended.impressions == world.sheets()
    if leaves is CutLeaves.ABORTED:
        assert ended.outcome is HELD


@pytest.mark.parametrize("answer", [Answers.SILENT, Answers.CUT, Answers.MALFORMED])
def test_a_whole_document_without_an_answer_is_unknown_however_the_printer_calls_it(answer: Answers) -> None:
    world = World()
    job = world.submit(pdf())
    world.printer.faults.document_answer = answer
    ended = run(world.deliver(job))
    assert (ended.outcome, ended.code) == (UNKNOWN, "outcome-unknown")
    assert world.mesh.jobs[job.job_id].phase == "unknown"
    again = run(world.deliver(job))
    assert again == Ended(UNKNOWN, "outcome-unknown")  # the mesh does not release it again by itself
    assert len(world.printer.deliveries) == 1


@pytest.mark.parametrize("answer", [Answers.SILENT, Answers.CUT])
def test_pages_that_were_made_here_and_all_sent_without_an_answer_are_unknown(answer: Answers) -> None:
    """How many bytes those would be, nobody knew beforehand: that the last one was handed over is known all the same.
    A printer that calls that completed may have printed all of it."""
    world = World()
    world.printer.faults.lacks.add(Ability.PDF)
    world.printer.faults.document_answer = answer
    job = world.submit(pdf())
    ended = run(world.deliver(job))
    assert (ended.outcome, ended.code) == (UNKNOWN, "outcome-unknown")
    assert world.sheets() == 2
    assert world.mesh.jobs[job.job_id].phase == "unknown"


def test_what_was_cut_off_prints_no_further() -> None:
    """The pages that came are many, and nobody will ever hear that they are all."""
    world = World()
    job = world.submit(pdf(pages=90, size=LONG), attributes=Attributes(TITLE, pages=90))
    world.printer.faults.cut_after = LONG // 4
    ended = run(world.deliver(job))
    assert [made.state for made in world.printer.engine.jobs.values()] == [JobState.CANCELED]
    assert ended == Ended(HELD, "transfer-broken", world.sheets(), pages=world.sheets())
    assert world.sheets() < 5


def test_what_may_have_come_whole_is_let_print() -> None:
    world = World()
    job = world.submit(pdf(pages=30), attributes=Attributes(TITLE, pages=30))
    world.printer.faults.document_answer = Answers.CUT
    assert run(world.deliver(job)) == Ended(UNKNOWN, "outcome-unknown", 30, pages=30)
    assert world.sheets() == 30


def test_a_printer_switched_off_while_it_prints_is_unknown() -> None:
    world = World()
    job = world.submit(pdf(pages=30))

    async def story() -> Ended:
        asyncio.get_running_loop().call_later(9, lambda: world.printer.switch(on=False))
        return await world.deliver(job)

    ended = run(story())
    assert (ended.outcome, ended.code) == (UNKNOWN, "outcome-unknown")
    assert world.mesh.kinds()[-1] == "unknown outcome-unknown"


@pytest.mark.parametrize(
    "error", [PrinterUnreachableError("p"), PrinterRefusedError("p", status=0x0507), PrinterProtocolError("p")]
)
def test_a_job_the_printer_does_not_open_is_held(error: DeviceError, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    job = world.submit(pdf())

    async def refuse(_ticket: JobTicket) -> int:
        raise error

    monkeypatch.setattr(world.printer, "create_job", refuse)
    ended = run(world.deliver(job))
    assert (ended.outcome, ended.code) == (HELD, error.code)
    assert world.printer.deliveries == []
    assert world.mesh.kinds()[-1] == f"stopped {ended.code}"


def broken_by(world: World, monkeypatch: pytest.MonkeyPatch, error: DeviceError, said: JobStatus | None) -> Ended:
    """A document of several segments of which the first was taken, and what the printer then says of its job; nothing
    where it has forgotten it."""
    job = world.submit(pdf(pages=3, size=LONG))

    async def send(_job_id: int, _ticket: JobTicket, document: Document) -> None:
        await anext(document)
        raise error

    async def status(job_id: int) -> JobStatus:
        if said is None:
            raise PrinterRefusedError("p", status=0x0406)
        return replace(said, uuid=world.printer.engine.jobs[job_id].uuid)

    async def found(_name: str) -> None:
        return None

    monkeypatch.setattr(world.printer, "send_document", send)
    monkeypatch.setattr(world.printer, "job_status", status)
    monkeypatch.setattr(world.printer, "find_job", found)
    return run(world.deliver(job))


@pytest.mark.parametrize(
    "error",
    [
        OutcomeUnknownError("p"),
        *(PrinterRefusedError("p", status=status) for status in (0x0411, 0x0500, 0x0502, 0x0504, 0x0505, 0x0508)),
    ],
)
def test_a_document_that_was_cut_and_a_job_that_is_forgotten_may_be_on_paper(
    error: DeviceError, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cable pulled, the power gone, or an end at its panel: pages may be out, and none is printed twice unasked."""
    world = World()
    assert broken_by(world, monkeypatch, error, None) == Ended(UNKNOWN, "outcome-unknown")
    assert world.mesh.kinds()[-1] == "unknown outcome-unknown"


def test_a_refusal_after_two_pages_is_held_with_two_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody cancels at the panel while the document still comes."""
    world, refusal = World(), PrinterRefusedError("p", status=0x0508)
    said = JobStatus(1, JobState.CANCELED, ("job-canceled-at-device",), 2)
    assert broken_by(world, monkeypatch, refusal, said) == Ended(HELD, code_of(refusal), 2, pages=2)


def test_a_refusal_of_the_document_as_such_is_one_whatever_was_handed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    refusal = PrinterRefusedError("p", status=0x040A)
    assert broken_by(world, monkeypatch, refusal, None) == Ended(HELD, "format-refused")


def test_a_document_that_is_refused_in_its_middle_is_held_with_what_came_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody pressed cancel at the printer while it was still being sent."""
    world = World()
    job = world.submit(pdf(pages=5, size=LONG), attributes=Attributes(TITLE, pages=5))
    send = world.printer.send_document

    async def refused(job_id: int, ticket: JobTicket, document: Document) -> None:
        await send(job_id, ticket, document)
        await asyncio.sleep(2.5)
        await world.printer.cancel_job(job_id)
        raise PrinterRefusedError("printer", status=0x0508)

    monkeypatch.setattr(world.printer, "send_document", refused)
    ended = run(world.deliver(job))
    assert (ended.outcome, ended.code) == (HELD, "printer-refused")
    assert ended.pages == ended.impressions == world.sheets() > 0
    assert world.mesh.reports[-1].pages == ended.pages
