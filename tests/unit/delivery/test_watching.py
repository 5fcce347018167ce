"""The watch on one job of a printer that says what it is told: how long, whom it believes, what it takes back."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from firmware.delivery.counting import Extent
from firmware.delivery.lookout import Lookout
from firmware.delivery.outcomes import Missing
from firmware.delivery.records import Entry, Step
from firmware.delivery.watch import CANCEL_PATIENCE, INCOMING_PATIENCE, PATIENCE, Watch
from hal.ports.errors import DeviceError, PrinterRefusedError, PrinterUnreachableError
from hal.ports.printer import JobState, JobStatus, PrinterState, PrinterStatus
from hal.sim.clock import VirtualClock
from hal.sim.printer import SimPrinter
from hal.sim.random_source import SeededRandom
from hal.sim.virtual_time import run

OURS = Entry("r-1", "j-1", 1, Step.SENT, printer_job=7, printer_uuid="urn:uuid:ours")
INCOMING = ("job-incoming",)
BUSY, NOT_FOUND, GONE = 0x0507, 0x0406, 0x0407


def job(state: JobState, *reasons: str, impressions: int | None = None) -> JobStatus:
    return JobStatus(7, state, reasons, impressions, name=OURS.job_name, uuid=OURS.printer_uuid)


NO_EXTENT = Extent()
Word = JobStatus | DeviceError


class Told(SimPrinter):
    """Answers questions about job 7 with `says` of the seconds that went by, and lists `listed`."""

    def __init__(self, says: Callable[[float], Word], listed: JobStatus | None = None) -> None:
        self.clock = VirtualClock()
        super().__init__(self.clock, SeededRandom(1))
        self._says = says
        self._listed = listed
        self.canceled: list[float] = []
        self.is_at_work = False

    async def job_status(self, job_id: int) -> JobStatus:
        assert job_id == OURS.printer_job
        said = self._says(self.clock.monotonic())
        if isinstance(said, DeviceError):
            raise said
        return said

    async def find_job(self, name: str) -> JobStatus | None:
        assert name == OURS.job_name
        return self._listed

    async def cancel_job(self, job_id: int) -> None:
        assert job_id == OURS.printer_job
        self.canceled.append(self.clock.monotonic())

    async def status(self) -> PrinterStatus:
        return PrinterStatus(PrinterState.PROCESSING if self.is_at_work else PrinterState.IDLE, (), True)

    async def next_change(self, seconds: float) -> None:
        await self.clock.sleep(seconds)


def watch(printer: Told, *quirks: str) -> Watch:
    lookout = Lookout(printer, lambda _reasons: None)
    return Watch(printer, printer.clock, lookout, asyncio.Event(), quirks=frozenset(quirks))


def waited(printer: Told, *, whole: bool, cancel: bool = False, extent: Extent = NO_EXTENT) -> tuple[object, float]:
    async def story() -> tuple[object, float]:
        said = await watch(printer).until_final(OURS, whole=whole, cancel=cancel, extent=extent)
        return said, printer.clock.monotonic()

    return run(story())


def asked(printer: Told, entry: Entry = OURS) -> object:
    return run(watch(printer).ask(entry))


def until(seconds: float, first: Word, then: Word) -> Callable[[float], Word]:
    return lambda now: first if now < seconds else then


def test_a_job_in_part_does_not_wait_its_turn_for_ever() -> None:
    printer = Told(lambda _now: job(JobState.PENDING))
    said, at = waited(printer, whole=False)
    assert said is Missing.SILENT
    assert len(printer.canceled) == 1
    assert PATIENCE <= printer.canceled[0] < PATIENCE + 5
    assert at >= printer.canceled[0] + CANCEL_PATIENCE


def test_one_that_works_while_it_receives_is_not_stuck() -> None:
    done = job(JobState.COMPLETED, impressions=2)
    printer = Told(until(3 * PATIENCE, job(JobState.PROCESSING, *INCOMING), done))
    said, at = waited(printer, whole=True)
    assert (said, printer.canceled) == (done, [])
    assert at >= 3 * PATIENCE


def test_one_that_waits_for_a_document_which_it_has_is_asked_to_end() -> None:
    printer = Told(lambda _now: job(JobState.PENDING, *INCOMING))
    said, _at = waited(printer, whole=True)
    assert said is Missing.SILENT
    assert len(printer.canceled) == 1
    assert printer.canceled[0] >= PATIENCE > INCOMING_PATIENCE


def test_what_was_called_off_is_over_when_the_printer_says_so_whatever_it_counted() -> None:
    done = job(JobState.COMPLETED, impressions=1)
    printer = Told(until(1, job(JobState.PROCESSING), done))
    printer.is_at_work = True
    said, at = waited(printer, whole=True, cancel=True, extent=Extent(9))
    assert said == done
    assert at < 5


def test_who_counts_too_few_while_it_works_is_waited_for() -> None:
    early, late = job(JobState.COMPLETED, impressions=1), job(JobState.COMPLETED, impressions=9)
    printer = Told(until(2 * PATIENCE, early, late))
    printer.is_at_work = True
    said, at = waited(printer, whole=True, extent=Extent(9))
    assert said == late
    assert at >= 2 * PATIENCE


@pytest.mark.parametrize("state", list(JobState))
def test_a_job_that_is_over_is_not_taken_back(state: JobState) -> None:
    printer = Told(lambda _now: job(state))
    run(watch(printer).withdraw(OURS))
    assert bool(printer.canceled) is not state.final


def foreign() -> Iterator[JobStatus]:
    yield replace(job(JobState.COMPLETED), uuid="urn:uuid:another")
    yield replace(job(JobState.COMPLETED), name="lockgate-r-2")
    yield replace(job(JobState.COMPLETED), name="Minutes of the board", uuid="")


@pytest.mark.parametrize("other", list(foreign()), ids=["uuid", "name", "name-alone"])
def test_anothers_job_under_our_number_is_not_ours(other: JobStatus) -> None:
    assert asked(Told(lambda _now: other)) is Missing.FORGOTTEN
    assert asked(Told(lambda _now: other, listed=other)) is Missing.FORGOTTEN
    mine = replace(job(JobState.PROCESSING), job_id=9)
    assert asked(Told(lambda _now: other, listed=mine)) == mine


def test_a_printer_that_says_neither_name_nor_uuid_is_believed() -> None:
    """It never gave us a uuid, either: there is no more to go by than the number."""
    bare = JobStatus(7, JobState.PROCESSING, ())
    assert asked(Told(lambda _now: bare), replace(OURS, printer_uuid="")) == bare


def test_a_job_that_hides_who_it_is_is_not_the_one_whose_uuid_we_know() -> None:
    """Another's, of the number that was ours before the printer's power cut, behind job-privacy-attributes."""
    hidden = JobStatus(7, JobState.COMPLETED, (), 3)
    assert asked(Told(lambda _now: hidden)) is Missing.FORGOTTEN
    assert asked(Told(lambda _now: hidden, listed=hidden)) is Missing.FORGOTTEN
    named = replace(hidden, name=OURS.job_name)
    assert asked(Told(lambda _now: named)) == named


@pytest.mark.parametrize("status", [NOT_FOUND, GONE])
def test_a_number_that_is_gone_is_looked_for_by_its_name(status: int) -> None:
    refusal = PrinterRefusedError("printer", "no such job", status)
    mine = job(JobState.COMPLETED)
    assert asked(Told(lambda _now: refusal, listed=mine)) == mine
    assert asked(Told(lambda _now: refusal)) is Missing.FORGOTTEN


@pytest.mark.parametrize(
    "error", [PrinterRefusedError("printer", "busy", BUSY), PrinterUnreachableError("printer", "")]
)
def test_a_printer_that_gives_no_word_has_forgotten_nothing(error: DeviceError) -> None:
    assert asked(Told(lambda _now: error)) is Missing.SILENT


def test_a_job_whose_number_was_never_learnt_goes_by_its_name() -> None:
    mine = job(JobState.PENDING)
    nameless = replace(OURS, printer_job=None, printer_uuid="")
    assert asked(Told(lambda _now: pytest.fail("asked by number"), listed=mine), nameless) == mine


def test_who_called_it_off_does_not_wait_long_for_a_printer_that_says_nothing() -> None:
    printer = Told(lambda _now: PrinterUnreachableError("printer", "away"))

    async def story() -> float:
        watching, cancel = watch(printer), asyncio.Event()
        watching._cancel = cancel
        cancel.set()
        assert await watching.until_final(OURS, whole=True, cancel=False) is Missing.SILENT
        return printer.clock.monotonic()

    assert CANCEL_PATIENCE <= run(story()) < PATIENCE


def test_what_was_seen_once_stays_seen_when_the_count_goes_back() -> None:
    at_three, back = job(JobState.PROCESSING, impressions=3), job(JobState.COMPLETED, impressions=1)
    printer = Told(until(1, at_three, back))

    async def story() -> int:
        watching = watch(printer)
        assert await watching.until_final(OURS, whole=True, cancel=False) == back
        return watching.seen

    assert run(story()) == 3


def test_what_a_printer_stopped_at_after_it_said_completed_is_waited_for_anew() -> None:
    """It winds down for 15 s, stops until the 60th, and works on for 15 s: that is none of its fan's."""
    done = job(JobState.COMPLETED, impressions=1)
    printer = Told(lambda _now: done)

    async def status() -> PrinterStatus:
        now = printer.clock.monotonic()
        busy = PrinterState.STOPPED if 15 <= now < 60 else PrinterState.PROCESSING
        return PrinterStatus(busy if now < 75 else PrinterState.IDLE, (), True)

    printer.status = status  # type: ignore[method-assign]  # says what the story needs
    said, at = waited(printer, whole=True, extent=Extent(1))
    assert said == done
    assert at >= 75
