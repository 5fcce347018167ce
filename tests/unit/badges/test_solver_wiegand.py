"""The solver on sites with Wiegand badges: what it calls unambiguous serves every card, those with few digits too."""

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.badges.frames import frames
from firmware.badges.raw import RawRead
from firmware.badges.rules import Rules
from firmware.badges.solver import MOST_CARDS, Known, Solution, solve
from firmware.badges.wiegand import Credential, encode

CARD, BOTH = "wiegand H10301 card", "wiegand H10301 facility-card"
Form = Callable[[int], RawRead]


def bits(value: int) -> RawRead:
    return RawRead((value << 6).to_bytes(4), is_text=False, bits=26)


FORMS: dict[str, Form] = {
    "bits": bits,
    "hexadecimal": lambda value: RawRead(b"%07X" % value),
    "long hexadecimal": lambda value: RawRead(b"%010x" % value),
    "decimal": lambda value: RawRead(b"%d" % value),
    "filled decimal": lambda value: RawRead(b"%08d" % value),
}
PRINTS: dict[str, Callable[[int, int], str]] = {
    "card": lambda _, card: f"{card}",
    "five digits": lambda _, card: f"{card:05}",
    "with its word": lambda _, card: f"No. {card:05}",
    "both, filled": lambda facility, card: f"{facility:03}-{card:05}",
    "both, card filled": lambda facility, card: f"{facility}-{card:05}",
    "both, short": lambda facility, card: f"{facility}-{card}",
    "together": lambda facility, card: f"{facility:03}{card:05}",
}
MEANT: dict[str, Callable[[int, int], str]] = {
    "card": lambda _, card: f"{card:05}",
    "five digits": lambda _, card: f"{card:05}",
    "with its word": lambda _, card: f"{card:05}",
    "both, filled": lambda facility, card: f"{facility:03}{card:05}",
    "both, card filled": lambda facility, card: f"{facility}{card:05}",
    "both, short": lambda facility, card: f"{facility}{card:05}",
    "together": lambda facility, card: f"{facility:03}{card:05}",
}
"""The numbers of which every card has its own, and none is too short."""


def badge(facility: int, card: int, form: str = "bits") -> RawRead:
    return FORMS[form](encode(Credential("H10301", facility, card)).value)


def solved(*cards: tuple[int, int, str], form: str = "bits") -> Solution:
    return solve([Known(badge(facility, card, form), printed) for facility, card, printed in cards])


def shown(solution: Solution) -> list[tuple[str, ...]]:
    return [candidate.steps for candidate in solution.candidates]


def test_a_rule_that_refuses_small_numbers_has_the_filled_one_for_a_rival() -> None:
    solution = solved((11, 44125, "44125"))
    assert shown(solution) == [(CARD,), (CARD, "pad 5")]
    assert [candidate.refuses for candidate in solution.candidates] == [True, False]
    assert solution.ambiguous


@pytest.mark.parametrize("printed", ["3", "03", "00003"])
def test_a_small_card_settles_it(printed: str) -> None:
    solution = solved((11, 44125, "44125"), (1, 3, printed))
    assert shown(solution) == [(CARD, "pad 5")]
    assert solution.candidates[0].numbers == ("44125", "00003")
    assert not solution.ambiguous


def test_the_rule_that_serves_every_card_is_offered_where_the_print_has_no_zeros() -> None:
    solution = solved((11, 44125, "44125"), (11, 1234, "1234"))
    assert [(one.steps, one.numbers) for one in solution.candidates] == [
        ((CARD,), ("44125", "1234")),
        ((CARD, "pad 5"), ("44125", "01234")),
    ]
    assert solution.ambiguous


def test_zeros_of_a_facility_code_are_asked_about() -> None:
    solution = solved((104, 989, "104-00989"))
    assert shown(solution) == [(BOTH,), (BOTH, "pad 8")]
    assert solution.ambiguous
    filled = solved((104, 989, "104-00989"), (1, 3, "001-00003"))
    assert shown(filled)[0] == (BOTH, "pad 8")
    assert not filled.ambiguous
    assert shown(solved((104, 989, "104-00989"), (1, 3, "1-00003"))) == [(BOTH,)]


def test_a_text_that_is_hexadecimal_and_decimal_is_judged_as_the_rule_reads_it() -> None:
    solution = solve([Known(RawRead(b"2020007"), "3")])
    assert shown(solution) == [(CARD, "pad 5")]
    assert not solution.ambiguous


def test_a_part_of_five_digits_is_a_sites_number_too() -> None:
    solution = solve([Known(RawRead(b"000BAC5D"), "44125")])
    assert shown(solution) == [("remove-first 4", "hex2dec"), ("remove-first 4", "hex2dec", "pad 5")]
    assert solution.ambiguous
    both = solve([Known(RawRead(b"000BAC5D"), "44125"), Known(RawRead(b"000B0003"), "00003")])
    assert shown(both)[0] == ("remove-first 4", "hex2dec", "pad 5")
    assert not both.ambiguous


def test_bits_from_anywhere_refuse_small_numbers_too() -> None:
    solution = solve([Known(badge(11, 44125), "22062")])
    assert solution.candidates[0].steps == ("bits 9-23", "hex2dec")
    assert solution.candidates[0].refuses
    assert solution.ambiguous


def test_formats_that_one_short_number_does_not_tell_apart_are_rivals() -> None:
    """As text these 26 bits pass as 37, whose numbers have more digits, so more zeros are filled in."""
    solution = solved((8, 5, "5"), form="decimal")
    first, second = solution.candidates
    assert (first.steps, first.numbers) == (("dec2hex", "pad 7", CARD, "pad 5"), ("00005",))
    assert (second.steps[2:], second.numbers) == (("wiegand H10304 card", "pad 6"), ("000005",))
    assert solution.ambiguous


@pytest.mark.parametrize("form", sorted(FORMS))
def test_valid_frames_are_made_in_the_form_in_which_they_came(form: str) -> None:
    read = badge(11, 44125, form)
    made = frames([read])["H10301"]
    assert {badge(facility, card, form) for facility in (1, 11, 255) for card in (1, 65535)} <= set(made)
    assert {raw.is_text for raw in made} == {read.is_text}


@pytest.mark.parametrize("raw", [RawRead(b""), RawRead(b"\xff"), RawRead(b"x" * 26), bits(0), RawRead(b"", False)])
def test_what_is_no_frame_makes_none(raw: RawRead) -> None:
    assert frames([raw]) == {}


def test_cards_that_are_not_all_valid_frames_make_none() -> None:
    assert frames([badge(11, 44125), bits(0)]) == {}


@pytest.mark.parametrize("form", sorted(FORMS))
@pytest.mark.parametrize("style", sorted(PRINTS))
@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_what_is_called_unambiguous_is_right_on_every_card(style: str, form: str, seed: int) -> None:
    """Of several facilities, or of one; cards are tapped as they come, until the solver says that it is enough."""
    random = Random(seed)  # noqa: S311 - the same site at each run
    codes = random.sample(range(1, 256), random.choice([1, 3]))
    site = [(random.choice(codes), random.randrange(1, random.choice([100, 2000, 65536]))) for _ in range(60)]
    for count in range(1, MOST_CARDS + 1):
        solution = solved(*((code, card, PRINTS[style](code, card)) for code, card in site[:count]), form=form)
        assert solution.candidates
        if not solution.ambiguous:
            rules = Rules.parse(solution.candidates[0].steps)
            assert [rules.apply(badge(*card, form)) for card in site] == [MEANT[style](*card) for card in site]
            return
