"""Key codes of the kernel (linux/input-event-codes.h) as the buttons that they stand for."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from hal.ports.buttons import Button

_ROW = range(2, 12)
"""KEY_1 to KEY_9, KEY_0."""
_PAD = (82, 79, 80, 81, 75, 76, 77, 71, 72, 73)
"""KEY_KP0 to KEY_KP9, which a pad sends whatever its NumLock says."""

BUTTONS: Final[Mapping[int, Button]] = MappingProxyType(
    {
        **{code: Button(digit) for code, digit in zip(_ROW, "1234567890", strict=True)},
        **{code: Button(digit) for code, digit in zip(_PAD, "0123456789", strict=True)},
        **dict.fromkeys((28, 96, 0x160), Button.OK),  # ENTER, KPENTER, OK
        **dict.fromkeys((1, 14, 111, 83, 223), Button.CANCEL),  # ESC, BACKSPACE, DELETE, KPDOT, CANCEL
        **dict.fromkeys((15, 78, 106, 108), Button.NEXT),  # TAB, KPPLUS, RIGHT, DOWN
        **dict.fromkeys((74, 103, 105), Button.PREVIOUS),  # KPMINUS, UP, LEFT
    }
)
DOWN: Final = 1
"""The value of a key event when it goes down; 0 is up and 2 is held, which is no press."""


def button_of(code: int, value: int) -> Button | None:
    """The button that was pressed; None for any other key, and for one that is held or let go."""
    return BUTTONS.get(code) if value == DOWN else None
