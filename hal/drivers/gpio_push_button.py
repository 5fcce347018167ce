"""A push button at a pin of a GPIO chip (libgpiod 2): when it goes down, and when it is let go."""

from functools import partial
from typing import Any

import gpiod
from gpiod.line import Edge

from hal.drivers import gpio_uri
from hal.drivers.context import DriverContext
from hal.drivers.gpio_inputs import ROOM, Inputs, inputs_of
from hal.drivers.gpio_lines import Lines, meaning
from hal.drivers.opened_file import OpenedFile
from hal.ports.push_button import Push
from hal.ports.workers import Workers


class GpioPushes:
    """The pin, requested; a `hal.drivers.opened_file.Source`."""

    def __init__(self, inputs: Inputs, api: Any = gpiod) -> None:
        """Raises `DeviceError`."""
        self._lines = Lines(inputs.pins, inputs.settings(Edge.BOTH), api, ROOM)

    def files(self) -> tuple[int, ...]:
        """The one of the request."""
        return (self._lines.fd,)

    def take(self) -> list[Push]:
        """Raises `OSError`."""
        return [Push(down=edge.active, at=edge.at) for edge in self._lines.edges()]

    def close(self) -> None:
        """The pin is anybody's."""
        self._lines.close()


class GpioPushButton(OpenedFile[Push]):
    """Implements `PushButton`."""

    async def next_push(self) -> Push:
        """As the port says."""
        return await self.next()


def gpio_push_button(inputs: Inputs, workers: Workers, api: Any = gpiod) -> GpioPushButton:
    """The button at that pin."""
    return GpioPushButton(gpio_uri.NAME, partial(GpioPushes, inputs, api), partial(meaning, inputs.pins.chip), workers)


def open(uri: str, context: DriverContext) -> GpioPushButton:
    """As `gpio_uri.reset`. Raises `DeviceConfigError`."""
    return gpio_push_button(inputs_of(gpio_uri.reset(uri)), context.workers)
