"""Which numbers a card makes up, and who does so."""

import pytest

from firmware.badges.random_uid import CARD, TELEPHONE, is_random, is_random_number, who_hides


@pytest.mark.parametrize(
    ("uid", "expected"),
    [
        ("08a1b2c3", True),
        ("0800000a", True),
        ("08f00000", True),
        ("04a1b2c3", False),
        ("08a1b2c3d4e5f6", False),
        ("08a1b2", False),
        ("", False),
    ],
)
def test_a_single_size_uid_that_begins_with_08_is_random(uid: str, expected: bool) -> None:
    assert is_random(bytes.fromhex(uid)) is expected
    assert is_random_number(uid) is expected
    assert is_random_number(uid.upper()) is expected


def test_a_number_that_is_no_uid_is_not_random() -> None:
    assert not is_random_number("08a1b2cx")
    assert not is_random_number("08a1b2c3\n")
    assert not is_random_number("08a1b2c\u0663")


@pytest.mark.parametrize("number", ["08123456", "08000000"])
def test_eight_decimal_digits_may_be_what_is_printed_on_a_badge(number: str) -> None:
    assert is_random(bytes.fromhex(number))
    assert not is_random_number(number)


@pytest.mark.parametrize(
    ("ats", "who"),
    [
        ("0578807002", TELEPHONE),
        ("0238", TELEPHONE),
        ("067577810280", CARD),  # DESFire: one historical byte
        ("1478807002" + "41434f532044496e616132204c633600", CARD),  # a bank's
        ("", CARD),
        ("01", CARD),
    ],
)
def test_telephones_have_no_historical_bytes(ats: str, who: str) -> None:
    assert who_hides(bytes.fromhex(ats)) == who
