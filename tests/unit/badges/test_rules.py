"""Rules as a whole: whatever a card brings, there is a number or one kind of error, and neither shows the card."""

import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.badges.number import LONGEST, SHORTEST, BadgeUnreadableError
from firmware.badges.raw import RawRead
from firmware.badges.rules import MOST_STEPS, RuleError, Rules
from firmware.badges.steps import KINDS
from firmware.badges.value import LONGEST_BITS, LONGEST_TEXT
from firmware.badges.wiegand import FORMATS

CODES = {"badge-unreadable", "badge-length", "badge-format", "badge-parity"}
STEPS = st.one_of(
    st.sampled_from([kind.example[0] for kind in KINDS]),
    st.builds("bits {0}-{1}".format, st.integers(0, 9), st.integers(9, 40)),
    st.builds("{0} {1}".format, st.sampled_from(["first", "last", "remove-first", "remove-last"]), st.integers(1, 20)),
    st.builds("wiegand {0}".format, st.sampled_from(list(FORMATS))),
    st.just("pad 999"),
    st.just("ascii-enc|hex2dec|reverse-bits"),
)
TEXTS = st.one_of(
    st.text("0123456789", max_size=60),
    st.text("0123456789abcdefABCDEF", max_size=60),
    st.text(st.characters(max_codepoint=0x7F), max_size=60),
).map(lambda text: RawRead(text.encode()))
FRAMES = st.builds(RawRead, st.binary(max_size=40), st.just(False), st.integers(0, 400))
RAWS = st.one_of(TEXTS, FRAMES, st.binary(max_size=2000).map(RawRead))


def ended(rules: Rules, raw: RawRead) -> tuple[str, str]:
    """The number, or the code of the error."""
    try:
        return rules.apply(raw), ""
    except BadgeUnreadableError as exc:
        return "", exc.code


@given(st.lists(STEPS, max_size=8), RAWS)
def test_any_card_through_any_rules_is_a_number_or_unreadable(steps: list[str], raw: RawRead) -> None:
    rules = Rules.parse(steps)
    number, code = ended(rules, raw)
    if code:
        assert code in CODES
        return
    assert SHORTEST <= len(number) <= LONGEST
    assert number.isascii()
    assert number.isalnum()
    assert rules.trace(raw)[-1][1].strip().lower() == number.lower() or not steps


