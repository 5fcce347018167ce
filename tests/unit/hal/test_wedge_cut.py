"""Reads that were cut: no tail of a number is ever a number, and who has to tap again is told."""

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hal.framing.dialect import CardRead, Read
from hal.framing.keys import ENTER
from hal.framing.wedge import GAP, QUIET, End, Wedge
from hal.ports.badge_reader import Fault
from tests.unit.hal.test_wedge import ENDED, F5, Events, made, texts, typed
from tools.peers.hid import EV_KEY, stroke, strokes

ENDS_BY_KEY = [End.AUTO, End.KEY]
BEGINNINGS = [strokes("1234"), strokes("12") + stroke(F5), [(1, 42, 1)], [*strokes("12"), (1, 42, 1)]]
WAITS = st.lists(st.floats(0, QUIET - 0.01), min_size=40, max_size=40)


def cut(wedge: Wedge, how: str, events: Events = BEGINNINGS[0]) -> list[Read]:
    """At 10 s: the beginning of a badge, and a pause or dropped events after it."""
    reads = typed(wedge, events)
    return reads + (wedge.tear(10) if how == "drop" else wedge.pause(10 + GAP))


def timed(wedge: Wedge, events: Events, waits: list[float]) -> list[Read]:
    """Each event so long after the one before, and nobody looks in between."""
    keys = [(code, value) for kind, code, value in events if kind == EV_KEY]
    times = list(accumulate(waits, initial=10.0))[1:]
    return [read for at, key in zip(times, keys, strict=False) for read in wedge.key(*key, at)]


@pytest.mark.parametrize("end", ENDS_BY_KEY)
@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_the_tail_after_a_gap_is_no_badge(end: End, beginning: Events) -> None:
    wedge = made(end)
    (fault,) = cut(wedge, "gap", beginning)
    assert isinstance(fault, Fault)
    assert not wedge.settled
    assert texts(typed(wedge, strokes("5678") + ENDED, 10.4)) == [Fault.TORN]
    assert texts(typed(wedge, strokes("5678") + ENDED, 10.5)) == ["5678"]


@pytest.mark.parametrize("end", list(End))
def test_the_tail_after_dropped_events_is_no_badge(end: End) -> None:
    wedge = made(end)
    assert cut(wedge, "drop") == [Fault.TORN]
    assert wedge.pause(10.3) == []
    assert texts(typed(wedge, strokes("5678") + ENDED, 10.3)) == [Fault.TORN]
    assert texts(typed(wedge, strokes("5678") + ENDED, 10.4)) == ["5678"]


@pytest.mark.parametrize("how", ["gap", "drop"])
def test_what_follows_at_once_is_of_the_same_misread(how: str) -> None:
    wedge = made(End.KEY)
    assert cut(wedge, how) == [Fault.TORN]
    assert typed(wedge, ENDED, 10 + GAP + 0.1) == []
    assert wedge.settled


@pytest.mark.parametrize("how", ["gap", "drop"])
def test_quiet_for_long_enough_is_an_end_too(how: str) -> None:
    wedge = made(End.KEY)
    cut(wedge, how)
    assert wedge.deadline == 10 + QUIET
    assert wedge.pause(10 + QUIET) == []
    assert texts(typed(wedge, strokes("42") + ENDED, 10 + QUIET)) == ["42"]


def test_each_key_that_does_not_count_prolongs_the_quiet() -> None:
    """What came of it is told when it is over: it may have been somebody else's badge."""
    wedge = made(End.IDLE)
    cut(wedge, "drop")
    assert typed(wedge, strokes("56"), 11) == []
    assert wedge.deadline == 11 + QUIET
    assert wedge.tear(12) == []
    assert wedge.pause(12 + QUIET) == [Fault.TORN]
    assert texts([*typed(wedge, strokes("42"), 20), *wedge.pause(30)]) == ["42"]


def test_a_badge_that_is_cut_by_the_start_and_a_gap_is_none() -> None:
    wedge = Wedge()
    wedge.start(10)
    assert typed(wedge, strokes("34"), 10.1) == []
    assert wedge.pause(10.1 + GAP) == []
    assert not wedge.settled
    assert texts(typed(wedge, strokes("5678") + ENDED, 10.5)) == [Fault.TORN]
    assert wedge.settled


@pytest.mark.parametrize("end", list(End))
def test_two_reads_are_not_glued_though_nobody_looked_in_between(end: End) -> None:
    """A loop that was held up sees the events of 0.6 s at once, with their own times."""
    wedge = made(end)
    found = [*typed(wedge, strokes("1111"), 10), *typed(wedge, strokes("2222") + ENDED, 10.6)]
    first = {End.IDLE: ["1111", "2222"], End.KEY: [Fault.TORN] * 2, End.AUTO: [Fault.UNENDED, Fault.TORN]}
    assert texts(found) == first[end]


@given(WAITS, st.sampled_from(ENDS_BY_KEY))
def test_a_badge_that_is_typed_haltingly_is_the_badge_or_a_fault(waits: list[float], end: End) -> None:
    wedge = made(end)
    found = timed(wedge, strokes("04281977") + ENDED, waits)
    assert [text for text in texts(found) if isinstance(text, str) and not isinstance(text, Fault)] in (
        [],
        ["04281977"],
    )
    assert found


@given(WAITS, st.integers(0, 16), st.sampled_from(list(End)))
def test_of_a_badge_with_dropped_events_nothing_is_a_badge(waits: list[float], at: int, end: End) -> None:
    """With an end by key; where a gap ends reads, nothing that comes after what was dropped."""
    wedge, badge = made(end), [event for event in strokes("04281977") if event[0] == EV_KEY]
    before = timed(wedge, badge[:at], waits)
    now = 10 + sum(waits[:at])
    torn = [*wedge.tear(now), *timed_from(wedge, badge[at:] + ENDED, waits[at:], now)]
    assert not any(isinstance(read, CardRead) for read in (torn if end is not End.IDLE else torn[1:]))
    assert any(isinstance(read, Fault) for read in before + torn)


def timed_from(wedge: Wedge, events: Events, waits: list[float], now: float) -> list[Read]:
    return timed(wedge, events, [now - 10 + waits[0], *waits[1:]])


def test_an_end_key_after_what_did_not_count_teaches_too() -> None:
    wedge = made()
    assert cut(wedge, "gap") == [Fault.UNENDED]
    typed(wedge, strokes("56") + ENDED, 10.4)
    assert wedge.key(ENTER, 0, 10.4) == []
    typed(wedge, strokes("12"), 20)
    assert wedge.pause(21) == [Fault.TORN]
