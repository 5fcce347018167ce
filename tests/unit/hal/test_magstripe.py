"""Magnetic stripes: the wanted track, tracks that could not be read, and what is no stripe."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hal.framing.magstripe import is_stripe, track
from hal.ports.badge_reader import Fault

ALL = "%B1234^MINSKY/M^9912?;5678=9912?+0099?"


@pytest.mark.parametrize(
    ("text", "wanted", "found"),
    [
        (ALL, None, "B1234^MINSKY/M^9912"),
        (ALL, 1, "B1234^MINSKY/M^9912"),
        (ALL, 2, "5678=9912"),
        (ALL, 3, "0099"),
        (";5678=9912?", None, "5678=9912"),
        (";5678=9912?", 1, None),
        ("%B1?;5678?8", 2, "5678"),
        ("%B1?X;5678?", 2, "5678"),
        ("%E?;5678?", 1, Fault.TRACK),
        ("%E?;5678?", None, Fault.TRACK),
        ("%E?;5678?", 2, "5678"),
        ("%B1?;E?", 2, Fault.TRACK),
        ("+E?", 3, Fault.TRACK),
        (";?", 2, Fault.TRACK),
        ("%B1?;56a8?", 2, Fault.GARBLED),
        ("%B1?77;5678?", 2, Fault.GARBLED),
        ("", None, None),
    ],
)
def test_golden_stripes(text: str, wanted: int | None, found: str | Fault | None) -> None:
    assert track(text, wanted) == found


@pytest.mark.parametrize(
    ("text", "stripe"),
    [
        (ALL, True),
        (";1?", True),
        (";1?5", True),
        (";012345678", False),
        ("0004281977", False),
        ("what?", False),
        ("", False),
    ],
)
def test_only_what_is_framed_is_a_stripe(text: str, stripe: bool) -> None:
    assert is_stripe(text) is stripe


@given(st.text("0123456789=:<>", min_size=1, max_size=37), st.text("ABC^/0123 ", min_size=2, max_size=76))
def test_what_was_written_is_read(digits: str, letters: str) -> None:
    text = f"%X{letters}?;{digits}?"
    assert is_stripe(text)
    assert (track(text, 1), track(text, 2), track(text, 3)) == (f"X{letters}".strip(), digits, None)


@given(st.text("%;+?E0 \n"), st.sampled_from([None, 1, 2, 3]))
def test_no_sentinel_comes_out(text: str, wanted: int | None) -> None:
    found = track(text, wanted)
    assert isinstance(found, Fault | None) or (found and "?" not in found and "%" not in found)
