"""Elatec TWN4: its published messages, and conversations with the emulated reader."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hal.drivers.dialects import OPTIONS, dialect
from hal.drivers.uri import parse
from hal.framing.dialect import CardRead
from hal.framing.twn4 import LIGHT_SECONDS, SEARCH, Twn4, crc, decode_search, tag_mask
from hal.ports.badge_reader import Fault, Form, Medium
from hal.ports.errors import DeviceConfigError
from hal.sim.cards.card import UidCard
from hal.sim.reader_twn4 import GREEN, RED, Twn4Reader
from tests.support.spoken import Talk

A, B = UidCard(bytes.fromhex("66cf4dc2")), UidCard(bytes.fromhex("04a1b2c3d4e5f6"))


def talk(reader: Twn4Reader | None = None, *, checksum: bool = False, split: int = 4096) -> Talk:
    emulator = reader or Twn4Reader(checksum=checksum)
    return Talk(Twn4(checksum=checksum), emulator, split)


def reader_of(conversation: Talk) -> Twn4Reader:
    assert isinstance(conversation.emulator, Twn4Reader)
    return conversation.emulator


@pytest.mark.parametrize(
    ("message", "check"),
    [("0005", "15a7"), ("0001", "31e1")],  # DocRev17, 1.3.4: the command and the response with CRC
)
def test_the_crc_is_that_of_the_reference_messages(message: str, check: str) -> None:
    assert crc(bytes.fromhex(message)).to_bytes(2, "little").hex() == check


@pytest.mark.parametrize(
    ("answer", "identifier", "bits", "medium"),
    [
        ("000180200466CF4DC2", "66cf4dc2", 32, Medium.ISO14443A),  # DocRev17, 1.5.4.1
        ("00018020046E401BA8", "6e401ba8", 32, Medium.ISO14443A),  # a public card encoder's comment: TWN4 answers
        ("0001824008E00700001F8831FF", "e00700001f8831ff", 64, Medium.ISO15693),  # the same
        ("0001803807 04A1B2C3D4E5F6", "04a1b2c3d4e5f6", 56, Medium.ISO14443A),
        ("0001491A04 808001C0", "808001c0", 26, Medium.LF),
        ("0001854008 0102030405060708", "0102030405060708", 64, Medium.FELICA),
        ("0001832004 01020304", "01020304", 32, Medium.UNKNOWN),
    ],
)
def test_the_card_in_an_answer(answer: str, identifier: str, bits: int, medium: Medium) -> None:
    expected = CardRead(bytes.fromhex(identifier), Form.BITS, bits, medium)
    assert decode_search(bytes.fromhex(answer)) == expected


def test_an_empty_field_is_no_card() -> None:
    assert decode_search(b"\x00\x00") is None


@pytest.mark.parametrize(
    "answer",
    ["", "00", "01", "0001", "000180200466CF4D", "000180200466CF4DC200", "000180000466CF4DC2", "0001802104 66CF4DC2"],
)
def test_an_answer_of_another_shape_is_refused(answer: str) -> None:
    with pytest.raises(ValueError, match=r"answer|lengths"):
        decode_search(bytes.fromhex(answer))


def test_it_asks_who_is_there_before_it_searches() -> None:
    conversation = talk()
    conversation.wait(1)
    sent = b"".join(conversation.sent).split(b"\r")
    assert sent[:3] == [b"0004FF", b"0400030000", b"050020"]
    assert 4 <= sent.count(b"050020") <= 6


@pytest.mark.parametrize("checksum", [False, True])
def test_a_held_card_is_one_tap(checksum: bool) -> None:
    conversation = talk(checksum=checksum)
    conversation.present(B)
    conversation.wait(20)
    assert conversation.seen == [B.uid.hex()]


def test_a_card_that_comes_back_after_a_second_is_another_tap() -> None:
    conversation = talk()
    for _ in range(2):
        conversation.present(A)
        conversation.wait(0.5)
        conversation.emulator.lift()
        conversation.wait(1.5)
    assert conversation.seen == [A.uid.hex()] * 2


def test_two_cards_are_a_fault_once_and_nothing_until_both_are_gone() -> None:
    conversation = talk()
    conversation.present(A, B)
    conversation.wait(10)
    assert conversation.seen == [A.uid.hex(), Fault.SEVERAL]
    conversation.emulator.lift()
    conversation.wait(1)
    conversation.present(B)
    conversation.wait(1)
    assert conversation.seen == [A.uid.hex(), Fault.SEVERAL, B.uid.hex()]


class RandomCard(UidCard):
    """A phone: each activation has another UID."""

    count = 0

    def reset(self) -> None:
        self.count += 1
        self.uid = bytes([8, 0, 0, self.count & 0xFF])


def test_a_phone_that_is_held_is_one_tap() -> None:
    conversation = talk()
    conversation.present(RandomCard(b"\x08\x00\x00\x00"))
    conversation.wait(5)
    assert len(conversation.seen) == 1


def test_only_the_wanted_kinds_are_searched_for() -> None:
    reader = Twn4Reader()
    conversation = Talk(Twn4(tags=("hid-prox", "iso14443a")), reader)
    assert reader.tag_types == (1 << 9, 1)
    reader.present(UidCard(bytes(8)), tag_type=0x82)
    conversation.wait(1)
    reader.present(A)
    conversation.wait(1)
    assert conversation.seen == [A.uid.hex()]


def test_the_masks_of_tag_types() -> None:
    assert tag_mask(("iso14443a",)).hex() == "0000000001000000"
    assert tag_mask(("em4102", "indala", "felica")).hex() == "0120000020000000"


def test_a_good_read_beeps_once_and_lights_green_for_a_while() -> None:
    conversation = talk()
    reader = reader_of(conversation)
    conversation.wait(1)
    conversation.dialect.acknowledge(good=True)
    conversation.settle()
    assert len(reader.beeps) == 1
    assert reader.lights == GREEN
    conversation.wait(LIGHT_SECONDS + 0.5)
    assert reader.lights == 0


def test_a_bad_read_beeps_twice_and_lower_and_lights_red() -> None:
    conversation = talk()
    reader = reader_of(conversation)
    conversation.dialect.acknowledge(good=True)
    conversation.dialect.acknowledge(good=False)
    conversation.settle()
    good, *bad = reader.beeps
    assert len(bad) == 2
    assert all(frequency < good[0] for frequency, _ in bad)
    assert reader.lights == RED


def test_an_acknowledgement_waits_for_the_answer_that_is_under_way() -> None:
    speaker = Twn4()
    speaker.start(0)
    assert speaker.to_send() == b"0004FF\r"
    speaker.acknowledge(good=True)
    assert speaker.to_send() == b""
    speaker.feed(b"00044E4F4E45\r", 0)
    assert speaker.to_send() == b"0400030000\r"
    speaker.feed(b"00\r", 0)
    assert speaker.to_send().startswith(b"0407")


def test_acknowledgements_without_end_do_not_pile_up() -> None:
    speaker = Twn4()
    speaker.start(0)
    for _ in range(1000):
        speaker.acknowledge(good=False)
    for _ in range(50):
        speaker.to_send()
        speaker.feed(b"00\r", 0)
    speaker.pause(0.2)
    assert speaker.to_send() == SEARCH.hex().encode() + b"\r"


def test_a_mute_reader_is_lost_within_a_second() -> None:
    reader = Twn4Reader()
    reader.mute = True
    conversation = talk(reader)
    with pytest.raises(TimeoutError):
        conversation.wait(0.99)


def test_a_reader_that_falls_silent_is_lost() -> None:
    conversation = talk()
    conversation.wait(5)
    reader_of(conversation).mute = True
    with pytest.raises(TimeoutError):
        conversation.wait(4)


def test_one_lost_answer_is_asked_for_again() -> None:
    conversation = talk()
    reader = reader_of(conversation)
    reader.mute = True
    conversation.wait(0.9)
    reader.mute = False
    reader.present(A)
    conversation.wait(2)
    assert conversation.seen == [A.uid.hex()]


@pytest.mark.parametrize(
    ("fault", "told"),
    [("garbling", Fault.GARBLED), ("tearing", Fault.TORN), ("damaging", Fault.CHECKSUM)],
)
def test_a_spoilt_answer_is_a_fault_and_the_next_one_counts(fault: str, told: Fault) -> None:
    conversation = talk(checksum=True)
    conversation.wait(1)
    setattr(conversation.emulator, fault, 1)
    conversation.present(A)
    conversation.wait(3)
    assert conversation.seen == [told, A.uid.hex()]


def test_a_reader_that_floods_is_told_once() -> None:
    conversation = talk()
    conversation.wait(1)
    for _ in range(1000):
        conversation.hear(b"\xffnoise\r")
    assert conversation.seen[-1] == Fault.FLOOD
    assert conversation.seen.count(Fault.FLOOD) == 1
    assert len(conversation.seen) <= 20


def test_a_late_answer_is_no_tap() -> None:
    conversation = talk()
    conversation.hear(b"00\r")  # what the opening was answered with, once more
    conversation.hear(b"000180200466CF4DC2\r")
    assert conversation.seen == []


def test_an_answer_without_end_is_dropped() -> None:
    conversation = talk()
    conversation.wait(1)
    conversation.hear(b"0" * 100_000 + b"\r")
    assert conversation.seen == [Fault.OVERLONG]


@given(st.integers(1, 40), st.lists(st.sampled_from([(A,), (B,), (A, B), ()]), max_size=6))
def test_any_split_of_a_conversation_gives_the_same_taps(split: int, hands: "list[tuple[UidCard, ...]]") -> None:
    def run(size: int) -> list[object]:
        conversation = talk(split=size)
        for cards in hands:
            conversation.present(*cards)
            conversation.wait(0.7)
            conversation.emulator.lift()
            conversation.wait(0.7)
        return conversation.seen

    assert run(split) == run(4096)


@pytest.mark.parametrize("option", ["tags=mifare", "tags=", "tags=iso14443a,,", "crc=yes", "end=cr"])
def test_a_wrong_option_is_refused(option: str) -> None:
    with pytest.raises(DeviceConfigError):
        dialect(parse(f"serial:/dev/x?protocol=twn4&{option}", OPTIONS))
