"""A card on a reader that is asked is one tap until the reader says that it is gone, whatever the clock says."""

import pytest

from hal.framing.dialect import CardRead
from hal.framing.presence import LIFTED_SECONDS, Presence
from hal.framing.twn4 import SEARCH, Twn4
from hal.ports.badge_reader import Fault, Form, Medium
from tests.support.spoken import ATS, EchoCard, Talk
from tests.unit.hal.test_pn532 import A, B, talk

CARD = CardRead(b"\x01\x02\x03\x04", Form.BITS, 32, Medium.ISO14443A)
OTHER = CardRead(b"\x05\x06\x07\x08", Form.BITS, 32, Medium.ISO14443A)
AS_ANSWERS = {CARD: b"00018020040102 0304\r".replace(b" ", b""), OTHER: b"000180200405060708\r", None: b"0000\r"}


def test_silence_however_long_ends_nothing() -> None:
    presence = Presence()
    assert [presence.begins(CARD) for _ in range(3)] == [True, False, False]
    presence.empty(5, 5)
    assert not presence.begins(CARD)


@pytest.mark.parametrize(("earliest", "lifted"), [(5 + LIFTED_SECONDS, True), (5.9, False)])
def test_the_reader_must_have_said_it_twice_a_second_apart(earliest: float, lifted: bool) -> None:
    presence = Presence()
    presence.begins(CARD)
    presence.empty(4, 5)
    presence.empty(earliest, earliest + 3)
    assert presence.begins(CARD) is lifted


def test_another_card_ends_it() -> None:
    presence = Presence()
    assert [presence.begins(card) for card in (CARD, OTHER, CARD)] == [True] * 3


def test_a_card_that_fails_to_tell_its_ats_is_the_same() -> None:
    presence = Presence()
    told = CardRead(b"\x01\x02\x03\x04", Form.BITS, 32, Medium.ISO14443A, True, True, ATS)
    assert [presence.begins(card) for card in (told, CARD)] == [True, False]


class SlowTwn4:
    """Says what is in its field, `delay` seconds after it was asked."""

    def __init__(self, delay: float) -> None:
        self.delay = delay
        self.speaker = Twn4()
        self.now = 0.0
        self.reads: list[object] = []
        self.speaker.start(0)
        while b"050020" not in self.speaker.to_send():
            self.speaker.feed(b"00\r", 0)
            self.speaker.pause(0.2)
        self.now = 0.2

    def search(self, card: CardRead | None) -> None:
        """One search; the answer is late, and the next question asked as soon as it may be."""
        self.now += self.delay
        self.reads += self.speaker.feed(AS_ANSWERS[card], self.now)
        due = self.speaker.deadline
        assert due is not None
        self.now = due
        self.reads += self.speaker.pause(self.now)
        assert self.speaker.to_send() == SEARCH.hex().encode() + b"\r"


def test_a_held_card_whose_answers_are_late_is_one_tap() -> None:
    reader = SlowTwn4(1.3)
    for _ in range(20):
        reader.search(CARD)
    assert reader.reads == [CARD]


@pytest.mark.parametrize(
    ("searches", "taps"),
    [
        ([CARD, None, CARD], [CARD]),
        ([CARD, None, None, CARD], [CARD]),
        ([CARD, *[None] * 7, CARD], [CARD, CARD]),
        ([CARD, None, OTHER, None, CARD], [CARD, OTHER, CARD]),
        ([CARD, OTHER, None, CARD], [CARD, Fault.SEVERAL]),
        ([CARD, OTHER, None, OTHER], [CARD, Fault.SEVERAL, OTHER]),
    ],
)
def test_a_flicker_is_no_tap_and_an_absence_is(searches: list[CardRead | None], taps: list[object]) -> None:
    reader = SlowTwn4(0.01)
    for card in searches:
        reader.search(card)
    assert reader.reads == taps


def test_one_late_look_at_an_empty_field_is_no_absence() -> None:
    reader = SlowTwn4(0.01)
    reader.search(CARD)
    reader.search(None)
    reader.delay = 1.2  # the station is busy; the reader said it long ago
    reader.search(None)
    reader.search(CARD)
    assert reader.reads == [CARD]


@pytest.mark.parametrize("card", [A, EchoCard()])
def test_a_card_at_a_pn532_is_one_read_however_late_the_station_looks(card: "EchoCard") -> None:
    conversation = talk()
    conversation.present(card)
    for _ in range(10):
        conversation.now += 1.2
        conversation.wait(0.3)
    conversation.dialect.start(conversation.now)  # the wire was lost, and the card still lies there
    conversation.settle()
    conversation.wait(3)
    assert len([read for read in conversation.reads if isinstance(read, CardRead)]) == 1


def flickered(conversation: Talk, seconds: float) -> list[object]:
    """What a card amounts to that is away for so long, as the station looks."""
    conversation.present(A)
    conversation.wait(2)
    conversation.emulator.lift()
    conversation.wait(0.6)  # by now the chip has been searching for a while
    conversation.wait(seconds)
    conversation.present(A)
    conversation.wait(1)
    return conversation.seen


@pytest.mark.parametrize(("seconds", "taps"), [(0.1, 1), (1.0, 2)])
def test_a_flicker_at_a_pn532_is_no_tap(seconds: float, taps: int) -> None:
    assert flickered(talk(), seconds) == [A.uid.hex()] * taps


def test_a_card_that_came_while_the_station_was_busy_was_not_away_so_long() -> None:
    conversation = talk()
    conversation.present(A)
    conversation.wait(2)
    conversation.emulator.lift()
    conversation.wait(0.6)
    announced = conversation.emulator.present(A)
    conversation.now += 1.5
    conversation.hear(announced)
    conversation.settle()
    conversation.wait(1)
    assert conversation.seen == [A.uid.hex()]


def test_cards_at_a_pn532_in_turn_are_each_a_read() -> None:
    conversation = talk()
    for card in (A, B, A):
        conversation.present(card)
        conversation.wait(0.42)
        conversation.emulator.lift()
        conversation.wait(0.02)
    assert [read.credential for read in conversation.reads if isinstance(read, CardRead)] == [A.uid, B.uid, A.uid]
