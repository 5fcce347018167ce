"""What a line says in each dialect of lines: published samples, and whatever else may come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hal.framing.dialect import CardRead
from hal.framing.inditag import tag
from hal.framing.rfideas import RfIdeas
from hal.framing.twn3 import prox
from hal.ports.badge_reader import Fault, Form, Medium


def test_the_frame_of_the_twn3_manual() -> None:
    assert prox(b"1A808001C0") == CardRead(bytes.fromhex("808001C0"), Form.BITS, 26, Medium.LF)


@given(st.binary(min_size=1, max_size=32), st.integers(0, 7), st.booleans())
def test_any_frame_of_bits_comes_through_and_its_padding_does_not(frame: bytes, unused: int, lower: bool) -> None:
    count = len(frame) * 8 - unused
    line = bytes([count & 0xFF]).hex() + frame.hex()
    read = prox((line if lower else line.upper()).encode())
    if count == 256:  # one more than a byte can say
        assert read is Fault.GARBLED
    else:
        padded = int.from_bytes(frame) >> unused << unused
        assert read == CardRead(padded.to_bytes(len(frame)), Form.BITS, count, Medium.LF)


@pytest.mark.parametrize(
    "line",
    [b"1A808001", b"1A808001C000", b"1A808001C", b"1A8080 1C0", b"00", b"0080", b"1AGG8001C0", b"FF" + b"00" * 33],
)
def test_a_frame_of_another_length_or_of_other_characters_is_none(line: bytes) -> None:
    assert prox(line) is Fault.GARBLED


def test_the_tag_of_the_twn3_manual() -> None:
    assert tag(b":112233445501") == CardRead(bytes.fromhex("1122334455"), Form.BITS, 40, Medium.LF)


@given(st.binary(min_size=1, max_size=32))
def test_any_tag_comes_through_with_its_checksum_alone(number: bytes) -> None:
    right = -sum(number) % 256
    for last in range(256):
        expected = CardRead(number, Form.BITS, 8 * len(number), Medium.LF) if last == right else Fault.CHECKSUM
        assert tag(b":" + (number + bytes([last])).hex().encode()) == expected


@pytest.mark.parametrize("line", [b"112233445501", b":", b":01", b":1122334455010", b":11 22", b":" + b"00" * 34])
def test_what_has_not_the_form_of_a_tag_is_noise_and_no_checksum(line: bytes) -> None:
    assert tag(line) is Fault.GARBLED


@pytest.mark.parametrize(
    ("meaning", "line", "told"),
    [
        (RfIdeas(), b"0012345678", b"0012345678"),
        (RfIdeas(), b"04a1B2C3", b"04a1B2C3"),
        (RfIdeas(b":"), b"117:44125", b"117:44125"),
        (RfIdeas(b"-"), b"44125", b"44125"),
        (RfIdeas(b"\x00"), b"117\x0044125", b"117:44125"),
        (RfIdeas(digits="hex"), b"BEEF", b"BEEF"),
        (RfIdeas(), b"rfid:op.beep=1", None),
        (RfIdeas(), b"RFID:qid", None),
        (RfIdeas(), b"RF IDeas>", None),
        (RfIdeas(), b"{0x00BB,1,0x0000,80;0x000000801CD1931B2F14}", None),
        (RfIdeas(), b"117:44125", Fault.GARBLED),
        (RfIdeas(b":"), b"117::44125", Fault.GARBLED),
        (RfIdeas(b":"), b"117:", Fault.GARBLED),
        (RfIdeas(b"."), b"117,44125", Fault.GARBLED),
        (RfIdeas(digits="dec"), b"BEEF", Fault.GARBLED),
        (RfIdeas(), b"\xb0\xb1", Fault.GARBLED),
    ],
)
def test_rf_ideas_lines(meaning: RfIdeas, line: bytes, told: bytes | Fault | None) -> None:
    assert meaning(line) == (CardRead(told) if isinstance(told, bytes) else told)
