"""What hangs on a box besides its readers and its printer, as a site's file names it: lamps, buttons, a voice."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from firmware.provisioning.section import Section

BOX_SECTIONS = ("indicator", "buttons", "voice", "station")
DEVICE = re.compile(r"[a-z][a-z0-9-]{0,30}:[!-~…]*")
"""A device's URI, as far as its letters go; the rest is `hal.named`'s, and what it opens is found out when the station
starts."""


@dataclass(frozen=True, slots=True)
class Box:
    """Each a device's URI, or several: docs/lights.md. Empty where the file does not say it."""

    indicators: tuple[str, ...] = ()
    buttons: tuple[str, ...] = ()
    voice: str = ""
    reset_button: str = ""

    def named(self) -> dict[str, tuple[str, ...]]:
        """The devices, by the keys that name them."""
        return {
            "indicator.uri": self.indicators,
            "buttons.uri": self.buttons,
            "voice.uri": (self.voice,) if self.voice else (),
            "station.reset_button": (self.reset_button,) if self.reset_button else (),
        }

    def tables(self) -> dict[str, dict[str, object]]:
        """As firmware/settings.py names them."""
        return {
            "indicator": {"uri": list(self.indicators)},
            "buttons": {"uri": list(self.buttons)},
            "voice": {"uri": self.voice},
            "station": {"reset_button": self.reset_button},
        }


def box(tables: Mapping[str, Any]) -> Box:
    """What the file's tables of these names say. Raises `ProvisioningError`."""
    indicator, buttons, voice, station = sections = [Section(tables.get(name, {}), name) for name in BOX_SECTIONS]
    found = Box(
        indicator.texts("uri", 'lights and sounds, such as ["gpio:/dev/gpiochip0?red=17"]', DEVICE.fullmatch),
        buttons.texts("uri", 'buttons, such as ["gpio:/dev/gpiochip0?next=5&ok=6"]', DEVICE.fullmatch),
        voice.text("uri", "what speaks, such as espeak:", DEVICE.fullmatch),
        station.text("reset_button", "a button, such as gpio:/dev/gpiochip0?reset=21", DEVICE.fullmatch),
    )
    for section in sections:
        section.end()
    return found
