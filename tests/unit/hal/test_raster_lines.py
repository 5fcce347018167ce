"""Compressed lines: cut at any place they are the same, and what is not theirs is refused."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hal.framing.pwg import HEADER_BYTES, SYNC, gray_page
from hal.framing.raster_lines import LineReader, RasterError, between, white_lines, white_run

WIDTH, HEIGHT = 40, 9


def lines_of(pixels: bytes) -> bytes:
    return gray_page(pixels, WIDTH, HEIGHT, dpi=75)[len(SYNC) + HEADER_BYTES :]


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.sampled_from([0, 7, 255]), min_size=WIDTH * HEIGHT, max_size=WIDTH * HEIGHT),
    st.lists(st.integers(0, 400), max_size=6),
)
def test_any_chunking_gives_the_same_lines(pixels: list[int], cuts: list[int]) -> None:
    body = lines_of(bytes(pixels))
    places = sorted({0, len(body), *(cut for cut in cuts if cut < len(body))})
    reader = LineReader(WIDTH, 1, HEIGHT)
    lines = [line for start, end in pairwise(places) for line in reader.feed(body[start:end])]
    reader.end()
    assert b"".join(lines) == body


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([1, 3]))
def test_any_bytes_are_lines_or_refused(data: bytes, pixel_bytes: int) -> None:
    reader = LineReader(20, pixel_bytes, 1000)
    try:
        lines = list(reader.feed(data))
    except RasterError:
        return
    assert data.startswith(b"".join(lines))


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"\x00\x80", "count"),
        (b"\x00\x7f\xff", "past the end"),
        (b"\x09\x27\xff", "more lines"),
    ],
)
def test_what_is_refused(data: bytes, what: str) -> None:
    with pytest.raises(RasterError, match=what):
        list(LineReader(WIDTH, 1, HEIGHT).feed(data))


@pytest.mark.parametrize("body", [b"", b"\x07\x27\xff", b"\x08\x27\xff\x00"])
def test_an_end_that_comes_early_or_late(body: bytes) -> None:
    reader = LineReader(WIDTH, 1, HEIGHT)
    list(reader.feed(body))
    with pytest.raises(RasterError, match="fewer"):
        reader.end()


@pytest.mark.parametrize("count", [1, 255, 256, 257, 1000])
@pytest.mark.parametrize("pixel_bytes", [1, 3])
def test_white_lines_are_as_many_as_asked(count: int, pixel_bytes: int) -> None:
    reader = LineReader(300, pixel_bytes, count)
    list(reader.feed(white_lines(count, 300, pixel_bytes)))
    reader.end()


def test_a_line_between_white() -> None:
    line = between(b"\x00\x01\x05", white_run(200, 1), white_run(1, 1))
    reader = LineReader(203, 1, 1)
    assert list(reader.feed(line)) == [line]
    reader.end()
