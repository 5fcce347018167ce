"""Readers that type: any pace below the gap, ends, torn and endless reads, and nothing of before the start."""

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hal.framing.dialect import CardRead, Read
from hal.framing.keys import ENTER, KEYPAD_ENTER, TAB
from hal.framing.wedge import GAP, LIMIT, SETTLE, End, Wedge
from hal.ports.badge_reader import Fault, Medium
from hal.quirks.layouts import LAYOUTS
from tools.peers.hid import EV_KEY, stroke, strokes

F5 = 63
ENDED = stroke(ENTER)
Events = list[tuple[int, int, int]]
READS = st.lists(
    st.sampled_from(
        [strokes("04A1b2"), strokes(";1=2?"), strokes("%E?"), ENDED, stroke(TAB), stroke(F5), [(1, 42, 1)]]
    ),
    max_size=12,
).map(lambda parts: [event for part in parts for event in part])


def made(end: End = End.AUTO, **options: object) -> Wedge:
    wedge = Wedge(end=end, **options)  # type: ignore[arg-type]  # a mistake here is a TypeError at once
    wedge.start(0)
    wedge.pause(10)
    assert wedge.settled
    return wedge


def typed(wedge: Wedge, events: Events, now: float = 10, pace: float = 0) -> list[Read]:
    """Key events alone; each `pace` seconds after the one before."""
    keys = [(code, value) for kind, code, value in events if kind == EV_KEY]
    return [read for at, key in enumerate(keys, 1) for read in wedge.key(*key, now + at * pace)]


def texts(reads: list[Read]) -> list[str | Fault]:
    return [
        read.credential.decode() if isinstance(read, CardRead) else read
        for read in reads
        if isinstance(read, CardRead | Fault)
    ]


@pytest.mark.parametrize("end", [ENTER, TAB, KEYPAD_ENTER])
def test_a_key_ends_a_read(end: int) -> None:
    assert texts(typed(made(), strokes("04A1b2") + stroke(end) + stroke(end))) == ["04A1b2"]


def test_a_key_that_repeats_is_pressed_once() -> None:
    assert texts(typed(made(), [(1, 30, 1), (1, 30, 2), (1, 30, 2), (1, 30, 0), *ENDED, (1, ENTER, 2)])) == ["a"]


@given(
    READS, st.lists(st.floats(0, 0.99), min_size=200, max_size=200), st.sampled_from(list(End)), st.floats(0.02, 1.5)
)
def test_any_pace_below_the_gap_gives_the_same_reads(events: Events, waits: list[float], end: End, gap: float) -> None:
    """Also where a driver asks at each wait whether it was a pause."""
    plain, paced = made(end, gap=gap), made(end, gap=gap)
    keys = [(code, value) for kind, code, value in events if kind == EV_KEY]
    times = list(accumulate((wait * gap for wait in waits), initial=10.0))
    whole, found = typed(plain, events), []
    for at, key in zip(times[1:], keys, strict=False):
        found += [*paced.pause(at), *paced.key(*key, at)]
    assert found == whole
    assert paced.pause(times[-1] + 99) == plain.pause(999)


@given(READS, READS)
def test_after_a_start_and_a_gap_nothing_is_left_of_before(noise: Events, events: Events) -> None:
    wedge = made(End.IDLE)
    typed(wedge, noise)
    wedge.start(20)
    assert wedge.deadline == 20 + GAP
    assert wedge.pause(30) == []
    assert typed(wedge, events, 30) == typed(made(End.IDLE), events, 30)


@given(READS)
def test_a_pause_leaves_nothing_to_wait_for(events: Events) -> None:
    wedge = made()
    typed(wedge, events)
    wedge.pause(99)
    assert wedge.deadline is None
    assert wedge.pause(999) == []


def test_the_tail_of_a_badge_is_not_a_badge() -> None:
    wedge = Wedge()
    wedge.start(0)
    assert not wedge.settled
    assert typed(wedge, strokes("81977") + ENDED, 0.1) == []
    assert wedge.settled
    assert texts(typed(wedge, strokes("42") + ENDED, 0.2)) == ["42"]


def test_a_slow_reader_settles_as_soon_as_a_quick_one() -> None:
    wedge = Wedge(gap=1.5)
    wedge.start(5)
    assert wedge.deadline == 5 + SETTLE


