"""Buttons at the pins of a GPIO chip (libgpiod 2), debounced by the kernel."""

from datetime import timedelta
from functools import partial
from typing import Any

import gpiod
from gpiod.line import Bias, Clock, Direction, Edge

from hal.drivers.context import DriverContext
from hal.drivers.gpio_lines import NAME, Lines, Pins, meaning, pins_of
from hal.drivers.presses import ButtonFile
from hal.drivers.uri import parse
from hal.ports.buttons import Button, Press
from hal.ports.errors import DeviceConfigError
from hal.ports.workers import Workers

PINS = tuple(button.value for button in Button if not button.is_digit)
DEBOUNCE = 30
"""Milliseconds a level must last: longer than a cheap contact chatters, shorter than a press."""
LONGEST_DEBOUNCE = 500
ROOM = 64
"""Edges that the kernel keeps."""
_PULLS = {"up": Bias.PULL_UP, "down": Bias.PULL_DOWN, "none": Bias.DISABLED, "as-is": Bias.AS_IS}


class GpioPresses:
    """The pins, requested; a `hal.drivers.presses.Source`."""

    def __init__(self, pins: Pins, bias: Bias, debounce: int, api: Any = gpiod) -> None:
        """Raises `DeviceError`."""
        settings = {
            name: gpiod.LineSettings(
                direction=Direction.INPUT,
                edge_detection=Edge.RISING,  # of what is active: the moment of the press
                bias=bias,
                active_low=pins.is_low(name),
                debounce_period=timedelta(milliseconds=debounce),
                event_clock=Clock.MONOTONIC,
            )
            for name in pins.pins
        }
        self._lines = Lines(pins, settings, api, ROOM)

    def files(self) -> tuple[int, ...]:
        """The one of the request."""
        return (self._lines.fd,)

    def take(self) -> list[Press]:
        """Raises `OSError`."""
        return [Press(Button(name), at) for name, at in self._lines.edges()]

    def close(self) -> None:
        """The pins are anybody's."""
        self._lines.close()


def gpio_buttons(pins: Pins, bias: Bias, debounce: int, workers: Workers, api: Any = gpiod) -> ButtonFile:
    """The buttons at those pins."""
    return ButtonFile(NAME, partial(GpioPresses, pins, bias, debounce, api), partial(meaning, pins.chip), workers)


def open(uri: str, context: DriverContext) -> ButtonFile:
    """`gpio:/dev/gpiochip0?next=5&previous=19&ok=6&cancel=13&debounce=30&pull=up`: any of the four, which are active
    low unless `low` names others (`low=` for none). Raises `DeviceConfigError`."""
    device = parse(uri, (*PINS, "low", "debounce", "pull"))
    debounce = device.whole("debounce", DEBOUNCE)
    if debounce > LONGEST_DEBOUNCE:
        raise DeviceConfigError(NAME, f"debounce must be at most {LONGEST_DEBOUNCE} ms, not {debounce}")
    pull = _PULLS[device.one_of("pull", tuple(_PULLS))]
    return gpio_buttons(pins_of(device, PINS, low=PINS), pull, debounce, context.workers)
