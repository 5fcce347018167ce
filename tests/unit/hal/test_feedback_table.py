"""The language of lights and sounds: every signal is known by its rhythm alone, and harms nobody."""

from itertools import combinations

import pytest

from hal.feedback.table import (
    AMBER,
    BLUE,
    DARK,
    GREEN,
    HERTZ,
    MISREAD,
    READ,
    RED,
    SHORT_FLASH,
    SHORT_TONE,
    TABLE,
    WHITE,
    Feedback,
    Lamp,
    shown_by,
)
from hal.ports.indicator import Signal

each_row = pytest.mark.parametrize("row", TABLE.values(), ids=lambda row: row.line.value)
Rhythm = tuple[tuple[bool, int], ...]


def light(row: Feedback) -> Rhythm:
    """What somebody who sees no colour sees."""
    return tuple((flash.colour != DARK, flash.ms) for flash in row.light)


def sound(row: Feedback) -> Rhythm:
    """What a buzzer of one pitch makes of it."""
    return tuple((tone.hertz > 0, tone.ms) for tone in row.tones)


def turned(rhythm: Rhythm) -> set[Rhythm]:
    """The same, for whoever begins to look in its middle."""
    return {rhythm[at:] + rhythm[:at] for at in range(len(rhythm))}


def test_every_signal_has_a_light_and_a_sentence_of_its_own() -> None:
    assert set(TABLE) == set(Signal)
    assert all(row.light for row in TABLE.values())
    assert len({row.line for row in TABLE.values()}) == len(Signal)


def test_no_two_lights_are_told_apart_by_colour_alone_wherever_one_begins_to_look() -> None:
    for one, other in combinations(TABLE.values(), 2):
        assert light(one) not in turned(light(other)), (one.line, other.line)


def test_no_two_tones_are_told_apart_by_pitch_alone() -> None:
    heard = [sound(row) for row in TABLE.values() if row.tones]
    reads = [tuple((tone.hertz > 0, tone.ms) for tone in tones) for tones in (READ, MISREAD)]
    assert len({*heard, *reads}) == len(heard) + len(reads)


def test_only_what_asks_nothing_of_anybody_is_silent() -> None:
    assert {signal for signal, row in TABLE.items() if not row.tones} == {Signal.READY, Signal.READING}


@each_row
def test_short_and_long_cannot_be_mixed_up(row: Feedback) -> None:
    for lengths in ({ms for on, ms in light(row) if on}, {ms for on, ms in sound(row) if on}):
        assert len(lengths) <= 1 or max(lengths) >= 3 * min(lengths)


@each_row
def test_light_and_tone_have_one_rhythm(row: Feedback) -> None:
    flashes = [ms for on, ms in light(row) if on]
    tones = [ms for on, ms in sound(row) if on]
    if tones:
        assert "".join("s" if ms == SHORT_FLASH else "l" for ms in flashes) == row.rhythm
        assert "".join("s" if ms == SHORT_TONE else "l" for ms in tones) == row.rhythm


@each_row
def test_no_light_flashes_more_than_three_times_a_second(row: Feedback) -> None:
    """WCAG 2.2, 2.3.1."""
    if len(row.light) == 1:
        return
    starts, now = [], 0
    for _ in range(10):
        for on, ms in light(row):
            starts += [now] if on else []
            now += ms
    assert all(later - first > 1000 for first, later in zip(starts, starts[3:], strict=False))


@each_row
def test_every_pitch_is_heard_by_old_ears_from_small_speakers(row: Feedback) -> None:
    assert all(tone.hertz in HERTZ for tone in (*row.tones, *READ, *MISREAD) if tone.hertz)


@each_row
def test_no_tone_outlasts_two_seconds(row: Feedback) -> None:
    assert sum(tone.ms for tone in row.tones) <= 2000


def test_nothing_is_heard_before_a_read_is_good() -> None:
    assert TABLE[Signal.READING].tones == ()
    assert READ[0].hertz > MISREAD[0].hertz


@pytest.mark.parametrize(
    ("colour", "lamps", "shines"),
    [
        (RED, WHITE, {Lamp.RED}),
        (AMBER, WHITE, {Lamp.RED, Lamp.GREEN}),
        (AMBER, RED, {Lamp.RED}),
        (BLUE, AMBER, {Lamp.RED, Lamp.GREEN}),  # the rhythm must be seen, whatever the colour
        (GREEN, RED, {Lamp.RED}),
        (DARK, WHITE, set()),
        (WHITE, DARK, set()),
    ],
)
def test_a_box_with_fewer_lamps_shows_the_rhythm_with_what_it_has(
    colour: frozenset[Lamp], lamps: frozenset[Lamp], shines: set[Lamp]
) -> None:
    assert shown_by(colour, lamps) == shines