def test_a_second_between_keys_is_no_pause_where_configured() -> None:
    wedge = made(gap=1.1)
    events = strokes("04a1")
    assert typed(wedge, events, 10, 1.0) == []
    assert wedge.pause(18.9) == []
    assert texts(typed(wedge, ENDED, 18, 1.0)) == ["04a1"]


@pytest.mark.parametrize(("end", "ended"), [(End.AUTO, Fault.UNENDED), (End.IDLE, "0042"), (End.KEY, Fault.TORN)])
def test_a_gap_ends_a_read_or_tears_it(end: End, ended: str | Fault) -> None:
    wedge = made(end)
    assert typed(wedge, strokes("0042")) == []
    assert wedge.pause(10 + GAP / 2) == []
    assert texts(wedge.pause(10 + GAP)) == [ended]


def test_a_reader_that_has_typed_an_end_is_torn_by_a_gap() -> None:
    wedge = made()
    typed(wedge, strokes("0042") + ENDED)
    typed(wedge, strokes("00"), 20)
    wedge.start(30)  # it was unplugged meanwhile; what was learnt stays
    wedge.pause(40)
    typed(wedge, strokes("00"), 40)
    assert wedge.pause(50) == [Fault.TORN]


@pytest.mark.parametrize("ended", [True, False])
def test_keys_outside_the_map_garble_the_read(ended: bool) -> None:
    wedge = made()
    reads = typed(wedge, strokes("04") + stroke(F5) + strokes("a1") + (ENDED if ended else []))
    assert reads + wedge.pause(99) == [Fault.GARBLED]
    assert texts(typed(wedge, strokes("42") + ENDED, 100)) == ["42"]


def test_endless_digits_are_one_fault_at_once() -> None:
    wedge = made()
    assert typed(wedge, strokes("7" * LIMIT)) == []
    assert typed(wedge, strokes("7" * 5000)) == [Fault.OVERLONG]
    assert texts(typed(wedge, ENDED + strokes("42") + ENDED)) == ["42"]


def test_dropped_events_tear_the_read_and_let_go_of_shift() -> None:
    wedge = made()
    typed(wedge, [(1, 42, 1), *strokes("04")])
    assert wedge.tear(10) == [Fault.TORN]
    assert wedge.tear(10) == []
    assert texts(typed(wedge, strokes("77") + ENDED + strokes("a1") + ENDED)) == ["a1"]


def test_shift_that_nobody_let_go_of_is_over_after_a_gap() -> None:
    wedge = made()
    typed(wedge, [(1, 42, 1)])
    assert wedge.pause(10 + GAP) == [Fault.TORN]
    assert texts(typed(wedge, strokes("a1") + ENDED, 20)) == ["a1"]


@pytest.mark.parametrize(
    ("track", "lines", "reads"),
    [
        (None, ["%B1^X?;56=7?"], ["B1^X"]),
        (2, ["%B1^X?;56=7?"], ["56=7"]),
        (None, ["%B1^X?", ";56=7?", "+99?"], ["B1^X"]),
        (2, ["%B1^X?", ";56=7?", "+99?"], ["56=7"]),
        (3, ["%B1^X?", ";56=7?"], [Fault.TRACK]),
        (2, ["%B1^X?", ";E?"], [Fault.TRACK]),
        (2, ["0004281977"], ["0004281977"]),
        (2, ["%B1^X?", "0004281977"], ["0004281977", Fault.TRACK]),
        (None, [";012345678"], [";012345678"]),
    ],
)
def test_a_swipe_is_one_read_in_one_line_or_in_several(
    track: int | None, lines: list[str], reads: list[object]
) -> None:
    wedge = made(track=track)
    found = [read for line in lines for read in typed(wedge, strokes(line) + ENDED)]
    assert texts(found + wedge.pause(99)) == reads
    assert all(("?" not in repr(read)) and "56=7" not in repr(read) for read in found)
    again = typed(wedge, strokes("%9?;8?+7?") + ENDED, 100)
    assert [read.medium for read in again if isinstance(read, CardRead)] == [Medium.MAGNETIC]


def test_a_layout_is_what_the_reader_was_set_up_for() -> None:
    assert texts(typed(made(layout=LAYOUTS["de"]), [*stroke(21), *ENDED])) == ["z"]
