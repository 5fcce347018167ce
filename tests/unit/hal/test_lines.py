"""Lines from a reader: noise is a fault, a pause ends a line or tears it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hal.framing.dialect import CardRead, Read
from hal.framing.lines import GAP, LIMIT, QUIET, SETTLE, STX, Framing, Lines
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
    lines.pause(QUIET)
    assert lines.deadline is None
    assert lines.feed(b"04a1b2\r", 3) == [CardRead(b"04a1b2")]


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
    lines.feed(b"04", 2 - GAP)
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


@pytest.mark.parametrize("framing", [Framing(), Framing(gap=5.0), Framing(begins=STX)])
def test_the_rest_of_a_torn_line_is_told_as_torn_and_never_as_a_badge(framing: Framing) -> None:
    lines = Lines(framing)
    lines.feed(framing.begins + b"1234", 0)
    assert lines.pause(framing.gap) == [Fault.TORN]
    assert not lines.settled
    assert lines.feed(b"5678", framing.gap + 0.15) == []
    assert lines.feed(b"9\r", framing.gap + 0.16) == [Fault.TORN]
    assert lines.settled
    assert lines.feed(framing.begins + b"04a1\r", framing.gap + 0.17) == [CardRead(b"04a1")]


def test_where_lines_have_a_beginning_it_ends_what_is_skipped() -> None:
    lines = Lines(Framing(begins=STX))
    lines.feed(b"\x021234", 0)
    assert lines.pause(GAP) == [Fault.TORN]
    assert lines.feed(b"5678\x0204a1\r", 1) == [Fault.TORN, CardRead(b"04a1")]


def test_a_rest_that_never_comes_is_waited_for_two_seconds() -> None:
    lines = Lines()
    lines.feed(b"1234", 0)
    assert lines.pause(GAP) == [Fault.TORN]
    assert lines.deadline == QUIET
    assert lines.pause(QUIET) == []
    assert lines.feed(b"04a1\r", QUIET) == [CardRead(b"04a1")]


def test_a_rest_without_an_end_is_told_once_it_has_passed() -> None:
    lines = Lines()
    lines.feed(b"1234", 0)
    lines.pause(GAP)
    lines.feed(b"56", 1)
    lines.feed(b"78", 2)
    assert lines.pause(2 + QUIET) == [Fault.TORN]
    assert lines.feed(b"04a1\r", 5) == [CardRead(b"04a1")]


def test_a_badge_that_falls_to_the_rest_of_an_overlong_line_is_told() -> None:
    lines = Lines()
    assert lines.feed(b"1" * (LIMIT + 1), 0) == [Fault.OVERLONG]
    assert lines.feed(b"04a1\r", 1) == [Fault.TORN]


@pytest.mark.parametrize("idle_ends", [False, True])
def test_bytes_that_nobody_looked_at_in_time_are_not_glued(idle_ends: bool) -> None:
    """A pause may lie before them: what is pending is torn, and they are skipped."""
    lines = Lines(Framing(idle_ends=idle_ends))
    lines.feed(b"1234", 0)
    assert lines.feed(b"5678", GAP * 2) == [Fault.TORN]
    assert lines.feed(b"\r04a1\r", GAP * 2.5) == [Fault.TORN, CardRead(b"04a1")]


def test_where_a_pause_ends_lines_it_ends_what_is_skipped() -> None:
    lines = Lines(Framing(idle_ends=True))
    lines.feed(b"1111", 0)
    lines.feed(b"2222", 1)
    assert lines.deadline == 1 + GAP
    assert lines.pause(1 + GAP) == [Fault.TORN]
    lines.feed(b"04a1", 2)
    assert lines.pause(2 + GAP) == [CardRead(b"04a1")]


def test_joined_in_the_middle_of_a_line_it_reads_from_the_next_one_on() -> None:
    lines = Lines()
    lines.join(0, within=False)
    assert not lines.settled
    assert lines.feed(b"56", SETTLE / 2) == []
    assert lines.feed(b"78\r04a1\r", SETTLE) == [Fault.TORN, CardRead(b"04a1")]


def test_joined_where_nothing_comes_it_soon_reads() -> None:
    lines = Lines()
    lines.join(0, within=False)
    assert lines.deadline == SETTLE
    assert lines.pause(SETTLE) == []
    assert lines.settled
    lines.join(1, within=True)
    assert lines.deadline == 1 + QUIET


@given(st.lists(st.tuples(st.integers(1, 8), st.floats(0, 3)), max_size=8), st.booleans())
def test_pauses_anywhere_give_no_number_that_was_not_sent(pauses: list[tuple[int, float]], looked: bool) -> None:
    """Whether somebody looks in time or not; a pause of two seconds within a number excepted, for that ends it."""
    lines, sent, now = Lines(), b"12345678\rabcdefgh\r", 0.0
    found: list[Read] = []
    for size, pause in pauses:
        found += lines.feed(sent[:size], now)
        sent, now = sent[size:], now + min(pause, QUIET - 0.01)
        while looked and lines.deadline is not None and lines.deadline <= now:
            found += lines.pause(lines.deadline)
    found += lines.feed(sent, now)
    assert {read.credential for read in found if isinstance(read, CardRead)} <= {b"12345678", b"abcdefgh"}
