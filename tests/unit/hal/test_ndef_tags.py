"""NDEF messages of Type 2 and Type 4 tags: whole ones however they lie there, and tags that are torn or lie."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hal.framing.ndef_tags import Conversation, RecordError, decode_container, read_type2, read_type4, reserved
from hal.sim.cards.card import CardTwin
from hal.sim.cards.slot import CardSlot
from hal.sim.cards.type2 import Type2Tag, memory_with, tag_with, tlv
from hal.sim.cards.type4 import Type4Tag

MESSAGE = bytes.fromhex("d1010a5402656e3132333435 3637".replace(" ", ""))
MOST_COMMANDS = 80


def said(conversation: Conversation, card: CardTwin) -> bytes:
    """What the conversation comes to with a card in a PC/SC slot, after so many commands at most."""
    slot = CardSlot(card)
    try:
        command = next(conversation)
        for _ in range(MOST_COMMANDS):
            response = slot.transmit(command)
            assert response is not None
            command = conversation.send(response)
    except StopIteration as exc:
        return bytes(exc.value)
    raise AssertionError("it never ends")


def type2(data: bytes, size: int = 144) -> bytes:
    return said(read_type2(), Type2Tag(memory_with(data, size)))


def refused(card: CardTwin) -> str:
    with pytest.raises(RecordError) as caught:
        said(read_type4() if card.ats else read_type2(), card)
    return str(caught.value)


def test_the_message_that_a_telephone_writes() -> None:
    assert said(read_type2(), tag_with(MESSAGE)) == MESSAGE


def test_what_stands_before_the_message_is_passed_over() -> None:
    before = b"\x00\x00" + tlv(1, bytes.fromhex("a00c34")) + tlv(0xFD, b"\x03\x02ab") + tlv(2, bytes.fromhex("a01044"))
    assert type2(before + tlv(3, MESSAGE)) == MESSAGE


def test_reserved_bytes_amid_the_message_are_passed_over() -> None:
    """Type 2 Tag, 2.3.3: eight bytes from byte 2 of page 6 on, where the page is four bytes."""
    control = tlv(2, bytes.fromhex("620802"))
    plain = control + tlv(3, MESSAGE)
    at = 6 * 4 + 2 - 16
    assert type2(plain[:at] + b"\xee" * 8 + plain[at:]) == MESSAGE


@pytest.mark.parametrize(
    ("kind", "control", "places"),
    [
        (1, "a01044", range(160, 162)),  # 16 lock bits behind an NTAG213's data
        (1, "a00944", range(160, 162)),  # bits fill their last byte
        (1, "f10003", range(121, 153)),  # 0 is 256 bits
        (2, "620802", range(26, 34)),
        (2, "620002", range(26, 282)),
        (2, "000100", range(1)),
    ],
)
def test_where_reserved_bytes_lie(kind: int, control: str, places: range) -> None:
    assert reserved(kind, bytes.fromhex(control)) == places


def test_a_long_message_says_its_length_in_three_bytes() -> None:
    long = bytes(range(256)) * 3
    assert said(read_type2(), tag_with(long, 872)) == long


def test_an_empty_message_is_one() -> None:
    assert type2(tlv(3, b"")) == b""


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\xfe" + tlv(3, MESSAGE), "no message before the terminator"),
        (b"", "beyond the tag's end"),
        (tlv(3, MESSAGE, 200), "longer than the tag"),
        (tlv(3, MESSAGE, 150), "beyond the tag's end"),
        (tlv(3, MESSAGE, 0xFFFE), "longer than the tag"),
        (tlv(3, MESSAGE, 0xFFFF), "reserved length"),
        (tlv(0xFD, b"", 0xFFFE) + tlv(3, MESSAGE), "longer than the tag"),
        (tlv(1, b"\xa0\x10"), "control TLV"),
        (tlv(2, bytes.fromhex("10ff04") * 2), "control TLV"),
        (tlv(2, bytes.fromhex("150000")) + tlv(3, MESSAGE), "beyond the tag's end"),
    ],
)
def test_a_tag_that_is_torn_or_lies_has_no_record(data: bytes, words: str) -> None:
    with pytest.raises(RecordError, match=words):
        type2(data)


@pytest.mark.parametrize(
    "card",
    [
        Type2Tag(memory_with(tlv(3, MESSAGE), version=0x20)),
        Type2Tag(memory_with(tlv(3, MESSAGE), access=0xF0)),
        Type2Tag(memory_with(tlv(3, MESSAGE)), protected_from=3),
        Type2Tag(bytes(64)),
        Type2Tag(memory_with(tlv(3, bytes(130))), protected_from=12),
    ],
    ids=["version", "access", "locked", "blank", "locked-amid"],
)
def test_a_type_2_tag_that_may_not_be_read_has_no_record(card: Type2Tag) -> None:
    assert refused(card)


def test_a_tag_larger_than_we_look_at_is_read_as_far_as_that() -> None:
    assert type2(tlv(0xFD, bytes(900)) + tlv(3, MESSAGE), 2040) == MESSAGE
    with pytest.raises(RecordError, match="end"):
        type2(tlv(0xFD, bytes(1000)) + tlv(3, MESSAGE), 2040)


@given(st.binary(max_size=300), st.lists(st.integers(0, 40)), st.integers(0, 63), st.integers(1, 40))
def test_any_message_is_found_wherever_it_lies(message: bytes, others: list[int], hole: int, size: int) -> None:
    """Other TLVs before it, and a hole of reserved bytes somewhere, from the end of its own TLV on."""
    control = tlv(2, bytes((hole >> 2 << 4 | 0, size, 4)))
    first = hole >> 2 << 4
    data = control + b"".join(tlv(0xFD, bytes(count)) for count in others[:5]) + tlv(3, message)
    at = max(0, first - 16)
    if first >= 16 + len(control):
        data = data[:at].ljust(at, b"\0") + b"\xee" * size + data[at:]
    elif first + size > 16 + len(control):
        hidden = first + size - 16 - len(control)
        data = control + b"\xee" * hidden + data[len(control) :]
    assert type2(data, 1008) == message


@given(st.binary(max_size=256))
def test_any_memory_ends_soon(memory: bytes) -> None:
    tag = Type2Tag(memory_with(memory, 1008))
    with suppress(RecordError):
        assert len(said(read_type2(), tag)) <= 1008 - 2  # of the data area, without type and length


@pytest.mark.parametrize("version", [1, 2, 3])
def test_the_message_of_a_type_4_tag(version: int) -> None:
    assert said(read_type4(), Type4Tag(MESSAGE, version=version)) == MESSAGE


@given(st.binary(max_size=1022), st.integers(15, 0xFFFF))
def test_a_message_comes_in_pieces_that_the_tag_can_give(message: bytes, most: int) -> None:
    assert said(read_type4(), Type4Tag(message, most=most)) == message


@pytest.mark.parametrize(
    ("card", "words"),
    [
        (Type4Tag(MESSAGE, version=4), "mapping version"),
        (Type4Tag(MESSAGE, said_length=0x400), "longer than its file"),
        (Type4Tag(MESSAGE, said_length=0xFFFF, file_size=0xFFFE), "than any we want"),
        (Type4Tag(MESSAGE, said_length=len(MESSAGE) + 1), "another number of bytes"),
        (Type4Tag(MESSAGE, read_access=0x80), "may not be read"),
        (Type4Tag(MESSAGE, file_size=4), "no NDEF file"),
        (Type4Tag(MESSAGE, short=1), "another number of bytes"),
        (Type4Tag(MESSAGE, most=14), "another number of bytes"),
    ],
)
def test_a_type_4_tag_that_lies_has_no_record(card: Type4Tag, words: str) -> None:
    assert words in refused(card)


@pytest.mark.parametrize(
    ("container", "words"),
    [
        ("000e20003b00340406e104040000ff", "another length"),
        ("ffff20003b00340406e104040000ff", "another length"),
        ("000f20003b00340406e1040400", "another length"),
        ("000f20000e00340406e104040000ff", "MLe"),
        ("000f20003b00340506e104040000ff", "no NDEF file"),
        ("000f20003b00340406e103040000ff", "no NDEF file"),
        ("000f20003b00340406ffff040000ff", "no NDEF file"),
        ("000f20003b00340406e104ffff00ff", "no NDEF file"),
    ],
)
def test_a_container_that_cannot_be_is_refused(container: str, words: str) -> None:
    with pytest.raises(RecordError, match=words):
        decode_container(bytes.fromhex(container))


def test_a_card_of_another_kind_has_no_record() -> None:
    conversation = read_type4()
    next(conversation)
    assert conversation.send(b"\x6a\x82") == bytes.fromhex("00A4040007D2760000850100")
    with pytest.raises(RecordError, match="no NDEF application"):
        conversation.send(b"\x6a\x82")
