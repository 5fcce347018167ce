"""The scancode map: layouts that type what they should, modifiers, keypad, Alt codes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hal.framing.keys import NOTHING, Keyboard
from hal.quirks.layouts import CODES, LAYOUTS

SHIFT, CAPS, NUM_LOCK, CONTROL, ALT, ALTGR = 42, 58, 69, 29, 56, 100


def typed(*codes: int, layout: str = "us") -> str:
    """A negative code is a release; what is outside the map is an asterisk in brackets."""
    keyboard = Keyboard(LAYOUTS[layout])
    found = [keyboard.key(abs(code), down=code > 0) for code in codes]
    return "".join("[*]" if one is None else one for one in found)


@pytest.mark.parametrize(
    ("codes", "layout", "text"),
    [
        ((11, 5, 30, 2, 48, 3), "us", "04a1b2"),
        ((SHIFT, 30, 33, -SHIFT, 33), "us", "AFf"),
        ((SHIFT, 6, -SHIFT, 39, SHIFT, 13, 53, -SHIFT), "us", "%;+?"),
        ((SHIFT, 6, -SHIFT, SHIFT, 51, -SHIFT, 27, SHIFT, 12, 7, -SHIFT), "de", "%;+?&"),
        ((SHIFT, 40, -SHIFT, 51, SHIFT, 13, 50, -SHIFT), "fr", "%;+?"),
        ((SHIFT, 2, 11, -SHIFT, 16, 17), "fr", "10az"),
        ((21, 44, ALTGR, 16, -ALTGR), "de", "zy@"),
        ((CONTROL, ALT, 8, -ALT, -CONTROL), "de", "{"),
        ((43, SHIFT, 3, 40, -SHIFT), "uk", '#"@'),
        ((82, 79, 80, 81, 75, 76, 77, 71, 72, 73, 83, 98, 55, 74, 78), "us", "0123456789./*-+"),
        ((NUM_LOCK, -NUM_LOCK, 79, NUM_LOCK, -NUM_LOCK, 79), "us", "11"),
        ((SHIFT, 79, -SHIFT), "us", "1"),
        ((CAPS, -CAPS, 30, 2, SHIFT, 30, -SHIFT, CAPS, -CAPS, 30), "us", "A1aa"),
        ((ALT, 79, 82, 72, -82, -ALT), "us", "l"),
        ((ALT, 79, 79, -ALT), "us", "[*]"),
        ((ALT, -ALT, 30), "us", "a"),
        ((ALT, 30, -ALT), "us", "[*]"),
        ((CONTROL, 46, -CONTROL, 46), "us", "[*]c"),
        ((63, 103, 113, 0x110), "us", "[*][*][*][*]"),
        ((26,), "de", "[*]"),
    ],
)
def test_keys_make_characters(codes: tuple[int, ...], layout: str, text: str) -> None:
    assert typed(*codes, layout=layout) == text


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_types_what_badges_are_made_of(layout: str) -> None:
    """Every digit, letter and sentinel stands once, and nothing but printable ASCII."""
    data = LAYOUTS[layout]
    characters = "".join(data.plain + data.shifted).replace(" ", "") + "".join(data.altgr.values())
    assert set("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ%;+?=:-_") <= set(characters)
    assert all(" " < character <= "~" for character in characters)
    letters = [character for character in characters if character.isalnum()]
    assert len(letters) == len(set(letters))
    for rows in (data.plain, data.shifted):
        assert [len(row) for row in rows] == [len(codes) for codes in CODES]


@given(st.lists(st.tuples(st.integers(0, 767), st.booleans())), st.sampled_from(sorted(LAYOUTS)))
def test_any_keys_make_printable_characters_or_none(events: list[tuple[int, bool]], layout: str) -> None:
    keyboard = Keyboard(LAYOUTS[layout])
    for code, down in events:
        made = keyboard.key(code, down=down)
        assert made in (None, NOTHING) or (made is not None and len(made) == 1 and " " <= made <= "~")
    keyboard.clear()
    assert keyboard.is_clear
    assert keyboard.key(46, down=True) == "c"  # in all four
