"""Lines from a reader: any chunking gives the same lines; noise is dropped and counted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hal.framing.lines import LIMIT, LineFramer

BYTES = st.lists(
    st.one_of(st.sampled_from([b"\r", b"\n", b"\r\n", b"04a1b2", b" ", b"\xff", b"a" * LIMIT]), st.binary(max_size=8))
).map(b"".join)


@pytest.mark.parametrize(
    ("sent", "lines", "dropped"),
    [
        (b"04a1b2\r", [b"04a1b2"], 0),
        (b"04a1b2\n", [b"04a1b2"], 0),
        (b"04a1b2\r\n04a1b2\r\n", [b"04a1b2", b"04a1b2"], 0),
        (b"\r\n\r\n  \r", [], 0),
        (b"  1A808001C0 \r", [b"1A808001C0"], 0),
        (b"%1234?;5678=99?\r", [b"%1234?;5678=99?"], 0),
        (b"04\xffa1\rok\r", [b"ok"], 1),
        (b"\x00\rok\r", [b"ok"], 1),
        (b"a" * LIMIT + b"\r", [b"a" * LIMIT], 0),
        (b"a" * (LIMIT + 1) + b"\rok\r", [b"ok"], 1),
        (b"a" * 100_000 + b"\xff\rok\r", [b"ok"], 1),
        (b"04a1", [], 0),
    ],
)
def test_golden_lines(sent: bytes, lines: list[bytes], dropped: int) -> None:
    framer = LineFramer()
    assert framer.feed(sent) == lines
    assert framer.dropped == dropped


@given(st.lists(BYTES))
def test_any_chunking_gives_the_same_lines(chunks: list[bytes]) -> None:
    whole, parts, bytewise = LineFramer(), LineFramer(), LineFramer()
    sent = b"".join(chunks)
    lines = whole.feed(sent)
    assert [line for chunk in chunks for line in parts.feed(chunk)] == lines
    assert [line for byte in sent for line in bytewise.feed(bytes([byte]))] == lines
    assert whole.dropped == parts.dropped == bytewise.dropped
    assert whole.pending == parts.pending == bytewise.pending


@given(BYTES, st.booleans())
def test_after_a_pause_a_line_begins_anew(noise: bytes, idle_ends: bool) -> None:
    framer = LineFramer(idle_ends=idle_ends)
    framer.feed(noise)
    framer.idle()
    assert not framer.pending
    assert framer.feed(b"04a1b2\r") == [b"04a1b2"]


@given(BYTES)
def test_only_short_printable_lines_come_out(noise: bytes) -> None:
    for line in LineFramer().feed(noise):
        assert 0 < len(line) <= LIMIT
        assert line.decode("ascii").isprintable()


def test_a_pause_ends_a_line_or_drops_it() -> None:
    torn, whole = LineFramer(), LineFramer(idle_ends=True)
    for framer in (torn, whole):
        framer.feed(b"04a1")
    assert (torn.idle(), torn.dropped) == ([], 1)
    assert (whole.idle(), whole.dropped) == ([b"04a1"], 0)
    assert (torn.idle(), torn.dropped, whole.idle(), whole.dropped) == ([], 1, [], 0)
