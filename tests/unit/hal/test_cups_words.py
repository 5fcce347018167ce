"""pycups' attributes as the port's words, whatever a printer made of them; tickets as job options."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hal.drivers import cups_words
from hal.drivers.cups_words import job_options, job_status, queue_capabilities, queue_status
from hal.ports.errors import PrinterProtocolError
from hal.ports.printer import JobState, JobTicket, PrinterState, RasterNeeds

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.tuples(st.integers(), st.integers(), st.integers()),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)
NAMES = st.sampled_from([*cups_words.PRINTER, *cups_words.CAPABILITIES, *cups_words.JOB])


def test_a_queue() -> None:
    said = {
        "printer-state": 4,
        "printer-state-reasons": ["offline-report", "media-empty-error", "cups-remote-pending"],
        "printer-is-accepting-jobs": True,
        "printer-info": "A\x07 printer",
        "printer-uuid": "urn:uuid:1",
    }
    status = queue_status(said)
    assert (status.state, status.accepting, status.name) == (PrinterState.PROCESSING, True, "A printer")
    assert status.reasons == ("connecting-to-device", "media-empty-error")
    assert queue_status({"printer-state": 3, "printer-state-reasons": "none"}).reasons == ()


@pytest.mark.parametrize(("state", "reasons"), [(3, ()), (4, ("connecting-to-device",))])
def test_a_device_that_does_not_answer(state: int, reasons: tuple[str, ...]) -> None:
    """What was said last stays beside an idle queue, and means nothing then."""
    said = {"printer-state": state, "printer-state-message": cups_words.SILENT[0], "printer-state-reasons": ["none"]}
    assert queue_status(said).reasons == reasons


def test_what_it_can_do() -> None:
    said = {
        "document-format-supported": ["application/octet-stream", "application/pdf", "application/vnd.cups-raster"],
        "finishings-supported": [3, 4, 22, 9999],
        "printer-resolution-supported": [(600, 600, 3), (300, 300, 3), (600, 300, 3), (118, 118, 4)],
        "copies-supported": (1, 99),
        "page-ranges-supported": True,
        "pwg-raster-document-type-supported": "sgray_8",
        "pwg-raster-document-resolution-supported": (300, 300, 3),
        "pwg-raster-document-sheet-back": "rotated",
    }
    found = queue_capabilities(said)
    assert (found.formats, found.finishings, found.resolutions) == (
        ("application/pdf",),
        ("none", "staple", "staple-top-right"),
        (300, 600),
    )
    assert (found.max_copies, found.page_ranges) == (99, True)
    assert found.raster == RasterNeeds(types=("sgray_8",), dpi=(300,), sheet_back="rotated")


@pytest.mark.parametrize(("number", "state"), list(cups_words.JOB_STATES.items()))
def test_a_job(number: int, state: JobState) -> None:
    said = {
        "job-state": number,
        "job-state-reasons": ["processing-to-stop-point", "job-printing"],
        "job-impressions-completed": 3,
        "job-name": "job-1",
        "job-uuid": "urn:uuid:2",
    }
    status = job_status(said, 7)
    assert (status.job_id, status.state, status.name, status.uuid) == (7, state, "job-1", "urn:uuid:2")
    assert (status.impressions, status.expected) == (None, 3)
    assert ("processing-to-stop-point" in status.reasons) is not state.final


@pytest.mark.parametrize("number", [None, 0, 2, 6, 99, -3, True, "3", (3, 3)])
def test_a_queue_without_a_state_is_none(number: object) -> None:
    with pytest.raises(PrinterProtocolError, match="a queue without"):
        queue_status({"printer-state": number})


@pytest.mark.parametrize("number", [None, 0, 2, 10, -3, True, "3", (3, 3)])
def test_a_job_without_a_state_is_none(number: object) -> None:
    with pytest.raises(PrinterProtocolError, match="a job without"):
        job_status({"job-state": number}, 1)


@pytest.mark.parametrize("pages", [0, -1, True, "3", None])
def test_pages_that_are_not_counted_are_not_known(pages: object) -> None:
    assert job_status({"job-state": 9, "job-impressions-completed": pages}, 1).expected is None


@pytest.mark.parametrize("state", [5, 9])
def test_reasons_that_say_something_stay(state: int) -> None:
    said = {"job-state": state, "job-state-reasons": ["none", "", "job-completed-successfully"]}
    assert job_status(said, 1).reasons == ("job-completed-successfully",)


@pytest.mark.parametrize("copies", [(1,), (1, 2, 3), (1, "9"), 9, None])
def test_copies_that_are_no_range_are_not_known(copies: object) -> None:
    assert queue_capabilities({"copies-supported": copies}).max_copies is None


@pytest.mark.parametrize("odd", [(0, 0, 3), (-300, -300, 3), (300, 300), (300, "300", 3), 300])
def test_resolutions_that_make_no_sense_are_left_out(odd: object) -> None:
    assert queue_capabilities({"printer-resolution-supported": [odd, (600, 600, 3)]}).resolutions == (600,)


@given(st.dictionaries(NAMES, VALUES))
def test_whatever_is_said_is_understood_or_refused(said: dict[str, Any]) -> None:
    for understand in (queue_status, lambda one: job_status(one, 1)):
        try:
            understand(said)
        except PrinterProtocolError:
            continue
    found = queue_capabilities(said)
    assert all(text.isprintable() and len(text) <= cups_words.MAX_TEXT for text in found.formats + found.media)
    assert list(found.resolutions) == sorted(found.resolutions)


def test_a_ticket() -> None:
    assert job_options(JobTicket("job-1", "application/pdf")) == {"copies": "1"}
    full = JobTicket(
        "job-1", "application/pdf", None, 2, "two-sided-long-edge", "monochrome", "iso_a4_210x297mm",
        ("staple", "unheard-of"), 600, ((2, 3), (5, 5)),
    )  # fmt: skip
    assert job_options(full) == {
        "copies": "2",
        "sides": "two-sided-long-edge",
        "print-color-mode": "monochrome",
        "media": "iso_a4_210x297mm",
        "finishings": "4",
        "printer-resolution": "600dpi",
        "page-ranges": "2-3,5-5",
    }
