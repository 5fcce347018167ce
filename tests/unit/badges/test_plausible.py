"""Whether another card would tell two rules apart: taken wrongly, an ambiguous rule would pass for the only one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.badges.plausible import same_way

told = st.none() | st.sampled_from(["1111", "2222", "3333"])
cards = st.lists(st.tuples(told, told), max_size=6)

Numbers = tuple[str | None, ...]


@pytest.mark.parametrize(
    ("numbers", "others", "expected"),
    [
        # cards that both rules take
        (("1111",), ("1111",), True),
        (("1111",), ("2222",), False),
        (("1111", "2222"), ("1111", "2222"), True),
        (("1111", "2222"), ("1111", "3333"), False),
        (("1111", "2222"), ("3333", "2222"), False),
        # one that a rule refuses tells nothing, the others do
        (("1111", None), ("1111", "2222"), True),
        (("1111", "2222"), (None, "2222"), True),
        (("1111", None), ("2222", "2222"), False),
        (("1111", "2222"), (None, "3333"), False),
        # no card that both take: apart, since one may be right and the other wrong
        (("1111",), (None,), False),
        ((None,), ("1111",), False),
        (("1111", None), (None, "1111"), False),
        (("1111", "2222"), (None, None), False),
        ((None, None), (None, "2222"), False),
        # unless neither takes any
        ((None,), (None,), True),
        ((None, None), (None, None), True),
        ((), (), True),
    ],
)
def test_the_truth_of_two_rules(numbers: Numbers, others: Numbers, expected: bool) -> None:
    assert same_way(numbers, others) is expected
    assert same_way(others, numbers) is expected


@given(cards)
def test_one_card_with_two_numbers_tells_them_apart(pairs: list[tuple[str | None, ...]]) -> None:
    pairs = [*pairs, ("1111", "2222")]
    assert not same_way([one for one, _ in pairs], [other for _, other in pairs])


@given(st.lists(told, max_size=6))
def test_a_rule_goes_the_same_way_as_itself(numbers: list[str | None]) -> None:
    assert same_way(numbers, numbers)


def test_numbers_of_other_cards_are_not_compared() -> None:
    with pytest.raises(ValueError, match="shorter"):
        same_way(["1111", "2222"], ["1111"])