@given(st.lists(STEPS, min_size=1, max_size=4), st.text("56789", min_size=7, max_size=20), st.booleans())
def test_nothing_of_the_card_is_in_what_is_shown(steps: list[str], text: str, is_text: bool) -> None:
    raw = RawRead(text.encode() if is_text else bytes.fromhex(text[: len(text) // 2 * 2]), is_text)
    rules = Rules.parse([*steps, "length 999"])
    with pytest.raises(BadgeUnreadableError) as caught:
        rules.apply(raw)
    shown = f"{raw!r} {rules!r} {caught.value!r}" + "".join(traceback.format_exception(caught.value))
    assert text not in shown
    assert text[:6] not in shown


@given(st.lists(st.text(max_size=40), max_size=5))
def test_any_text_is_a_rule_or_is_refused(steps: list[str]) -> None:
    try:
        rules = Rules.parse(steps)
    except RuleError as exc:
        told = exc.detail
    else:
        assert rules.steps == tuple(steps)
        return
    assert told.startswith("step ")


def test_without_rules_the_number_is_what_the_reader_sends() -> None:
    assert Rules().apply(RawRead(b"\x0204A1B2C3\x03\r\n")) == "04a1b2c3"
    assert Rules() == Rules.parse([])
    assert Rules().trace(RawRead(b"\x0204A1B2C3\r")) == (("raw", "\\x0204A1B2C3\\x0d"),)


def test_framing_is_gone_before_the_first_step() -> None:
    assert Rules.parse(["regex ^(.*)$", "remove-last 1"]).apply(RawRead(b"\x02 12345\r\n")) == "1234"


def test_a_trace_tells_every_step() -> None:
    rules = Rules.parse(["trim", "ascii-enc|hex2dec", "last 4"])
    assert rules.trace(RawRead(b"3934364542443238=7")) == (
        ("raw", "3934364542443238=7"),
        ("trim", "3934364542443238"),
        ("ascii-enc|hex2dec", "2490285352"),
        ("last 4", "5352"),
    )


def test_an_error_names_the_step() -> None:
    rules = Rules.parse(["trim", "hex2dec", "first 20"])
    with pytest.raises(BadgeUnreadableError, match=r"^badge-length: step 3, first: too short$"):
        rules.apply(RawRead(b"946EBD28"))
    with pytest.raises(BadgeUnreadableError, match=r"^badge-format: step 2, hex2dec: not hexadecimal$"):
        rules.trace(RawRead(b"946EBD2G"))


@pytest.mark.parametrize(
    ("steps", "raw", "code"),
    [
        ([], RawRead(b"12:34:56"), "badge-unreadable"),
        ([], RawRead("1234é".encode()), "badge-unreadable"),
        (["first 4"], RawRead("1234é".encode()), "badge-unreadable"),
        (["trim"], RawRead(b"=12345"), "badge-unreadable"),
        (["first 3"], RawRead(b"12345"), "badge-length"),
        ([], RawRead(b"1" * (LONGEST_TEXT + 1)), "badge-length"),
        (["first 8"], RawRead(b"1" * (LONGEST_TEXT + 1)), "badge-length"),
        (["first 8"], RawRead(bytes(LONGEST_BITS // 8 + 1), is_text=False), "badge-length"),
        ([], RawRead(b"", is_text=False), "badge-unreadable"),
        (["reverse-bits"], RawRead(b"", is_text=False), "badge-unreadable"),
        (["wiegand H10301"], RawRead(b"\xb4\x01\xee\xc0", is_text=False, bits=27), "badge-format"),
        (["wiegand H10301"], RawRead(b"\xb4\x01\xee\xc0", is_text=False), "badge-format"),
        (["wiegand H10301"], RawRead(b"\xb4\x01\xee\x80", is_text=False, bits=26), "badge-parity"),
    ],
)
def test_what_is_unreadable_says_why(steps: list[str], raw: RawRead, code: str) -> None:
    with pytest.raises(BadgeUnreadableError) as caught:
        Rules.parse(steps).apply(raw)
    assert caught.value.code == code


def test_a_frame_that_does_not_fill_its_bytes() -> None:
    """26 bits, left-aligned in four bytes; what fills the last one does not count."""
    for filling in (0x00, 0x3F):
        raw = RawRead(bytes((0xB4, 0x01, 0xEE, 0xC0 | filling)), is_text=False, bits=26)
        assert raw.text == "2d007bb"
        assert Rules().apply(raw) == "2d007bb"
        assert Rules.parse(["hex2dec"]).apply(raw) == str(0x02D007BB)
        assert Rules.parse(["wiegand H10301 facility-card"]).apply(raw) == "10400989"
        assert Rules.parse(["bits 9-24|hex2dec|pad 5"]).apply(raw) == "00989"
        assert Rules.parse(["bits 1-8|hex2dec|pad 4"]).apply(raw) == "0104"


def test_more_bits_than_there_are_bytes_for_are_not_invented() -> None:
    assert RawRead(b"\x94\x6e\xbd\x28", is_text=False, bits=99).text == "946ebd28"


@given(st.binary(max_size=40))
def test_what_people_see_of_text_is_printable(data: bytes) -> None:
    assert RawRead(data).text.isprintable()
    assert RawRead(data).text.isascii()
    assert RawRead(data, is_text=False).text == data.hex()


def test_there_are_not_endlessly_many_steps() -> None:
    assert len(Rules.parse(["trim"] * MOST_STEPS).steps) == MOST_STEPS
    with pytest.raises(RuleError, match="more than 32 steps"):
        Rules.parse(["trim"] * (MOST_STEPS + 1))
