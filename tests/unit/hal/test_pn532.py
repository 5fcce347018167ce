"""Conversations with the emulated PN532: cards that come, stay, go, and are spoken to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hal.framing.dialect import CardRead
from hal.framing.pn532 import ALIVE_SECONDS, CHECK_SECONDS, PING, Pn532
from hal.framing.pn532_frames import frame
from hal.ports.badge_reader import Fault, Form, Medium
from hal.sim.cards.card import UidCard
from hal.sim.reader_pn532 import Pn532Chip
from tests.support.spoken import ATS, EchoCard, Talk

A, B = UidCard(bytes.fromhex("9d44a346")), UidCard(bytes.fromhex("04416d412b0289"), b"\x00\x44", 0)


def talk(chip: Pn532Chip | None = None, *, split: int = 4096) -> Talk:
    conversation = Talk(Pn532(), chip or Pn532Chip(), split)
    conversation.wait(0.1)
    return conversation


def chip_of(conversation: Talk) -> Pn532Chip:
    assert isinstance(conversation.emulator, Pn532Chip)
    return conversation.emulator


def asked(conversation: Talk, what: bytes) -> int:
    """How often the chip was told `what`."""
    return b"".join(conversation.sent).count(frame(b"\xd4" + what))


def test_it_wakes_the_chip_sets_it_up_and_lets_it_wait() -> None:
    conversation = talk()
    sent = b"".join(conversation.sent).hex()
    assert sent.startswith("5555" + "00" * 14 + "0000ff00ff00" + "0000ff05fbd414011401")
    assert sent.endswith("d44a0200e000")
    assert "d43205ff01ff" in sent
    before = len(conversation.sent)
    conversation.wait(ALIVE_SECONDS - 1)
    assert len(conversation.sent) == before


def test_a_card_is_read_the_moment_it_comes() -> None:
    conversation = talk()
    conversation.present(B)
    assert conversation.reads == [CardRead(B.uid, Form.BITS, 56, Medium.ISO14443A, speaks=True, iso_dep=False, ats=b"")]


def test_a_card_with_iso_14443_4_says_its_ats() -> None:
    conversation = talk()
    conversation.present(EchoCard())
    (read,) = conversation.reads
    assert isinstance(read, CardRead)
    assert (read.iso_dep, read.ats) == (True, ATS)


@pytest.mark.parametrize("card", [A, EchoCard()])
def test_a_held_card_is_one_tap_and_then_free_for_the_next(card: "UidCard | EchoCard") -> None:
    conversation = talk()
    conversation.present(card)
    conversation.wait(20)
    conversation.emulator.lift()
    conversation.wait(2)
    conversation.present(card)
    conversation.wait(2)
    assert conversation.seen == [card.uid.hex()] * 2


def test_a_held_card_with_iso_14443_4_keeps_its_conversation() -> None:
    conversation, card = talk(), EchoCard()
    conversation.present(card)
    resets = card.resets
    conversation.wait(5)
    assert card.resets == resets
    assert asked(conversation, PING) >= 5 / CHECK_SECONDS - 2


@pytest.mark.parametrize(("times", "resets"), [(1, 0), (2, 1), (3, 1)])
def test_noise_ends_the_conversation_only_when_it_lasts(times: int, resets: int) -> None:
    conversation, card = talk(), EchoCard()
    conversation.present(card)
    before = card.resets
    chip_of(conversation).disturbing = times
    conversation.wait(3)
    assert card.resets - before == resets
    assert conversation.seen == [card.uid.hex()]


def test_another_card_in_its_place_is_another_tap() -> None:
    conversation = talk()
    conversation.present(A)
    conversation.wait(0.3)
    conversation.emulator.lift()
    conversation.present(B)
    conversation.wait(1)
    assert conversation.seen == [A.uid.hex(), B.uid.hex()]


def test_two_cards_are_a_fault_once_each_time() -> None:
    conversation = talk()
    for _ in range(2):
        conversation.present(A, B)
        conversation.wait(5)
        conversation.emulator.lift()
        conversation.wait(2)
    assert conversation.seen == [Fault.SEVERAL] * 2


def test_the_card_that_is_left_of_two_is_read() -> None:
    conversation = talk()
    conversation.present(A, B)
    conversation.wait(1)
    conversation.emulator.lift()
    conversation.present(B)
    conversation.wait(2)
    assert conversation.seen == [Fault.SEVERAL, B.uid.hex()]


@pytest.mark.parametrize("times", [1, 2])
def test_a_damaged_frame_is_sent_again(times: int) -> None:
    conversation = talk()
    chip_of(conversation).damaging = times
    conversation.present(A)
    assert conversation.seen == [A.uid.hex()]


def test_damage_that_does_not_end_is_a_fault() -> None:
    conversation = talk()
    chip_of(conversation).damaging = 3
    conversation.present(A)
    assert conversation.seen == [Fault.CHECKSUM]
    conversation.wait(1)
    assert conversation.seen == [Fault.CHECKSUM, A.uid.hex()]


def test_a_torn_frame_is_sent_again() -> None:
    conversation = talk()
    chip_of(conversation).tearing = 1
    conversation.present(A)
    assert conversation.seen == []
    conversation.wait(1)
    assert conversation.seen == [A.uid.hex()]


def test_a_chip_that_does_not_send_again_is_asked_anew() -> None:
    conversation = talk()
    chip = chip_of(conversation)
    chip.tearing = 1
    conversation.present(A)
    chip.mute = True
    conversation.wait(0.3)
    chip.mute = False
    conversation.wait(4)
    assert conversation.seen == [A.uid.hex()]


def test_a_mute_chip_is_lost_within_a_second() -> None:
    chip = Pn532Chip()
    chip.mute = True
    conversation = Talk(Pn532(), chip)
    with pytest.raises(TimeoutError):
        conversation.wait(0.99)


def test_a_chip_that_lost_its_power_while_waiting_is_found_out() -> None:
    conversation = talk()
    chip_of(conversation).mute = True
    conversation.wait(ALIVE_SECONDS - 1)
    with pytest.raises(TimeoutError):
        conversation.wait(2)


def test_a_chip_that_answers_damage_alone_is_lost() -> None:
    chip = Pn532Chip()
    chip.damaging = 1000
    conversation = Talk(Pn532(), chip)
    with pytest.raises(TimeoutError):
        conversation.wait(10)


def test_a_chip_whose_announcements_make_no_sense() -> None:
    conversation = talk()
    conversation.hear(frame(b"\xd5\x4b\x01\x01\x00\x04\x08\x63"))
    conversation.settle()
    assert conversation.seen == [Fault.GARBLED]
    conversation.wait(1)
    conversation.present(A)
    assert conversation.seen == [Fault.GARBLED, A.uid.hex()]


def test_a_chip_that_floods_is_asked_no_faster() -> None:
    conversation = talk()
    before = len(conversation.sent)
    for _ in range(1000):
        conversation.hear(frame(b"\xd5\x4b\x01\x01\x00\x04\x08\x63"))
        conversation.wait(0.001)
    assert len(conversation.sent) - before < 20
    assert conversation.seen.count(Fault.GARBLED) < 5


HANDS = st.lists(st.sampled_from([(A,), (B,), (A, B), (EchoCard(),), ()]), max_size=5)


@given(st.integers(1, 40), HANDS)
def test_any_split_of_a_conversation_gives_the_same_taps(split: int, hands: "list[tuple[UidCard, ...]]") -> None:
    def run(size: int) -> list[object]:
        conversation = talk(split=size)
        for cards in hands:
            conversation.present(*cards)
            conversation.wait(0.7)
            conversation.emulator.lift()
            conversation.wait(1.3)
        return conversation.seen

    taps = [cards[0].uid.hex() if len(cards) == 1 else Fault.SEVERAL for cards in hands if cards]
    assert run(split) == run(4096) == taps
