"""The steps, one by one: what each does, what it refuses and with which code, and how it must be written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.badges.number import BadgeUnreadableError
from firmware.badges.raw import RawRead
from firmware.badges.rules import RuleError, Rules
from firmware.badges.steps import KINDS, Kind

HEX = st.text("0123456789abcdefABCDEF", min_size=1, max_size=200)
DIGITS = st.text("0123456789", min_size=1, max_size=200)
BYTES = st.binary(min_size=1, max_size=40)


def after(steps: str, text: str) -> str:
    """The text after `steps`, with `then` between them."""
    return Rules.parse(steps.split(" then ")).trace(RawRead(text.encode()))[-1][1]


def refused(steps: str, text: str) -> str:
    with pytest.raises(BadgeUnreadableError) as caught:
        after(steps, text)
    assert text not in str(caught.value)
    return caught.value.code


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_example_of_each(kind: Kind) -> None:
    step, before, then = kind.example
    assert step.split(" ")[0] == kind.name
    assert after(step, before) == then


@pytest.mark.parametrize(
    ("step", "text", "then"),
    [
        ("trim", "5235092385", "5235092385"),
        ("trim", "1=2=3", "1"),
        ("regex (.{10})", "12345678901234", "1234567890"),
        (r"regex (\d{19})", ";1234567890123456789=99", "1234567890123456789"),
        (r"regex ^(?:;0)?(\d{8})", ";012345678=99", "12345678"),
        (r"regex ^(?:;0)?(\d{8})", "1234567890", "12345678"),
        (r"regex \d{3}", "ab123456", "123"),
        ("regex a|b", "xb", "b"),
        ("hex2dec", "000000ff", "255"),
        ("hex2dec", "0", "0"),
        ("hex2dec", "E6D5C4B3A20401", "64974285447496705"),
        ("hex2dec", "04A2B3C4D5E680", "1304792892040832"),  # seven bytes
        ("dec2hex", "0255", "FF"),
        ("dec2hex", "0", "0"),
        ("ascii-enc|hex2dec", "3934364542443238", "2490285352"),
        ("trim | hex2dec", "ff=3", "255"),
        ("reverse-bytes then hex2dec", "946EBD28", "683503252"),
        ("reverse-bytes then hex2dec", "28BD6E94", "2490285352"),
        ("bits 0-0", "80", "1"),
        ("bits 4-15", "abcd", "bcd"),
        ("remove-first 4", "1234", ""),
        ("remove-last 4", "1234", ""),
        ("pad 3", "1234", "1234"),
        ("pad 5", "-1", "000-1"),
        ("length 4", "1234", "1234"),
        ("wiegand H10301", "2D007BB", "989"),
        ("wiegand H10301 card", "000002D007BB", "989"),
        ("wiegand H10301 facility", "02D007BB", "104"),
        ("wiegand H10304 facility-card", "0584A2B940", "22602089248"),
        ("wiegand C1k35s", "4A72010B3", "2137"),
        # a user's request: every byte's bits turned round, the number printed on the tag
        (
            "remove-first 2 then remove-last 2 then reverse-bits then reverse-bytes then hex2dec",
            "010EEFEDC5C8",
            "1895282595",
        ),
        # a manufacturer's table of byte and bit orders of one card
        ("dec2hex then reverse-bits then hex2dec", "3829098359", "4008107047"),
        ("dec2hex then reverse-bytes then hex2dec", "3829098359", "2003254244"),
        ("dec2hex then reverse-bits then reverse-bytes then hex2dec", "3829098359", "668788462"),
        # another one's: the last four bytes in decimal, and facility code and number of the last three
        ("last 8 then hex2dec then pad 10", "0801161DD6", "0018226646"),
    ],
)
def test_more_of_each(step: str, text: str, then: str) -> None:
    assert after(step, text) == then


@pytest.mark.parametrize(
    ("step", "text", "code"),
    [
        ("regex (\\d{9})", "12345678", "badge-format"),
        ("regex (x)?\\d", "12345678", "badge-format"),
        ("hex2dec", "12345678G", "badge-format"),
        ("hex2dec", "0x123456", "badge-format"),
        ("hex2dec", "12_34_56", "badge-format"),
        ("hex2dec", "-1234567", "badge-format"),
        ("dec2hex", "946EBD28", "badge-format"),
        ("dec2hex", "12.34567", "badge-format"),
        ("dec2hex", "1e234567", "badge-format"),
        ("ascii-enc", "393", "badge-format"),
        ("ascii-enc", "3900", "badge-format"),
        ("ascii-enc", "39ff", "badge-format"),
        ("reverse-bytes", "46EBD28", "badge-format"),
        ("reverse-bits", "46EBD28x", "badge-format"),
        ("savapage", "46EBD28", "badge-format"),
        ("invert", "=", "badge-format"),
        ("bits 1-32", "946EBD28", "badge-format"),
        ("remove-first 9", "12345678", "badge-length"),
        ("remove-last 9", "12345678", "badge-length"),
        ("first 9", "12345678", "badge-length"),
        ("last 9", "12345678", "badge-length"),
        ("length 9", "12345678", "badge-length"),
        ("length 9-12", "12345678", "badge-length"),
        ("length 4-7", "12345678", "badge-length"),
        ("wiegand H10301", "02D007BA", "badge-parity"),
        ("wiegand H10301", "06D007BB", "badge-format"),  # a bit above the frame
        ("wiegand H10301", "D007BB", "badge-format"),  # too few
        ("wiegand H10301", "10000101110101100010111010", "badge-format"),
        ("wiegand H10301", "02D007BG", "badge-format"),
        ("hex2dec", "f" * 900, "badge-length"),
        ("trim", "1" * 1025, "badge-length"),
    ],
)
def test_what_a_step_cannot_take(step: str, text: str, code: str) -> None:
    assert refused(step, text) == code


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ("hex2oct", "no such step; there is trim, regex"),
        ("", "no such step"),
        ("HEX2DEC", "no such step"),
        ("GLOBAL", "no such step"),
        ("ascii-enc||hex2dec", "no such step"),
        ("javascript:custom/card.js", "scripts are not run"),
        ("trim 3", "write it as trim"),
        ("first", "write it as first N"),
        ("first 0", "write it as first N"),
        ("first -1", "write it as first N"),
        ("first 1000", "write it as first N"),
        ("first ²", "other characters than printable ASCII"),
        ("bits 3", "write it as bits A-B"),
        ("bits 9-3", "the last bit stands before the first"),
        ("length 9-3", "the larger length stands before the smaller"),
        ("wiegand", "write it as wiegand FORMAT"),
        ("wiegand H10303", "no such format; there is H10301"),
        ("wiegand H10301 both", "write it as wiegand FORMAT"),
        ("wiegand H10302 facility", "H10302 has no facility code"),
        ("regex", "write it as regex PATTERN"),
        ("regex (\\d+)|hex2dec", "write hex2dec as the next step"),
        ("regex (", "missing )"),
        ("trim\n", "other characters than printable ASCII"),
        ("regex " + "a" * 257, "at most 256 characters"),
        ("x" * 301, "more than 300 characters"),
        ("|".join(["trim"] * 33), "more than 32 steps"),
    ],
)
def test_a_step_that_cannot_be_says_why(step: str, told: str) -> None:
    with pytest.raises(RuleError) as caught:
        Rules.parse(["upper", step])
    assert caught.value.code == "badge-rule-invalid"
    assert caught.value.detail.startswith("step 2 (")
    assert told in caught.value.detail


@given(DIGITS)
def test_decimal_comes_back(number: str) -> None:
    assert after("dec2hex|hex2dec", number) == str(int(number))


@given(HEX)
def test_hexadecimal_comes_back_but_for_zeros(number: str) -> None:
    assert after(f"hex2dec then dec2hex then pad {len(number)}", number) == number.upper()


@given(BYTES)
def test_what_is_done_twice_is_undone(card: bytes) -> None:
    for step in ("reverse-bytes", "reverse-bits", "invert"):
        assert after(f"{step} then {step}", card.hex()) == card.hex()


@given(BYTES)
def test_orders_of_bytes_and_bits(card: bytes) -> None:
    assert after("reverse-bytes", card.hex()) == card[::-1].hex()
    each = bytes(int(f"{byte:08b}"[::-1], 2) for byte in card)
    assert after("reverse-bits then reverse-bytes", card.hex()) == each.hex()
    assert after("invert", card.hex()) == bytes(byte ^ 0xFF for byte in card).hex()


@given(BYTES, st.data())
def test_bits_are_those_of_the_binary_text(card: bytes, data: st.DataObject) -> None:
    last = data.draw(st.integers(0, len(card) * 8 - 1))
    first = data.draw(st.integers(0, last))
    binary = "".join(f"{byte:08b}" for byte in card)
    assert after(f"bits {first}-{last} then hex2dec", card.hex()) == str(int(binary[first : last + 1], 2))


@given(st.text("0123456789ABCDEF", min_size=1, max_size=100))
def test_ascii_inside_hexadecimal(text: str) -> None:
    assert after("ascii-enc", text.encode().hex()) == text
