"""The format solver on cards as sites have them: the rule comes first, and what cannot be told apart is said."""

import pytest

from firmware.badges.raw import RawRead
from firmware.badges.rules import Rules
from firmware.badges.solver import MOST_CARDS, SHOWN, Known, Solution, solve

FRAME = "10000101110101100010111010"
"""Facility 11, card 44125, of H10301: a published sample."""


def sent(text: str, printed: str) -> Known:
    return Known(RawRead(text.encode()), printed)


def framed(bits: str, printed: str) -> Known:
    size = (len(bits) + 7) // 8
    return Known(RawRead(int(bits.ljust(size * 8, "0"), 2).to_bytes(size), is_text=False, bits=len(bits)), printed)


def shown(solution: Solution) -> list[tuple[str, ...]]:
    return [candidate.steps for candidate in solution.candidates]


@pytest.mark.parametrize(
    ("raw", "printed", "steps"),
    [
        ("946EBD28", "946EBD28", ()),
        ("946EBD28", "94-6e-bd-28", ()),
        ("\x02946EBD28\x03\r\n", "946EBD28", ()),
        ("946EBD28", "2490285352", ("hex2dec",)),
        ("2490285352", "946EBD28", ("dec2hex",)),
        ("946EBD28", "683503252", ("reverse-bytes", "hex2dec")),
        ("946EBD28", "0683503252", ("reverse-bytes", "hex2dec", "pad 10")),
        ("946EBD28", "28BD6E94", ("reverse-bytes",)),
        ("2490285352", "683 503 252", ("dec2hex", "pad 8", "reverse-bytes", "hex2dec")),
        ("3934364542443238", "2490285352", ("ascii-enc", "hex2dec")),
        ("5235092385=8", "5235092385", ("trim",)),
        ("S0012345678", "0012345678", ("regex ^[A-Za-z]+([0-9]+)$",)),
        ("00946EBD2833", "2490285352", ("remove-last 2", "hex2dec")),
        ("21758BA", "11-44125", ("wiegand H10301 facility-card",)),
        ("35084474", "1144125", ("dec2hex", "pad 7", "wiegand H10301 facility-card")),
    ],
)
def test_one_card_is_enough_for_what_readers_usually_do(raw: str, printed: str, steps: tuple[str, ...]) -> None:
    solution = solve([sent(raw, printed)])
    assert shown(solution)[0] == steps
    assert not solution.ambiguous


@pytest.mark.parametrize(
    ("printed", "what", "number", "ambiguous"),
    [
        ("44125", "card", "44125", True),
        ("1144125", "facility-card", "1144125", False),
        ("11-44125", "facility-card", "1144125", False),
        ("11 / 44125", "facility-card", "1144125", False),
        ("No. 44125", "card", "44125", True),
        ("No 44125", "card", "44125", True),
    ],
)
def test_a_wiegand_frame_is_known_by_its_numbers(printed: str, what: str, number: str, ambiguous: bool) -> None:
    """Of the card number alone it stays open whether small ones have zeros."""
    solution = solve([framed(FRAME, printed)])
    assert shown(solution)[0] == (f"wiegand H10301 {what}",)
    assert solution.candidates[0].numbers == (number,)
    assert solution.ambiguous is ambiguous


def test_a_run_of_a_magnetic_stripe() -> None:
    solution = solve([sent(";123453=292929=1221?", "292929")])
    assert Rules.parse(shown(solution)[0]).apply(RawRead(b";123453=303030=1221?")) == "303030"


def test_what_one_card_cannot_tell_is_ambiguous_and_the_next_one_settles_it() -> None:
    first = solve([sent("0012345678", "12345678")])
    assert first.ambiguous
    assert ("last 8",) in shown(first)
    second = solve([sent("0012345678", "12345678"), sent("0112345678", "112345678")])
    assert shown(second) == [("regex ^0*([0-9A-Za-z]+)$",)]
    other = solve([sent("0012345678", "12345678"), sent("0112345678", "12345678")])
    assert shown(other) == [("last 8",)]


def test_zeros_that_are_printed_are_a_choice_and_no_ambiguity() -> None:
    solution = solve([sent("946EBD28", "0683503252")])
    assert [candidate.numbers for candidate in solution.candidates] == [("0683503252",), ("683503252",)]
    assert not solution.ambiguous


def test_a_less_literal_reading_with_odder_steps_is_no_candidate() -> None:
    assert shown(solve([sent("946EBD28", "2490-285352")])) == [("hex2dec",)]


def test_a_card_number_of_few_digits_is_filled_up() -> None:
    solution = solve([framed("10000000100000000000000111", "3")])
    assert shown(solution)[0] == ("wiegand H10301 card", "pad 5")
    assert solution.candidates[0].numbers == ("00003",)


def test_bits_from_anywhere_only_where_nothing_usual_fits() -> None:
    bits = "110" + f"{54321:020b}" + "0110111"
    solution = solve([framed(bits, "54321")])
    assert solution.ambiguous  # the zeros above the number may belong to it, or not
    assert all(any(step.startswith("bits ") for step in steps) for steps in shown(solution))
    full = "111" + f"{(1 << 20) - 7:020b}" + "0110111"
    both = [framed(bits, "54321"), framed(full, str((1 << 20) - 7))]
    assert shown(solve(both))[0] == ("bits 3-22", "hex2dec")


@pytest.mark.parametrize("printed", ["", "   ", "--", "½¾", "\x00", "12"])
@pytest.mark.parametrize("raw", ["946EBD28", ""])
def test_a_text_without_a_number_finds_nothing(raw: str, printed: str) -> None:
    assert solve([sent(raw, printed)]).candidates == ()


def test_nothing_explains_two_cards_that_contradict_each_other() -> None:
    cards = [sent("946EBD28", "2490285352"), sent("946EBD28", "2490285353")]
    assert solve(cards) == Solution(())


def test_numbers_stand_in_no_repr() -> None:
    cards = [sent("946EBD28", "2490285352")]
    told = repr((cards, solve(cards)))
    assert "2490285352" not in told
    assert "946" not in told


def test_more_cards_and_candidates_than_are_looked_at() -> None:
    cards = [sent("1" * 128, "1111")] * (MOST_CARDS + 1)
    assert 0 < len(solve(cards).candidates) <= SHOWN
