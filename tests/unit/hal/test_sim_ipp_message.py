"""The twin's reading of IPP: what it writes it reads, what the driver writes it reads, nothing else gets through."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hal.framing import ipp
from hal.framing.ipp import IppOperation, IppTag
from hal.sim.ipp_media import named_by, size
from hal.sim.ipp_message import (
    BOOL,
    COLLECTION,
    ENUM,
    INT,
    KEYWORD,
    OCTETS,
    RANGE,
    RESOLUTION,
    Attr,
    UnfinishedError,
    parse_request,
    written,
)
from hal.sim.printer_paper import A4, A5, MEDIA

NUMBERS = st.integers(-(2**31), 2**31 - 1)
VALUES = {
    INT: NUMBERS,
    ENUM: NUMBERS,
    BOOL: st.booleans(),
    KEYWORD: st.text(max_size=40),
    OCTETS: st.binary(max_size=40),
    RANGE: st.tuples(NUMBERS, NUMBERS),
    RESOLUTION: st.tuples(NUMBERS, NUMBERS),
}
LEAVES = st.sampled_from(sorted(VALUES)).flatmap(
    lambda tag: st.builds(
        Attr, st.text(min_size=1, max_size=20), st.just(tag), st.lists(VALUES[tag], min_size=1, max_size=3)
    )
)
ATTRIBUTES = st.recursive(
    LEAVES,
    lambda inner: st.builds(
        Attr,
        st.text(min_size=1, max_size=20),
        st.just(COLLECTION),
        st.lists(st.lists(inner, max_size=3).map(tuple), min_size=1, max_size=2),
    ),
    max_leaves=6,
)


@given(st.lists(ATTRIBUTES, max_size=4, unique_by=lambda one: one.name))
def test_what_is_written_is_read(attributes: list[Attr]) -> None:
    raw = written((2, 0), 0x0B, 7, [(IppTag.OPERATION, attributes)])
    request, end = parse_request(raw + b"document")
    assert (request.version, request.code, request.request_id, end) == ((2, 0), 0x0B, 7, len(raw))
    assert [(one.name, one.tag, list(one.values)) for one in request.operation.values()] == [
        (one.name, one.tag, list(one.values)) for one in attributes
    ]


@given(st.binary(max_size=200))
def test_anything_else_is_refused_and_nothing_worse(raw: bytes) -> None:
    try:
        request, end = parse_request(b"\2\0\0\x0b\0\0\0\1" + raw)
    except ValueError:
        return
    assert 8 < end <= 8 + len(raw)
    assert request.request_id == 1


def test_every_beginning_may_become_whole() -> None:
    raw = written((2, 0), 2, 1, [(IppTag.OPERATION, [Attr("media-size", COLLECTION, [size(A4)])])])
    for end in range(len(raw)):
        with pytest.raises(UnfinishedError):
            parse_request(raw[:end])


def test_the_drivers_requests_are_understood() -> None:
    job = [ipp.Attribute("copies", IppTag.INTEGER, [2]), ipp.Attribute("page-ranges", IppTag.RANGE, [(2, 3), (7, 9)])]
    raw = ipp.encode_request(IppOperation.CREATE_JOB, 5, {"printer-uri": "ipp://printer/", "job-name": "name"}, job)
    request, end = parse_request(raw)
    assert (request.code, end) == (IppOperation.CREATE_JOB, len(raw))
    assert request.order[:2] == ("attributes-charset", "attributes-natural-language")
    assert (request.value("job-name"), request.value("copies", job=True)) == ("name", 2)
    assert list(request.job["page-ranges"].values) == [(2, 3), (7, 9)]


def test_a_medium_is_known_by_its_size_or_its_name() -> None:
    assert named_by([Attr("media-size", COLLECTION, [size(A5)])], MEDIA) == A5
    assert named_by([Attr("media-size-name", KEYWORD, [A4])], MEDIA) == A4
    assert named_by([Attr("media-size", COLLECTION, [size("custom_x_10x20mm")])], MEDIA) is None
