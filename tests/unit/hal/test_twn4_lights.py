"""The lamps and the beeper of a TWN4 as an indicator: after the table, and in no card's way."""

from itertools import pairwise

import pytest

from hal.feedback.table import DARK, TABLE, Lamp, shown_by
from hal.framing.twn4 import LIGHT_SECONDS, POLL_SECONDS, SEARCH, Twn4
from hal.framing.twn4_lights import LAMPS, Lights
from hal.ports.indicator import Signal
from hal.sim.cards.card import UidCard
from hal.sim.reader_twn4 import GREEN, RED, Twn4Reader
from tests.support.spoken import Talk

CARD = UidCard(bytes.fromhex("66cf4dc2"))
STEP = 0.01


class Speaker:
    """A reader that is spoken to, and looked at."""

    def __init__(self) -> None:
        self.dialect, self.reader = Twn4(), Twn4Reader()
        self.talk = Talk(self.dialect, self.reader)
        self.talk.wait(1)

    def show(self, signal: Signal) -> None:
        self.dialect.show(TABLE[signal])
        self.talk.settle()

    def seen(self, seconds: float) -> list[int]:
        """The lamps, in steps of 10 ms."""
        found = []
        for _ in range(round(seconds / STEP)):
            found.append(self.reader.lights)
            self.talk.wait(STEP)
        return found


def changes(lamps: list[int]) -> list[int]:
    """How many steps each one lasted, from the first change on and to the last."""
    at = [0] + [index for index in range(1, len(lamps)) if lamps[index] != lamps[index - 1]]
    return [later - first for first, later in pairwise(at)]


@pytest.mark.parametrize("signal", [signal for signal in Signal if signal is not Signal.READY])
def test_the_lamps_keep_the_rhythm_of_the_table(signal: Signal) -> None:
    speaker = Speaker()
    speaker.show(signal)
    light = TABLE[signal].light
    lengths = changes(speaker.seen(10))
    assert len(lengths) > 4
    for index, length in enumerate(lengths[1:], 1):
        assert length * STEP * 1000 == pytest.approx(light[index % len(light)].ms, abs=3 * STEP * 1000)


def test_a_steady_light_stays_and_is_the_nearest_colour_that_there_is() -> None:
    speaker = Speaker()
    speaker.show(Signal.READY)
    assert set(speaker.seen(5)) == {GREEN}
    speaker.show(Signal.READING)  # blue, which there is not
    assert set(speaker.seen(5)) == {RED | GREEN, 0}
    assert shown_by(TABLE[Signal.READING].light[0].colour, LAMPS) == {Lamp.RED, Lamp.GREEN}


@pytest.mark.parametrize("signal", Signal)
def test_the_beeper_sounds_the_tones_of_the_table_once(signal: Signal) -> None:
    speaker = Speaker()
    speaker.show(signal)
    speaker.talk.wait(10)
    assert speaker.reader.beeps == [(tone.hertz, tone.ms) for tone in TABLE[signal].tones if tone.hertz]


@pytest.mark.parametrize("signal", Signal)
def test_cards_are_looked_for_as_often_as_without_it(signal: Signal) -> None:
    speaker = Speaker()
    before = len(speaker.talk.sent)
    speaker.show(signal)
    speaker.talk.wait(10)
    searches = sum(out.startswith(SEARCH.hex().upper().encode()) for out in speaker.talk.sent[before:])
    assert searches >= 10 / POLL_SECONDS - 2


def test_a_card_is_read_while_it_blinks_and_beeps() -> None:
    speaker = Speaker()
    speaker.show(Signal.FAULT)
    speaker.reader.present(CARD)
    speaker.talk.wait(2 * POLL_SECONDS)
    assert speaker.talk.seen == [CARD.uid.hex()]


def test_after_the_light_of_a_good_read_what_stands_is_shown_again() -> None:
    speaker = Speaker()
    speaker.show(Signal.READY)
    speaker.dialect.acknowledge(good=False)
    speaker.talk.settle()
    assert speaker.reader.lights == RED
    speaker.talk.wait(LIGHT_SECONDS + 2 * POLL_SECONDS)
    assert speaker.reader.lights == GREEN


def test_a_reader_that_is_back_shows_what_stands() -> None:
    speaker = Speaker()
    speaker.show(Signal.READY)
    back = Twn4Reader()
    talk = Talk(speaker.dialect, back)  # starts anew
    talk.wait(1)
    assert back.lights == GREEN


def test_the_latest_signal_takes_the_place_of_beeps_that_wait() -> None:
    speaker = Twn4()
    speaker.start(0)
    for _ in range(1000):
        speaker.show(TABLE[Signal.FAULT])
    speaker.show(TABLE[Signal.GOOD])
    reader = Twn4Reader()
    Talk(speaker, reader).wait(5)
    assert len(reader.beeps) <= 2


def test_flashes_that_nobody_was_there_to_make_are_passed_over() -> None:
    lights = Lights()
    assert lights.turn(0) == ()
    lights.show(TABLE[Signal.READING], 0.0)
    assert len(lights.turn(0.0)) == 1  # both lamps on: nothing to put out
    assert lights.turn(0.1) == ()
    lights.turn(1000.1)
    assert lights.due == pytest.approx(1000.25)
    assert TABLE[Signal.READING].light[1].colour == DARK
