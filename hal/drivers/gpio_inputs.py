"""Contacts at the pins of a GPIO chip (libgpiod 2), debounced by the kernel: what all buttons there have in common."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import gpiod
from gpiod.line import Bias, Clock, Direction, Edge

from hal.drivers.gpio_uri import Contacts, Pins

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


def inputs_of(contacts: Contacts) -> Inputs:
    """What was said of contacts, for libgpiod."""
    return Inputs(contacts.pins, _PULLS[contacts.pull], contacts.debounce)
