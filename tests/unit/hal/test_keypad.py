"""Which buttons the keys of a keypad are."""

import pytest

from hal.framing.keypad import BUTTONS, button_of
from hal.framing.wedge import Wedge
from hal.ports.buttons import Button
from hal.quirks.layouts import LAYOUTS


def test_every_button_has_a_key_and_every_digit_two() -> None:
    keys = {button: [code for code, of in BUTTONS.items() if of is button] for button in Button}
    assert all(keys.values())
    assert all(len(keys[button]) == 2 for button in Button if button.is_digit)


@pytest.mark.parametrize(
    ("code", "button"),
    [
        (2, Button.DIGIT_1),
        (10, Button.DIGIT_9),
        (11, Button.DIGIT_0),
        (82, Button.DIGIT_0),
        (79, Button.DIGIT_1),
        (73, Button.DIGIT_9),
        (96, Button.OK),
        (14, Button.CANCEL),
        (78, Button.NEXT),
        (74, Button.PREVIOUS),
    ],
)
def test_keys_as_the_kernel_numbers_them(code: int, button: Button) -> None:
    assert button_of(code, 1) is button


def test_a_held_key_and_one_that_is_let_go_are_no_press_nor_is_any_other() -> None:
    assert [button_of(28, value) for value in (0, 2)] == [None, None]
    assert button_of(30, 1) is None


def test_digits_are_those_that_a_badge_reader_would_type() -> None:
    """Both read the kernel's codes: they must agree on them."""
    for code, button in BUTTONS.items():
        if not button.is_digit:
            continue
        wedge = Wedge(LAYOUTS["us"])
        wedge.start(0.0)
        reads = [read for value in (1, 0) for read in wedge.key(code, value, 1.0)]
        reads += [read for value in (1, 0) for read in wedge.key(28, value, 1.0)]
        assert [getattr(read, "credential", None) for read in reads] in ([button.value.encode()], [])
