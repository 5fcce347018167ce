"""The number of a tap: by its reader's rules, else by the site's."""

import pytest

from firmware.badges.number import BadgeUnreadableError
from firmware.badges.rules import RuleError
from firmware.numbers import Numbers
from hal.ports.badge_reader import Form, Tap

NUMBERS = Numbers.configured(
    ["hex2dec"], {"back": ["reverse-bytes", "hex2dec"], "lobby": [], "door": ["wiegand H10301"]}
)


@pytest.mark.parametrize(
    ("reader", "number"),
    [("front", "2490285352"), ("back", "683503252"), ("lobby", "946ebd28"), ("", "2490285352")],
)
def test_each_reader_has_its_rules(reader: str, number: str) -> None:
    assert NUMBERS.number(Tap(reader, b"946EBD28")) == number
    assert NUMBERS.number(Tap(reader, bytes.fromhex("946EBD28"), Form.BITS)) == number


def test_a_frame_that_does_not_fill_its_bytes() -> None:
    tap = Tap("door", bytes.fromhex("B401EEC0"), Form.BITS, bits=26)
    with pytest.raises(BadgeUnreadableError, match="badge-length"):
        NUMBERS.number(tap)  # 989 is too short for a card number
    assert NUMBERS.trace(tap) == (("raw", "2d007bb"), ("wiegand H10301", "989"))
    assert NUMBERS.number(Tap("front", tap.credential, Form.BITS, bits=26)) == str(0x02D007BB)


def test_a_trace_is_by_the_same_rules() -> None:
    assert NUMBERS.trace(Tap("front", b"946EBD28")) == (("raw", "946EBD28"), ("hex2dec", "2490285352"))
    assert NUMBERS.trace(Tap("lobby", b"946EBD28")) == (("raw", "946EBD28"),)


def test_without_rules() -> None:
    assert Numbers().number(Tap("front", b"04A1B2C3\r")) == "04a1b2c3"


def test_a_rule_that_cannot_be_is_refused() -> None:
    with pytest.raises(RuleError):
        Numbers.configured([], {"front": ["hex2oct"]})
