"""The tables that turn answers and errors into outcomes, each line of them."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from firmware.core.events import Outcome
from firmware.core.questions import Answer, AnswerKind
from firmware.delivery.counting import Extent
from firmware.delivery.errors import DeliveryError
from firmware.delivery.obstacles import BLOCKING, blocking
from firmware.delivery.outcomes import (
    REFUSED_ON_THE_WAY,
    SPOILT,
    Delivered,
    Ended,
    Missing,
    by_word,
    code_of,
    delivered_before,
    ended_by,
    weigh,
)
from firmware.mesh.port import MeshError, MeshUnreachableError
from firmware.vault.release import PartError
from hal.ports.errors import (
    DeviceError,
    OutcomeUnknownError,
    PrinterProtocolError,
    PrinterRefusedError,
    PrinterUnreachableError,
    PrinterUntrustedError,
)
from hal.ports.printer import JobState, JobStatus, PrinterState, PrinterStatus

HELD, PRINTED, UNKNOWN, GONE = Outcome.HELD, Outcome.PRINTED, Outcome.UNKNOWN, Outcome.GONE


def printer(*reasons: str, state: PrinterState = PrinterState.IDLE, accepting: bool = True) -> PrinterStatus:
    return PrinterStatus(state, reasons, accepting)


@pytest.mark.parametrize("reason", sorted(BLOCKING))
def test_a_blocking_reason_blocks_unless_it_is_only_a_warning(reason: str) -> None:
    assert blocking(printer(reason)) == (reason,)
    assert blocking(printer(f"{reason}-error")) == (reason,)
    assert blocking(printer(f"{reason}-warning")) == ()
    assert blocking(printer(f"{reason}-report")) == ()


def test_a_stopped_printer_is_believed_whatever_it_calls_the_reason() -> None:
    assert blocking(printer("media-empty-warning", state=PrinterState.STOPPED)) == ("media-empty",)
    assert blocking(printer(state=PrinterState.STOPPED)) == ("printer-stopped",)
    assert blocking(printer("made-up-by-a-vendor-error", state=PrinterState.STOPPED)) == ("printer-stopped",)


def test_warnings_and_what_passes_by_itself_do_not_block() -> None:
    assert blocking(printer("toner-low-warning", "media-low", "resuming", "connecting-to-device")) == ()
    assert blocking(printer(state=PrinterState.PROCESSING)) == ()


def test_a_printer_that_takes_no_jobs_blocks() -> None:
    assert blocking(printer(accepting=False)) == ("printer-not-accepting",)
    assert blocking(printer("media-jam-error", "cover-open", accepting=False)) == ("cover-open", "media-jam")


def said(state: JobState, *reasons: str, impressions: int | None = 3) -> JobStatus:
    return JobStatus(1, state, reasons, impressions)


@pytest.mark.parametrize(
    ("delivered", "status", "outcome"),
    [
        (Delivered.NOTHING, said(JobState.COMPLETED), HELD),
        (Delivered.NOTHING, Missing.FORGOTTEN, HELD),
        (Delivered.NOTHING, Missing.SILENT, HELD),
        (Delivered.CUT, said(JobState.COMPLETED), HELD),
        (Delivered.CUT, Missing.FORGOTTEN, UNKNOWN),
        (Delivered.CUT, Missing.SILENT, UNKNOWN),
        (Delivered.UNSURE, said(JobState.COMPLETED), UNKNOWN),
        (Delivered.UNSURE, Missing.FORGOTTEN, UNKNOWN),
        (Delivered.UNSURE, Missing.SILENT, UNKNOWN),
        (Delivered.WHOLE, said(JobState.COMPLETED), PRINTED),
        (Delivered.WHOLE, said(JobState.COMPLETED, "job-completed-with-warnings"), PRINTED),
        (Delivered.WHOLE, said(JobState.COMPLETED, "job-completed-with-errors"), UNKNOWN),
        (Delivered.WHOLE, Missing.FORGOTTEN, UNKNOWN),
        (Delivered.WHOLE, Missing.SILENT, UNKNOWN),
        *((delivered, said(state), HELD) for delivered in Delivered for state in (JobState.CANCELED, JobState.ABORTED)),
    ],
)
def test_only_a_whole_document_that_completed_is_printed(
    delivered: Delivered, status: JobStatus | Missing, outcome: Outcome
) -> None:
    ended = weigh(delivered, status, "transfer-broken")
    assert ended.outcome is outcome
    assert (ended.code == "") is (outcome is PRINTED)
    assert ended.impressions == (3 if isinstance(status, JobStatus) else None)


def test_the_document_shows_the_same_table() -> None:
    text = (Path(__file__).parents[3] / "firmware" / "docs" / "delivery.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\w+): [^|]+\|" + r" \*{0,2}(\w+)\*{0,2} \|" * 4, text, re.MULTILINE)
    words = {
        delivered.value: tuple(
            weigh(delivered, status).outcome.value
            for status in (said(JobState.COMPLETED), said(JobState.ABORTED), Missing.FORGOTTEN, Missing.SILENT)
        )
        for delivered in Delivered
    }
    assert {row[0]: row[1:] for row in rows} == words


@pytest.mark.parametrize(
    ("state", "reason", "code"),
    [
        (JobState.ABORTED, "aborted-by-system", "printer-aborted"),
        (JobState.ABORTED, "document-format-error", "format-refused"),
        (JobState.CANCELED, "job-canceled-at-device", "canceled-at-printer"),
        (JobState.CANCELED, "job-canceled-by-user", "printer-canceled"),
    ],
)
def test_the_printers_own_reason_is_the_code(state: JobState, reason: str, code: str) -> None:
    assert weigh(Delivered.WHOLE, said(state, reason)) == Ended(HELD, code, 3)


FIVE = Extent(5)
YES, NO = Answer(AnswerKind.YES), Answer(AnswerKind.NO)


@pytest.mark.parametrize(
    ("extent", "status", "quirks", "ended"),
    [
        (FIVE, said(JobState.COMPLETED, impressions=5), (), Ended(PRINTED, "", 5, pages=5)),
        (FIVE, said(JobState.COMPLETED, impressions=6), (), Ended(PRINTED, "", 6, pages=5)),
        (FIVE, said(JobState.COMPLETED), (), Ended(UNKNOWN, "printed-in-part", 3, pages=3)),
        (FIVE, said(JobState.COMPLETED, impressions=0), (), Ended(PRINTED, "", 0, pages=5)),
        (FIVE, replace(said(JobState.COMPLETED, impressions=0), expected=5), (), Ended(UNKNOWN, "outcome-unknown", 0)),
        (FIVE, said(JobState.COMPLETED, impressions=None), (), Ended(PRINTED, "", pages=5)),
        (FIVE, said(JobState.COMPLETED, impressions=0), ("no-impressions",), Ended(PRINTED, "", 0, pages=5)),
        (
            FIVE,
            replace(said(JobState.COMPLETED, impressions=5), expected=9),
            (),
            Ended(UNKNOWN, "printed-in-part", 5, pages=5),
        ),
        (FIVE, said(JobState.COMPLETED, impressions=10), (), Ended(PRINTED, "", 10, pages=5)),
        (FIVE, said(JobState.CANCELED, impressions=8), (), Ended(HELD, "printer-canceled", 8)),
        (FIVE, said(JobState.CANCELED, impressions=5), (), Ended(UNKNOWN, "outcome-unknown", 5, pages=5)),
        (FIVE, said(JobState.ABORTED, impressions=6), (), Ended(UNKNOWN, "outcome-unknown", 6, pages=5)),
        (FIVE, said(JobState.CANCELED), (), Ended(HELD, "printer-canceled", 3, pages=3)),
        (FIVE, said(JobState.CANCELED), ("no-impressions",), Ended(HELD, "printer-canceled", 3)),
        (FIVE, said(JobState.CANCELED), ("cancels-printed",), Ended(UNKNOWN, "outcome-unknown", 3)),
        (FIVE, said(JobState.ABORTED, impressions=0), (), Ended(HELD, "printer-aborted", 0, pages=0)),
        (Extent(5, first_page=4), said(JobState.COMPLETED, impressions=2), (), Ended(PRINTED, "", 2, pages=5)),
        (
            Extent(5, first_page=4),
            said(JobState.COMPLETED, impressions=1),
            (),
            Ended(UNKNOWN, "printed-in-part", 1, pages=4),
        ),
    ],
)
def test_completed_alone_is_not_believed(
    extent: Extent, status: JobStatus, quirks: tuple[str, ...], ended: Ended
) -> None:
    assert weigh(Delivered.WHOLE, status, "", extent, frozenset(quirks)) == ended


@pytest.mark.parametrize("reason", sorted(SPOILT))
def test_completed_with_a_reason_that_says_otherwise_is_not_printed(reason: str) -> None:
    status = said(JobState.COMPLETED, reason, impressions=5)
    assert weigh(Delivered.WHOLE, status, "", FIVE) == Ended(UNKNOWN, "printed-with-errors", 5, pages=5)


@pytest.mark.parametrize(
    ("status", "seen", "ended"),
    [
        (said(JobState.COMPLETED, impressions=0), 3, Ended(PRINTED, "", 0, pages=5)),  # some start again at their end
        (said(JobState.COMPLETED, impressions=None), 3, Ended(PRINTED, "", pages=5)),
        (said(JobState.COMPLETED, impressions=3), 5, Ended(UNKNOWN, "outcome-unknown", 3)),
        (said(JobState.CANCELED, impressions=0), 3, Ended(HELD, "printer-canceled", 0)),
        (said(JobState.CANCELED, impressions=2), 3, Ended(HELD, "printer-canceled", 2)),
        (said(JobState.CANCELED, impressions=None), 3, Ended(HELD, "printer-canceled", 3, pages=3)),
        (Missing.FORGOTTEN, 3, Ended(UNKNOWN, "outcome-unknown", 3, pages=3)),
        (Missing.SILENT, 0, Ended(UNKNOWN, "outcome-unknown")),
    ],
)
def test_what_it_counted_before_is_not_forgotten(status: JobStatus | Missing, seen: int, ended: Ended) -> None:
    assert weigh(Delivered.WHOLE, status, "", FIVE, seen=seen) == ended


@pytest.mark.parametrize("state", [JobState.COMPLETED, JobState.CANCELED, JobState.ABORTED])
def test_a_count_of_all_pages_of_what_was_cut_short_is_none(state: JobState) -> None:
    ended = weigh(Delivered.CUT, said(state, impressions=5), "transfer-broken", FIVE)
    assert ended == Ended(HELD, "transfer-broken", 5)


@pytest.mark.parametrize("impressions", [None, 0, 3, 5])
def test_a_document_of_which_the_end_is_unsure_is_never_printed_by_the_printers_word(impressions: int | None) -> None:
    status = said(JobState.COMPLETED, impressions=impressions)
    assert weigh(Delivered.UNSURE, status, "transfer-broken", FIVE).outcome is UNKNOWN
    assert weigh(Delivered.CUT, status, "transfer-broken", FIVE).outcome is HELD


WEIGHED = Ended(UNKNOWN, "printed-in-part", 3, pages=3)


@pytest.mark.parametrize(
    ("answer", "ended"),
    [
        (None, WEIGHED),
        (YES, Ended(PRINTED, "", 3, pages=5, told=True)),
        (Answer(AnswerKind.PAGES, 5), Ended(PRINTED, "", 3, pages=5, told=True)),
        (Answer(AnswerKind.PAGES, 4), Ended(HELD, "printed-in-part", 3, pages=4, told=True)),
        (Answer(AnswerKind.PAGES, 0), Ended(HELD, "not-printed", 3, pages=0, told=True)),
        (NO, Ended(HELD, "printed-in-part", 3, pages=3, told=True)),
    ],
)
def test_what_nobody_can_know_is_the_persons_to_say(answer: Answer | None, ended: Ended) -> None:
    assert by_word(answer, WEIGHED, FIVE) == ended


def test_a_no_to_a_printer_that_counted_every_page_is_one_to_its_count() -> None:
    """The rest begins where this release did: no page is left out because a printer said it was there."""
    all_of_it = Ended(UNKNOWN, "outcome-unknown", 5, pages=5)
    assert by_word(NO, all_of_it, FIVE) == Ended(HELD, "not-printed", 5, pages=0, told=True)
    assert by_word(NO, all_of_it, Extent(5, first_page=3)) == Ended(HELD, "printed-in-part", 5, pages=2, told=True)
    assert by_word(NO, all_of_it, Extent()) == Ended(HELD, "not-printed", 5, pages=0, told=True)
    part = Ended(UNKNOWN, "printed-in-part", 3, pages=3)
    assert by_word(NO, part, Extent()) == Ended(HELD, "printed-in-part", 3, pages=3, told=True)


def test_a_no_where_nothing_is_known_is_none_of_this_release() -> None:
    unknown = Ended(UNKNOWN, "outcome-unknown")
    assert by_word(NO, unknown, FIVE) == Ended(HELD, "not-printed", pages=0, told=True)
    assert by_word(NO, unknown, Extent(5, first_page=3)) == Ended(HELD, "printed-in-part", pages=2, told=True)


@pytest.mark.parametrize(
    ("error", "ended"),
    [
        (MeshError("shredded", status=410, part="job"), Ended(GONE, "shredded", part="job")),
        (MeshError("job-unknown", status=404), Ended(GONE, "job-unknown")),
        (MeshError("released-elsewhere", status=409), Ended(HELD, "released-elsewhere")),
        (MeshError("outcome-unknown", status=409), Ended(UNKNOWN, "outcome-unknown")),
        (MeshUnreachableError(), Ended(HELD, "mesh-unreachable")),
        (PartError("node"), Ended(HELD, "part-refused", part="node")),
        (MeshError("part-withdrawn", status=403, part="org"), Ended(HELD, "part-withdrawn", part="org")),
        (PrinterUntrustedError("printer"), Ended(HELD, "printer-untrusted")),
        (PrinterRefusedError("printer", status=0x0507), Ended(HELD, "printer-refused")),
        (PrinterRefusedError("printer", status=0x040A), Ended(HELD, "format-refused")),
        (DeliveryError(code="release-unsettled"), Ended(UNKNOWN, "release-unsettled")),
        (DeliveryError(), Ended(HELD, "canceled")),
        (ZeroDivisionError(), Ended(HELD, "internal")),
    ],
)
def test_what_stops_a_delivery_before_anything_was_sent(error: Exception, ended: Ended) -> None:
    assert ended_by(error) == ended


@pytest.mark.parametrize(
    ("error", "handed_over", "delivered"),
    [
        (OutcomeUnknownError("printer"), 10, Delivered.CUT),
        (OutcomeUnknownError("printer"), 100, Delivered.UNSURE),
        (PrinterProtocolError("printer"), 100, Delivered.UNSURE),
        (DeliveryError(), 0, Delivered.NOTHING),
        (PrinterUnreachableError("printer"), 100, Delivered.NOTHING),
        (PrinterUntrustedError("printer"), 100, Delivered.NOTHING),
        (PrinterRefusedError("printer"), 100, Delivered.NOTHING),
        (PrinterRefusedError("printer", status=0x040A), 100, Delivered.NOTHING),
        *((PrinterRefusedError("printer", status=status), 0, Delivered.NOTHING) for status in REFUSED_ON_THE_WAY),
        *((PrinterRefusedError("printer", status=status), 10, Delivered.CUT) for status in REFUSED_ON_THE_WAY),
        *((PrinterRefusedError("printer", status=status), 100, Delivered.UNSURE) for status in REFUSED_ON_THE_WAY),
    ],
)
def test_what_is_at_the_printer_after_an_error(error: Exception, handed_over: int, delivered: Delivered) -> None:
    assert delivered_before(error, handed_over=handed_over, whole=handed_over == 100) is delivered


def test_a_broken_transfer_has_a_code_of_its_own() -> None:
    assert code_of(OutcomeUnknownError("printer")) == "transfer-broken"
    assert code_of(DeviceError("printer")) == "device-error"
