"""Pages of a document from a printer's counts: copies, sides, the rest of a document, and printers that count oddly."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.delivery.counting import Extent
from hal.ports.printer import JobState, JobStatus


def counted(impressions: int | None, expected: int | None = None) -> JobStatus:
    return JobStatus(1, JobState.COMPLETED, (), impressions, expected=expected)


@pytest.mark.parametrize(
    ("extent", "impressions", "out"),
    [
        (Extent(5), 3, 3),
        (Extent(5), 6, 5),  # and the empty back of the last sheet
        (Extent(5), 9, None),  # counted twice, and who knows from where on
        (Extent(3, copies=2), 9, None),
        (Extent(5), 0, 0),
        (Extent(5), None, None),
        (Extent(None), 3, 3),
        (Extent(5, first_page=3), 0, 2),
        (Extent(5, first_page=3), 2, 4),
        (Extent(None, first_page=3), 2, 4),
        (Extent(9, first_page=5, by_range=True), 3, 4),  # it may have begun with page 1
        (Extent(9, first_page=5, by_range=True), 5, 5),
        (Extent(9, first_page=5, by_range=True), 0, 4),
        (Extent(9, first_page=5, by_range=True), 7, None),
        (Extent(9, first_page=5, by_range=True), None, None),
        (Extent(None, first_page=5, by_range=True), 3, 4),
        (Extent(None, first_page=5, by_range=True), 7, 7),
        (Extent(9, 2, first_page=5, by_range=True), 9, 4),
        (Extent(None, 2, first_page=5, by_range=True), 9, None),
        (Extent(3, copies=2), 3, 0),  # one copy is there; of the other, nothing
        (Extent(3, copies=2), 5, 2),
        (Extent(3, copies=2, two_sided=True), 7, 3),  # of 8: four sides of the first copy, one of them empty
        (Extent(3, copies=2, two_sided=True), 5, 1),
        (Extent(None, copies=2), 3, None),
        (Extent(None, copies=0), 3, None),
        (Extent(None, copies=0), 0, 0),
    ],
)
def test_what_is_out_is_never_said_to_be_more_than_is_sure(extent: Extent, impressions: int | None, out: int) -> None:
    assert extent.out(impressions) == out


@pytest.mark.parametrize(
    ("extent", "impressions", "page"),
    [
        (Extent(3), 0, 1),
        (Extent(3), 2, 3),
        (Extent(3), 3, 0),
        (Extent(3, copies=2), 3, 1),
        (Extent(3, first_page=2), 1, 3),
        (Extent(None), 4, 5),
        (Extent(None, copies=2), 4, 0),
        (Extent(3), None, 0),
    ],
)
def test_the_page_that_is_being_made(extent: Extent, impressions: int | None, page: int) -> None:
    assert extent.page(impressions) == page


@pytest.mark.parametrize(
    ("extent", "status", "short"),
    [
        (Extent(3), counted(2), True),
        (Extent(3), counted(3), False),
        (Extent(3), counted(None), False),
        (Extent(3), counted(2, expected=2), True),  # the client's count goes before the printer's
        (Extent(3), counted(3, expected=5), True),  # unless the printer has more to make than anybody's empty backs
        (Extent(3), counted(3, expected=4), False),
        (Extent(3, copies=2), counted(6, expected=8), False),
        (Extent(5), replace(counted(None), sheets=2), True),
        (Extent(5), replace(counted(10), sheets=2), True),
        (Extent(5), replace(counted(5), sheets=3), False),
        (Extent(5), replace(counted(5), sheets=0), False),  # it counts none
        (Extent(5, two_sided=True), replace(counted(3), sheets=3), False),  # it calls a sheet an impression
        (Extent(5, two_sided=True), replace(counted(2), sheets=2), True),
        (Extent(5, two_sided=True), replace(counted(3), sheets=2), True),
        (Extent(5), replace(counted(3), sheets=3), True),
        (Extent(3, copies=2, two_sided=True), replace(counted(4), sheets=4), False),
        (Extent(None), counted(2, expected=3), True),
        (Extent(None), counted(3, expected=3), False),
        (Extent(None), counted(0, expected=0), False),
        (Extent(None, first_page=2), counted(2, expected=3), False),  # of the part, or of the whole?
        (Extent(3, first_page=2), counted(2), False),
        (Extent(3, copies=2), counted(5), True),
        (Extent(3, copies=2), counted(6), False),
    ],
)
def test_whether_fewer_came_out_than_there_are(extent: Extent, status: JobStatus, short: bool) -> None:
    assert extent.is_short(status) is short


@given(
    pages=st.integers(1, 50),
    copies=st.integers(1, 5),
    two_sided=st.booleans(),
    first=st.integers(1, 50),
    impressions=st.integers(0, 600),
)
def test_no_count_leads_out_of_the_document(
    pages: int, copies: int, two_sided: bool, first: int, impressions: int
) -> None:
    extent = Extent(pages, copies, two_sided, min(first, pages))
    most = extent.most or 0
    out = extent.out(impressions)
    assert (out is None) is (impressions > most)
    out = extent.out(min(impressions, most - 1))
    assert out is not None
    assert extent.before <= out <= pages
    assert extent.page(impressions) == 0 or extent.before < extent.page(impressions) <= pages
    more = extent.out(min(impressions, most - 1) + 1)
    assert more is not None
    assert more >= out


REST = Extent(9, 2, first_page=5, by_range=True)


@pytest.mark.parametrize("expected", [5, 10])
def test_a_printer_that_says_how_much_is_left_to_make_is_believed_to_begin_there(expected: int) -> None:
    assert REST.heeded(counted(3, expected)) == replace(REST, by_range=False)


@pytest.mark.parametrize(
    ("extent", "expected"), [(REST, 9), (REST, 18), (REST, None), (REST, 0), (REST, 7), (replace(REST, pages=None), 5)]
)
def test_a_printer_that_means_the_whole_document_or_says_nothing_is_not(extent: Extent, expected: int | None) -> None:
    assert extent.heeded(counted(3, expected)) is extent


def test_half_of_a_document_in_two_copies_is_as_much_as_all_of_it_in_one() -> None:
    half = Extent(10, 2, first_page=6, by_range=True)
    assert half.heeded(counted(3, 10)) is half
    assert half.heeded(counted(3, 5)) == replace(half, by_range=False)


@given(st.integers(1, 40), st.integers(1, 3), st.integers(1, 40), st.integers(0, 90))
def test_a_rest_by_range_is_never_said_to_be_further_than_either_way_of_reading_it(
    pages: int, copies: int, first_page: int, impressions: int
) -> None:
    asked = Extent(pages, copies, first_page=min(first_page, pages))
    out = replace(asked, by_range=True).out(impressions)
    if out is None:
        assert asked.out(impressions) is None
        return
    whole = replace(asked, first_page=1).out(impressions)
    assert asked.before <= out <= max(asked.before, min(asked.out(impressions) or 0, whole or 0))
