"""Patterns: what RE2 can, what it refuses and with which words, and that no pattern can hold up a tap."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.badges.number import BadgeUnreadableError
from firmware.badges.pattern import LONGEST_PATTERN, Pattern

PLENTY_SECONDS = 1.0
"""Of this process. An engine that goes back and tries again takes longer than anybody waits."""


@pytest.mark.parametrize(
    "pattern", ["(?=4)", "(?!4)", "(?<=4)", "(?<!4)", r"(a)\1", "a++", "(?>a)", r"\Ga", r"(?<x>a)\k<x>"]
)
def test_what_only_java_has_is_refused_with_the_reason(pattern: str) -> None:
    with pytest.raises(ValueError, match="RE2 has none of them"):
        Pattern(pattern)


@pytest.mark.parametrize("pattern", ["(", "[", "a{2,1}", "*", "(?P<x>a", "a{1001}", "(" * 200])
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"missing|bad repetition|no argument|invalid"):
        Pattern(pattern)


def test_a_pattern_has_its_length_and_its_memory() -> None:
    Pattern("a" * LONGEST_PATTERN)
    with pytest.raises(ValueError, match="at most 256 characters"):
        Pattern("a" * (LONGEST_PATTERN + 1))
    with pytest.raises(ValueError, match="too large"):
        Pattern(r"(\pL\pN\pS\pP\pZ){150}")


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", "(a|a?)+$", "(.*a){12}$", "(a*)*b"])
def test_no_pattern_takes_long(pattern: str) -> None:
    began = time.process_time()
    with pytest.raises(BadgeUnreadableError):
        Pattern(pattern)("a" * 1023 + ",")
    assert time.process_time() - began < PLENTY_SECONDS


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=40), st.text(max_size=20))
def test_any_pattern_is_one_or_is_refused(pattern: str, text: str) -> None:
    try:
        find = Pattern(pattern)
    except ValueError:
        return
    text = text.encode("ascii", "ignore").decode()
    try:
        found = find(text)
    except BadgeUnreadableError:
        return
    assert found
    assert found in text


def test_nothing_is_written_to_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="missing"):
        Pattern("(")
    assert capfd.readouterr() == ("", "")
