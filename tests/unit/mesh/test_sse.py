"""The event stream parser: what the standard's examples give, in any portions, within limits."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.mesh.port import MeshProtocolError
from firmware.mesh.sse import EVENT_BYTES, LINE_BYTES, ServerSentEvent, SseParser

FRAGMENTS = st.sampled_from(
    [b"\n", b"\r", b"\r\n", b"data", b"event", b"id", b"retry", b":", b" ", b"x", b"\xef\xbb\xbf", b"\xff", b"\0", b"7"]
)
STREAMS = st.lists(FRAGMENTS | st.binary(max_size=3), max_size=60).map(b"".join)


def parsed(*portions: bytes) -> tuple[list[ServerSentEvent], str]:
    """Every event of a stream, and the error at its end if there is one."""
    parser, events = SseParser(), list[ServerSentEvent]()
    try:
        for portion in portions:
            for event in parser.feed(portion):
                events.append(event)
    except MeshProtocolError as exc:
        return events, str(exc)
    return events, ""


def event(data: str, kind: str = "message", last_id: str = "") -> ServerSentEvent:
    return ServerSentEvent(kind, data, last_id)


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (b"data: a\n\n", [event("a")]),
        (b"event: job-held\nid: 7\ndata: {}\n\n", [event("{}", "job-held", "7")]),
        (b": heartbeat\n\ndata:a\n\n", [event("a")]),
        (b"data: YHOO\ndata: +2\ndata: 10\n\n", [event("YHOO\n+2\n10")]),
        (b"data: first\nid: 1\n\ndata:second\nid\n\ndata:  third\n", [event("first", last_id="1"), event("second")]),
        (b"data\n\ndata\ndata\n\ndata:", [event(""), event("\n")]),
        (b"data:test\n\ndata: test\n\n", [event("test"), event("test")]),
        (b"\xef\xbb\xbfdata: a\r\rdata: b\r\n\r\n", [event("a"), event("b")]),
        (b"id: 3\n\ndata: a\n\n", [event("a", last_id="3")]),
        (b"id: 3\x004\ndata: a\n\n", [event("a")]),
        (b"event: x\n\ndata: a\n\n", [event("a")]),
        (b"data: \xff\n\n", [event("�")]),
    ],
)
def test_it_reads_streams_as_the_standard_says(stream: bytes, events: list[ServerSentEvent]) -> None:
    assert parsed(stream) == (events, "")


@settings(deadline=None)
@given(STREAMS, st.lists(st.integers(0, 200), max_size=8))
def test_any_portions_give_the_same_events(stream: bytes, cuts: list[int]) -> None:
    borders = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    portions = [stream[start:end] for start, end in pairwise(borders)]
    assert parsed(*portions) == parsed(stream) == parsed(*(bytes([octet]) for octet in stream))


@pytest.mark.parametrize("size", [1, 1000, LINE_BYTES, LINE_BYTES + 1])
def test_a_line_without_an_end_is_refused_before_it_fills_the_memory(size: int) -> None:
    events, error = parsed(*([b"x" * size] * (LINE_BYTES // size + 1)))
    assert (events, "line" in error) == ([], True)


def test_a_line_of_the_greatest_length_is_taken() -> None:
    text = "x" * (LINE_BYTES - len("data:"))
    assert parsed(f"data:{text}\n\n".encode()) == ([event(text)], "")


def test_an_event_of_many_lines_is_refused_after_those_before_it() -> None:
    line = b"data: " + b"x" * 1000 + b"\n"
    events, error = parsed(b"data: a\n\n" + line * (EVENT_BYTES // 1000 + 1))
    assert events == [event("a")]
    assert "event" in error


def test_it_goes_on_from_the_last_id() -> None:
    assert [found.last_id for found in SseParser("41").feed(b"data: a\n\nid: 42\ndata: b\n\n")] == ["41", "42"]
