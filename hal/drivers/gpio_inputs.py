"""Contacts at the pins of a GPIO chip (libgpiod 2), debounced by the kernel: what all buttons there have in common."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import gpiod
from gpiod.line import Bias, Clock, Direction, Edge

from hal.drivers.gpio_lines import NAME, Pins, pins_of
from hal.drivers.uri import DeviceUri
from hal.ports.errors import DeviceConfigError

OPTIONS = ("low", "debounce", "pull")
DEBOUNCE = 30
"""Milliseconds a level must last: longer than a cheap contact chatters, shorter than a press."""
LONGEST_DEBOUNCE = 500
ROOM = 64
"""Edges that the kernel keeps."""
_PULLS = {"up": Bias.PULL_UP, "down": Bias.PULL_DOWN, "none": Bias.DISABLED, "as-is": Bias.AS_IS}


@dataclass(frozen=True, slots=True)
class Inputs:
    """`debounce` in milliseconds."""

    pins: Pins
    bias: Bias
    debounce: int

    def settings(self, edge: Edge) -> dict[str, Any]:
        """What `Lines` wants for each pin; edges are of what is active."""
        return {
            name: gpiod.LineSettings(
                direction=Direction.INPUT,
                edge_detection=edge,
                bias=self.bias,
                active_low=self.pins.is_low(name),
                debounce_period=timedelta(milliseconds=self.debounce),
                event_clock=Clock.MONOTONIC,
            )
            for name in self.pins.pins
        }


def inputs_of(device: DeviceUri, names: tuple[str, ...]) -> Inputs:
    """What a `gpio:` URI says of contacts, which are active low unless `low` names others (`low=` for none). Raises
    `DeviceConfigError`."""
    debounce = device.whole("debounce", DEBOUNCE)
    if debounce > LONGEST_DEBOUNCE:
        raise DeviceConfigError(NAME, f"debounce must be at most {LONGEST_DEBOUNCE} ms, not {debounce}")
    return Inputs(pins_of(device, names, low=names), _PULLS[device.one_of("pull", tuple(_PULLS))], debounce)
