"""Lines from a reader: noise is a fault, a pause ends a line or tears it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hal.framing.dialect import CardRead, Read
from hal.framing.lines import GAP, LIMIT, STX, Framing, Lines
from hal.ports.badge_reader import Fault

BYTES = st.lists(
    st.one_of(st.sampled_from([b"\r", b"\n", b"\r\n", b"04a1b2", b" ", b"\xff", b"a" * LIMIT]), st.binary(max_size=8))
).map(b"".join)


@pytest.mark.parametrize(
    ("sent", "reads"),
    [
        (b"04a1b2\r", [b"04a1b2"]),
        (b"04a1b2\n", [b"04a1b2"]),
        (b"04a1b2\r\n04a1b2\r\n", [b"04a1b2", b"04a1b2"]),
        (b"\r\n\r\n  \r", []),
        (b"  1A808001C0 \r", [b"1A808001C0"]),
        (b"%1234?;5678=99?\r", [b"%1234?;5678=99?"]),
        (b"04\xffa1\rok\r", [Fault.GARBLED, b"ok"]),
        (b"\x00\rok\r", [Fault.GARBLED, b"ok"]),
        (b"a" * LIMIT + b"\r", [b"a" * LIMIT]),
        (b"a" * (LIMIT + 1) + b"\rok\r", [Fault.OVERLONG, b"ok"]),
        (b"a" * 100_000 + b"\xff\rok\r", [Fault.OVERLONG, b"ok"]),
        (b"04a1", []),
    ],
)
def test_golden_lines(sent: bytes, reads: list[bytes | Fault]) -> None:
    assert Lines().feed(sent, 0) == [CardRead(read) if isinstance(read, bytes) else read for read in reads]


@given(BYTES, st.booleans())
def test_after_a_pause_a_line_begins_anew(noise: bytes, idle_ends: bool) -> None:
    lines = Lines(Framing(idle_ends=idle_ends))
    lines.feed(noise, 0)
    lines.pause(GAP)
    assert lines.deadline is None
    assert lines.feed(b"04a1b2\r", 1) == [CardRead(b"04a1b2")]


@given(BYTES)
def test_only_short_printable_lines_come_out(noise: bytes) -> None:
    for read in Lines().feed(noise, 0):
        if isinstance(read, CardRead):
            assert 0 < len(read.credential) <= LIMIT
            assert read.credential.decode("ascii").isprintable()


@pytest.mark.parametrize(("idle_ends", "ended"), [(False, Fault.TORN), (True, CardRead(b"04a1"))])
def test_a_pause_ends_a_line_or_tears_it(idle_ends: bool, ended: Read) -> None:
    lines = Lines(Framing(idle_ends=idle_ends))
    assert lines.deadline is None
    lines.feed(b"04", 1)
    lines.feed(b"a1", 2)
    assert lines.deadline == 2 + GAP
    assert lines.pause(2 + GAP / 2) == []
    assert lines.pause(2 + GAP) == [ended]
    assert lines.pause(9) == []


@pytest.mark.parametrize(
    ("framing", "sent", "reads"),
    [
        (Framing(ends=b"\t"), b"04a1\t04b2\r\n", [b"04a1", b"04b2"]),
        (Framing(ends=b"\x03"), b"04a1\r\n\x03", [b"04a1"]),
        (Framing(ends=b"\x03", begins=STX), b"\x0204a1\x03\x0204b2\r\n\x03", [b"04a1", b"04b2"]),
        (Framing(begins=STX), b"04a1\r\x0204b2\r", [Fault.GARBLED, b"04b2"]),
        (Framing(begins=STX), b"\x0204a1\x0204b2\r", [Fault.TORN, b"04b2"]),
        (Framing(begins=STX), b"\x02" + b"a" * 200 + b"\x0204b2\r", [Fault.OVERLONG, b"04b2"]),
        (Framing(begins=STX), b"\x02\x02 \x02\r\r\x02\r", []),
        (Framing(prefix=b"%", suffix=b"?="), b"%04a1?=\r%04a1\r04a1?=\r", [b"04a1", Fault.GARBLED, Fault.GARBLED]),
        (Framing(prefix=b"%", suffix=b"%"), b"%\r%%\r", [Fault.GARBLED, Fault.GARBLED]),
        (Framing(prefix=b"\x02", suffix=b"\x03"), b"\x02 04a1\x03\r", [b"04a1"]),
        (Framing(limit=4), b"04a1\r04a1b\r", [b"04a1", Fault.OVERLONG]),
    ],
)
def test_frames(framing: Framing, sent: bytes, reads: list[bytes | Fault]) -> None:
    assert Lines(framing).feed(sent, 0) == [CardRead(read) if isinstance(read, bytes) else read for read in reads]


def test_digits_without_end_are_told_at_once_and_once() -> None:
    lines = Lines()
    assert [read for at in range(1000) for read in lines.feed(b"1" * 10, at / 100)] == [Fault.OVERLONG]
    assert lines.pause(20) == []
    assert lines.feed(b"04a1\r", 21) == [CardRead(b"04a1")]
