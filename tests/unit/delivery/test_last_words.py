"""Which of several things that are known of a job decides: the finer points of weighing."""

import pytest

from firmware.core.events import Outcome
from firmware.delivery.counting import Extent
from firmware.delivery.obstacles import blocking, halting
from firmware.delivery.outcomes import Delivered, Ended, weigh
from hal.ports.printer import JobState, JobStatus, PrinterState, PrinterStatus

HELD, PRINTED, UNKNOWN = Outcome.HELD, Outcome.PRINTED, Outcome.UNKNOWN
FIVE = Extent(5)


def said(state: JobState, *reasons: str, impressions: int | None = None, expected: int | None = None) -> JobStatus:
    return JobStatus(1, state, reasons, impressions, expected=expected)


@pytest.mark.parametrize(
    ("state", "reasons", "accepting", "halts"),
    [
        (PrinterState.PROCESSING, (), False, ()),
        (PrinterState.PROCESSING, ("media-jam-error",), False, ("media-jam",)),
        (PrinterState.STOPPED, (), False, ("printer-stopped",)),
        (PrinterState.STOPPED, (), True, ("printer-stopped",)),
        (PrinterState.STOPPED, ("cover-open",), False, ("cover-open",)),
    ],
)
def test_a_job_that_a_printer_has_does_not_need_it_to_take_more(
    state: PrinterState, reasons: tuple[str, ...], accepting: bool, halts: tuple[str, ...]
) -> None:
    assert halting(PrinterStatus(state, reasons, accepting)) == halts


@pytest.mark.parametrize(
    ("reasons", "told"),
    [
        (("marker-waste-full-error",), ("marker-waste-full",)),
        (("developer-empty",), ("developer-empty",)),
        (("stapler-jam-error", "made-up-by-a-vendor-error"), ("stapler-jam",)),
        (("media-path-jam-error", "toner-empty-warning"), ("media-path-jam",)),  # toner is not what stopped it
        (("media-path-jam-warning",), ("printer-stopped",)),
    ],
)
def test_a_stopped_printer_has_all_the_reasons_that_people_have_words_for(
    reasons: tuple[str, ...], told: tuple[str, ...]
) -> None:
    assert blocking(PrinterStatus(PrinterState.STOPPED, reasons, True)) == told
    assert blocking(PrinterStatus(PrinterState.STOPPED, reasons, False))[0] != "printer-stopped"


def test_a_printer_that_is_known_not_to_count_is_not_held_to_its_count() -> None:
    quirks = frozenset({"no-impressions"})
    nothing = said(JobState.COMPLETED, impressions=0, expected=5)
    assert weigh(Delivered.WHOLE, nothing, extent=FIVE).outcome is UNKNOWN
    assert weigh(Delivered.WHOLE, nothing, extent=FIVE, quirks=quirks) == Ended(PRINTED, "", 0, pages=5)


def test_one_known_to_cancel_what_it_printed_is_believed_when_it_aborts() -> None:
    quirks = frozenset({"cancels-printed"})
    assert weigh(Delivered.WHOLE, said(JobState.CANCELED), extent=FIVE, quirks=quirks).outcome is UNKNOWN
    assert weigh(Delivered.WHOLE, said(JobState.ABORTED), extent=FIVE, quirks=quirks).outcome is HELD


def test_errors_on_paper_of_what_was_cut_short_are_no_news() -> None:
    spoilt = said(JobState.COMPLETED, "job-completed-with-errors", impressions=2)
    assert weigh(Delivered.WHOLE, spoilt, extent=FIVE).code == "printed-with-errors"
    assert weigh(Delivered.CUT, spoilt, "transfer-broken", FIVE) == Ended(HELD, "transfer-broken", 2, pages=2)


def test_what_we_know_to_have_ended_it_comes_before_the_printers_reason() -> None:
    gone = said(JobState.CANCELED, "job-canceled-at-device")
    assert weigh(Delivered.CUT, gone, "mesh-unreachable").code == "mesh-unreachable"
    assert weigh(Delivered.CUT, gone).code == "canceled-at-printer"


def test_a_rest_that_begins_behind_the_end_is_of_no_page() -> None:
    assert Extent(3, first_page=9).span == 0
    assert Extent(3, first_page=9).expected(said(JobState.COMPLETED)) is None
    assert Extent(3, first_page=4).page(0) == 0
