"""Buttons at the pins of a GPIO chip (libgpiod 2), debounced by the kernel."""

from functools import partial
from typing import Any

import gpiod
from gpiod.line import Edge

from hal.drivers import gpio_uri
from hal.drivers.context import DriverContext
from hal.drivers.gpio_inputs import ROOM, Inputs, inputs_of
from hal.drivers.gpio_lines import Lines, meaning
from hal.drivers.presses import ButtonFile
from hal.ports.buttons import Button, Press
from hal.ports.workers import Workers


class GpioPresses:
    """The pins, requested; a `hal.drivers.opened_file.Source`."""

    def __init__(self, inputs: Inputs, api: Any = gpiod) -> None:
        """Raises `DeviceError`."""
        self._lines = Lines(inputs.pins, inputs.settings(Edge.RISING), api, ROOM)  # rising: the moment of the press

    def files(self) -> tuple[int, ...]:
        """The one of the request."""
        return (self._lines.fd,)

    def take(self) -> list[Press]:
        """Raises `OSError`."""
        return [Press(Button(edge.name), edge.at) for edge in self._lines.edges()]

    def close(self) -> None:
        """The pins are anybody's."""
        self._lines.close()


def gpio_buttons(inputs: Inputs, workers: Workers, api: Any = gpiod) -> ButtonFile:
    """The buttons at those pins."""
    return ButtonFile(gpio_uri.NAME, partial(GpioPresses, inputs, api), partial(meaning, inputs.pins.chip), workers)


def open(uri: str, context: DriverContext) -> ButtonFile:
    """As `gpio_uri.buttons`. Raises `DeviceConfigError`."""
    return gpio_buttons(inputs_of(gpio_uri.buttons(uri)), context.workers)
