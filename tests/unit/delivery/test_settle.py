"""What a new life makes of a release that the last one left open, one step of the ledger after the other."""

from typing import Any

import pytest

from firmware.core.events import Outcome
from firmware.delivery.outcomes import Ended
from firmware.delivery.records import Entry, Step
from firmware.delivery.settle import settle
from hal.ports.errors import PrinterRefusedError
from hal.ports.printer import Capabilities, JobState, JobStatus, JobTicket, PrinterState, PrinterStatus
from hal.sim.printer_jobs import Job
from hal.sim.virtual_time import run
from tests.unit.delivery.world import World

NAME = "lockgate-r-1"
TICKET = JobTicket(NAME, "application/pdf")


def left_at(world: World, step: Step, printer_job: int | None = 1, **known: Any) -> None:
    """The ledger of a station that died at `step`."""
    ledger = world.start().ledger
    ledger.intend(Entry("r-1", "job-1", 1))
    for one in (Step.CREATED, Step.STARTED, Step.SENT):
        if one.rank <= step.rank:
            ledger.advance("r-1", one, printer_job=printer_job, **known)


def at_printer(world: World, state: JobState, *, printed: int = 0, pages: int = 100) -> Job:
    """The job as the printer has it."""
    engine = world.printer.engine
    job = Job(1, TICKET, pages=pages, printed=printed)
    engine.jobs[1] = job
    if state is JobState.PROCESSING:
        engine._enqueue(job)
    else:
        job.claim(state)
    return job


def settled(world: World) -> Ended:
    async def story() -> Ended:
        means = world.start()
        await settle(means.ledger.unsettled(), means, world.said.append)
        entry = means.ledger.entry("r-1")
        assert entry.outcome is not None
        return Ended(entry.outcome, entry.code, entry.impressions)

    return run(story())


@pytest.mark.parametrize(
    ("step", "state", "ended"),
    [
        (Step.CREATED, JobState.HELD, Ended(Outcome.HELD, "interrupted")),
        (Step.STARTED, JobState.ABORTED, Ended(Outcome.HELD, "interrupted", 7)),
        (Step.STARTED, JobState.CANCELED, Ended(Outcome.HELD, "interrupted", 7)),
        (Step.STARTED, JobState.COMPLETED, Ended(Outcome.UNKNOWN, "outcome-unknown", 100)),
        (Step.STARTED, JobState.PENDING, Ended(Outcome.HELD, "interrupted", 7)),
        (Step.SENT, JobState.ABORTED, Ended(Outcome.HELD, "printer-aborted", 7)),
        (Step.SENT, JobState.CANCELED, Ended(Outcome.HELD, "printer-canceled", 7)),
        (Step.SENT, JobState.COMPLETED, Ended(Outcome.PRINTED, "", 100)),
    ],
)
def test_the_ledger_and_the_printer_together_tell_how_it_ended(step: Step, state: JobState, ended: Ended) -> None:
    world = World()
    left_at(world, step)
    job = at_printer(world, state, printed=7)
    assert settled(world) == ended
    assert job.state.final
    assert len(world.said) == 1


def test_what_may_be_cut_short_prints_no_further() -> None:
    """Whoever tapped may be gone: their pages must not lie there for anybody."""
    world = World()
    left_at(world, Step.STARTED)
    at_printer(world, JobState.PROCESSING)
    ended = settled(world)
    assert ended.outcome is Outcome.HELD
    assert world.sheets() == ended.impressions
    assert world.sheets() <= 1


def test_what_the_printer_has_whole_is_waited_for() -> None:
    world = World()
    left_at(world, Step.SENT)
    at_printer(world, JobState.PROCESSING)
    assert settled(world) == Ended(Outcome.PRINTED, "", 100)
    assert world.sheets() == 100


def test_what_the_printer_has_whole_waits_its_turn_behind_others_for_as_long_as_it_takes() -> None:
    world = World()
    left_at(world, Step.SENT)
    other = Job(7, JobTicket("another's", "application/pdf"), pages=400)
    world.printer.engine.jobs[7] = other
    world.printer.engine._enqueue(other)
    job = at_printer(world, JobState.PROCESSING, pages=3)
    assert job.state is JobState.PENDING
    assert settled(world) == Ended(Outcome.PRINTED, "", 3)
    assert world.sheets() == 403


def test_where_nothing_started_nobody_waits_for_the_printer() -> None:
    world = World()
    left_at(world, Step.CREATED)
    world.printer.on = False
    assert settled(world) == Ended(Outcome.HELD, "interrupted")
    assert world.clock.monotonic() < 60


@pytest.mark.parametrize("step", [Step.STARTED, Step.SENT])
def test_a_job_the_printer_has_forgotten_is_unknown(step: Step) -> None:
    world = World()
    left_at(world, step)
    assert settled(world) == Ended(Outcome.UNKNOWN, "outcome-unknown")


