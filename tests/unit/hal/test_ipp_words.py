"""IPP answers as the port's words: strangers' texts made harmless, and no sense made of nonsense."""

from typing import Any

import pytest
from pyipp.enums import IppJobState, IppPrinterState

from hal.drivers.ipp_words import Requests, read_created, read_job, read_named, read_printer
from hal.framing.ipp import IppFormatError, Message, Values, decode
from hal.ports.printer import JobState, JobTicket, PrinterState

JOB: dict[str, Any] = {"job-id": (4,), "job-state": (IppJobState.PROCESSING,)}
PRINTER = {"printer-state": (IppPrinterState.STOPPED,)}


def test_a_printer_that_says_little_is_understood() -> None:
    said = read_printer(Message(0, 1, printers=(PRINTER,)))
    assert (said.state, said.reasons, said.accepting) == (PrinterState.STOPPED, (), True)


def test_a_printers_texts_are_cut_and_cleaned() -> None:
    group = PRINTER | {
        "printer-name": ("Lobby\x1b[31m\n" + "x" * 500,),
        "printer-state-reasons": ("none", "media-jam-error", "", "toner-low\0-report"),
        "printer-is-accepting-jobs": (False,),
    }
    said = read_printer(Message(0, 1, printers=(group,)))
    assert said.name.startswith("Lobby[31mxxx")
    assert len(said.name) == 255
    assert said.reasons == ("media-jam-error", "toner-low-report")
    assert not said.accepting


@pytest.mark.parametrize(
    "groups", [(), (PRINTER, PRINTER), ({},), ({"printer-state": (3,)},), ({"printer-state": ("",)},)]
)
def test_a_printer_without_one_state_makes_no_sense(groups: tuple[dict[str, tuple[int | str, ...]], ...]) -> None:
    with pytest.raises(IppFormatError):
        read_printer(Message(0, 1, printers=groups))


@pytest.mark.parametrize("state", list(IppJobState))
def test_every_job_state_has_its_word(state: IppJobState) -> None:
    said = read_job(Message(0, 1, jobs=({"job-state": (state,)},)), 4)
    assert said.state.name == state.name
    assert said.state in JobState


@pytest.mark.parametrize(
    ("counts", "impressions"),
    [
        ({}, None),
        ({"job-impressions-completed": ("",)}, None),
        ({"job-impressions-completed": (0,), "job-media-sheets-completed": (3,)}, 0),
        ({"job-media-sheets-completed": (3,)}, 3),
        ({"job-impressions-completed": (-1,)}, None),
        ({"job-impressions-completed": (True,)}, None),
    ],
)
def test_what_a_job_counted(counts: dict[str, tuple[int | str, ...]], impressions: int | None) -> None:
    assert read_job(Message(0, 1, jobs=(JOB | counts,)), 4).impressions == impressions


@pytest.mark.parametrize("groups", [(), (JOB, JOB), ({"job-id": (4,)},), (JOB | {"job-id": (5,)},)])
def test_an_answer_that_is_not_about_the_job(groups: tuple[dict[str, tuple[int | str, ...]], ...]) -> None:
    with pytest.raises(IppFormatError):
        read_job(Message(0, 1, jobs=groups), 4)


@pytest.mark.parametrize("group", [{}, {"job-id": (0,)}, {"job-id": ("4",)}, {"job-id": (-4,)}])
def test_a_created_job_has_a_number(group: dict[str, tuple[int | str, ...]]) -> None:
    with pytest.raises(IppFormatError):
        read_created(Message(0, 1, jobs=(group,)))


def test_only_what_a_ticket_sets_is_asked_for() -> None:
    requests = Requests("ipps://p/ipp/print")
    wanted = ("copies", "sides", "print-color-mode", "media", "job-name", "requesting-user-name")
    bare = decode(requests.create_job(JobTicket("j-1", "application/pdf")), wanted)
    assert (bare.request_id, bare.jobs) == (1, ())
    assert bare.operation["requesting-user-name"] == ("lockgate",)
    full = JobTicket("j-2", "application/pdf", 9, 3, "two-sided-long-edge", "monochrome", "iso_a4_210x297mm")
    asked = decode(requests.create_job(full), wanted)
    assert (asked.request_id, asked.operation["job-name"]) == (2, ("j-2",))
    assert asked.jobs == (
        {
            "copies": (3,),
            "sides": ("two-sided-long-edge",),
            "print-color-mode": ("monochrome",),
            "media": ("iso_a4_210x297mm",),
        },
    )


TEMPLATE = ("finishings", "printer-resolution", "page-ranges")


def test_finishings_resolution_and_pages_are_asked_for_by_their_tags() -> None:
    asked = JobTicket("j", "application/pdf", finishings=("staple", "punch-dual-left"), resolution=600, pages=((3, 9),))
    raw = Requests("ipps://p/ipp/print").create_job(asked)
    assert decode(raw, TEMPLATE).jobs == (
        {"finishings": (4, 74), "printer-resolution": ((600, 600),), "page-ranges": ((3, 9),)},
    )
    assert b"\x23\0\x0afinishings\0\x04\0\0\0\x04\x23\0\0\0\x04" in raw
    assert b"\x32\0\x12printer-resolution\0\x09" in raw
    assert b"\x33\0\x0bpage-ranges\0\x08" in raw


def test_page_ranges_are_in_ascending_order() -> None:
    """RFC 8011 5.2.7."""
    raw = Requests("ipps://p/ipp/print").create_job(JobTicket("j", "application/pdf", pages=((7, 9), (1, 2))))
    assert decode(raw, TEMPLATE).jobs[0]["page-ranges"] == ((1, 2), (7, 9))


def test_a_finishing_that_nobody_knows_is_not_sent() -> None:
    with pytest.raises(IppFormatError, match="wrap-as-a-gift"):
        Requests("ipps://p/").create_job(JobTicket("j", "application/pdf", finishings=("wrap-as-a-gift",)))


def test_what_a_job_says_of_itself() -> None:
    group = JOB | {"job-uuid": ("urn:uuid:4",), "job-media-sheets-completed": (2,), "job-impressions": (9,)}
    said = read_job(Message(0, 1, jobs=(group,)), 4)
    assert (said.uuid, said.sheets, said.expected) == ("urn:uuid:4", 2, 9)
    assert read_created(Message(0, 1, jobs=(group,))).uuid == "urn:uuid:4"


def test_a_job_is_found_by_its_name_alone() -> None:
    other: Values = JOB | {"job-id": (3,), "job-name": ("another",)}
    nameless: Values = {"job-id": (9,)}
    groups: tuple[Values, ...] = (other, nameless, JOB | {"job-name": ("ours",)})
    found = read_named(Message(0, 1, jobs=groups), "ours")
    assert found is not None
    assert found.job_id == 4
    assert read_named(Message(0, 1, jobs=groups), "nobody's") is None


def test_jobs_are_asked_for_as_old_printers_understand_too() -> None:
    wanted = ("which-jobs", "my-jobs", "limit")
    requests = Requests("ipps://p/ipp/print")
    mine = decode(requests.jobs("not-completed", mine=True), wanted).operation
    assert (mine["which-jobs"], mine["my-jobs"], "limit" in mine) == (("not-completed",), (True,), False)
    everybodys = decode(requests.jobs("completed", mine=False), wanted).operation
    assert (everybodys["which-jobs"], "my-jobs" in everybodys, everybodys["limit"]) == (("completed",), False, (100,))
