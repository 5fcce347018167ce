"""Card numbers: one canonical text for each card, whatever the reader puts around it."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.badges.number import LONGEST, SHORTEST, BadgeUnreadableError, card_number


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        (b"04A1B2C3", "04a1b2c3"),
        (b"04a1b2c3\r\n", "04a1b2c3"),
        (b"\x0204A1B2C3\x03", "04a1b2c3"),
        (b"\x00 \t04A1B2C3\x7f\r", "04a1b2c3"),
        (b"2490285352", "2490285352"),
        (b"0000001234", "0000001234"),
        (b"Q7xZ-"[:4] + b"99", "Q7xZ99"),
        (b"0" * LONGEST, "0" * LONGEST),
        (b"1" * SHORTEST, "1" * SHORTEST),
    ],
)
def test_one_card_one_number(raw: bytes, number: str) -> None:
    assert card_number(raw) == number


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\r\n",
        b"04:A1:B2",
        b"04 A1 B2",
        b"04a1\x0004b2",
        b"caf\xc3\xa9",
        b"\xff" * 8,
    ],
)
def test_what_is_no_number_is_refused_and_not_quoted(raw: bytes) -> None:
    with pytest.raises(BadgeUnreadableError) as caught:
        card_number(raw)
    assert caught.value.code == "badge-unreadable"
    assert caught.value.__cause__ is None
    if raw.strip():
        assert raw.decode("latin-1").strip() not in f"{caught.value!r} {caught.value}"


@pytest.mark.parametrize("raw", [b"123", b"\x02123\x03", b"0" * (LONGEST + 1)])
def test_a_number_has_its_length(raw: bytes) -> None:
    with pytest.raises(BadgeUnreadableError) as caught:
        card_number(raw)
    assert caught.value.code == "badge-length"
    assert "123" not in str(caught.value)


FRAMING = st.binary(max_size=4).map(lambda noise: bytes(byte % 0x21 for byte in noise))


@given(st.text(string.ascii_letters + string.digits, min_size=SHORTEST, max_size=LONGEST), FRAMING, FRAMING)
def test_framing_never_changes_the_number(number: str, before: bytes, after: bytes) -> None:
    canonical = card_number(number.encode())
    assert card_number(before + number.encode() + after) == canonical
    assert card_number(canonical.encode()) == canonical


@given(st.text("0123456789abcdefABCDEF", min_size=SHORTEST, max_size=LONGEST))
def test_hexadecimal_has_one_case(number: str) -> None:
    assert card_number(number.upper().encode()) == card_number(number.lower().encode()) == number.lower()


@given(st.binary(max_size=200))
def test_any_bytes_are_a_number_or_refused(raw: bytes) -> None:
    try:
        number = card_number(raw)
    except BadgeUnreadableError:
        return
    assert SHORTEST <= len(number) <= LONGEST
    assert number.isascii()
    assert number.isalnum()