def test_a_start_without_a_job_id_is_unknown() -> None:
    """As a damaged ledger leaves it."""
    world = World()
    left_at(world, Step.STARTED, printer_job=None)
    assert settled(world) == Ended(Outcome.UNKNOWN, "outcome-unknown")
    assert world.said == ["interrupted release unknown: outcome-unknown"]


UUID = "urn:uuid:0e8bb30a-f51b-4de4-a733-84b8485d0001"


def test_a_job_that_was_made_and_never_written_down_is_found_by_its_name_and_taken_back() -> None:
    world = World()
    left_at(world, Step.INTENDED)
    job = at_printer(world, JobState.HELD)
    assert settled(world) == Ended(Outcome.HELD, "interrupted")
    assert job.state is JobState.CANCELED


def test_a_start_without_a_job_id_is_settled_by_the_name() -> None:
    world = World()
    left_at(world, Step.STARTED, printer_job=None)
    at_printer(world, JobState.ABORTED, printed=7)
    assert settled(world) == Ended(Outcome.HELD, "interrupted", 7)


@pytest.mark.parametrize(
    ("uuid", "ended"),
    [
        (UUID, Ended(Outcome.PRINTED, "", 100)),
        ("", Ended(Outcome.PRINTED, "", 100)),
        (UUID.replace("0001", "0002"), Ended(Outcome.UNKNOWN, "outcome-unknown")),
    ],
)
def test_a_job_of_the_same_number_and_name_but_another_uuid_is_not_ours(uuid: str, ended: Ended) -> None:
    world = World()
    ledger = world.start().ledger
    ledger.intend(Entry("r-1", "job-1", 1))
    ledger.advance("r-1", Step.CREATED, printer_job=1, printer_uuid=UUID)
    ledger.advance("r-1", Step.STARTED)
    ledger.advance("r-1", Step.SENT)
    at_printer(world, JobState.COMPLETED).uuid = uuid
    assert settled(world) == ended


@pytest.mark.parametrize(("copies", "pages"), [(1, 7), (2, None), (0, None)])
def test_how_far_the_rest_got_outlives_a_restart(copies: int, pages: int | None) -> None:
    world = World()
    ledger = world.start().ledger
    ledger.intend(Entry("r-1", "job-1", 1))
    ledger.advance("r-1", Step.CREATED, printer_job=1, first_page=3, copies=copies)
    ledger.advance("r-1", Step.STARTED)
    at_printer(world, JobState.ABORTED, printed=7)
    assert settled(world) == Ended(Outcome.HELD, "interrupted", 7)
    assert world.entries()[0].pages == pages


def test_a_printer_that_lists_no_jobs_has_forgotten_them(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    left_at(world, Step.SENT)

    async def refuse(_name: str) -> None:
        raise PrinterRefusedError("printer", status=0x0501)

    monkeypatch.setattr(world.printer, "find_job", refuse)
    assert settled(world) == Ended(Outcome.UNKNOWN, "outcome-unknown")


@pytest.mark.parametrize(
    ("printed", "known", "ended"),
    [
        (3, {"total": 5, "copies": 1}, Ended(Outcome.UNKNOWN, "printed-in-part", 3)),
        (5, {"total": 5, "copies": 1}, Ended(Outcome.PRINTED, "", 5)),
        (5, {"total": 5, "copies": 2}, Ended(Outcome.UNKNOWN, "outcome-unknown", 5)),
        (3, {"total": 5, "copies": 1, "first_page": 3}, Ended(Outcome.PRINTED, "", 3)),
        (2, {"total": 5, "copies": 1, "first_page": 3}, Ended(Outcome.UNKNOWN, "printed-in-part", 2)),
    ],
)
def test_a_new_life_knows_what_was_to_come_out(
    printed: int, known: dict[str, Any], ended: Ended, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one that began while somebody was asked about just that."""
    world = World()
    left_at(world, Step.SENT, **known)
    at_printer(world, JobState.COMPLETED)
    told = JobStatus(1, JobState.COMPLETED, (), printed, NAME)

    async def status(_job: int) -> JobStatus:
        return told

    monkeypatch.setattr(world.printer, "job_status", status)
    assert settled(world) == ended


def test_a_new_life_does_not_believe_who_is_known_to_say_completed_early(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    left_at(world, Step.SENT)
    at_printer(world, JobState.COMPLETED)
    asked: list[float] = []

    async def capabilities() -> Capabilities:
        return Capabilities((), quirks=frozenset({"completed-early"}))

    async def status() -> PrinterStatus:
        asked.append(world.clock.monotonic())
        state = PrinterState.PROCESSING if len(asked) < 10 else PrinterState.IDLE
        return PrinterStatus(state, (), accepting=True)

    monkeypatch.setattr(world.printer, "capabilities", capabilities)
    monkeypatch.setattr(world.printer, "status", status)
    assert settled(world).outcome is Outcome.PRINTED
    assert len(asked) == 10
