"""Keyboard layouts as data: what a host of that layout makes of each key, where that is printable ASCII.

A wedge sends key positions, chosen so that a host of the layout it was set up for shows the right characters. Dead keys
and characters outside ASCII are left out (a blank): no badge has them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

CODES: tuple[tuple[int, ...], ...] = (
    (41, *range(2, 14)),  # the key left of 1, then 1 to the two keys right of 0
    tuple(range(16, 28)),
    (*range(30, 41), 43),
    (86, *range(44, 54)),  # 86: the key between left Shift and the letters, which US keyboards lack
)
"""The positions of each row of a layout, as key codes of linux/input-event-codes.h."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The characters of each row in `CODES`, alone and with Shift, and by key code those with AltGr."""

    plain: tuple[str, str, str, str]
    shifted: tuple[str, str, str, str]
    altgr: Mapping[int, str] = field(default_factory=dict)


LAYOUTS: Mapping[str, Layout] = {
    "us": Layout(
        plain=("`1234567890-=", "qwertyuiop[]", "asdfghjkl;'\\", "<zxcvbnm,./"),
        shifted=("~!@#$%^&*()_+", "QWERTYUIOP{}", 'ASDFGHJKL:"|', ">ZXCVBNM<>?"),
    ),
    "uk": Layout(
        plain=("`1234567890-=", "qwertyuiop[]", "asdfghjkl;'#", "\\zxcvbnm,./"),
        shifted=(' !" $%^&*()_+', "QWERTYUIOP{}", "ASDFGHJKL:@~", "|ZXCVBNM<>?"),
    ),
    "de": Layout(
        plain=(" 1234567890  ", "qwertzuiop +", "asdfghjkl  #", "<yxcvbnm,.-"),
        shifted=(' !" $%&/()=? ', "QWERTZUIOP *", "ASDFGHJKL  '", ">YXCVBNM;:_"),
        altgr={8: "{", 9: "[", 10: "]", 11: "}", 12: "\\", 16: "@", 27: "~", 86: "|"},
    ),
    "fr": Layout(
        plain=(" & \"'(- _  )=", "azertyuiop $", "qsdfghjklm *", "<wxcvbn,;:!"),
        shifted=(" 1234567890 +", "AZERTYUIOP  ", "QSDFGHJKLM% ", ">WXCVBN?./ "),
        altgr={4: "#", 5: "{", 6: "[", 7: "|", 9: "\\", 10: "^", 11: "@", 12: "]", 13: "}"},
    ),
}
"""The first is the default."""
