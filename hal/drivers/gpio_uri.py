"""What a `gpio:` URI says: which chip, which pins for what, and how contacts there are read. Nothing of libgpiod."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from hal.drivers.uri import DeviceUri, parse
from hal.feedback.table import Lamp
from hal.ports.buttons import Button
from hal.ports.errors import DeviceConfigError

NAME = "gpio"
BUZZER = "buzzer"
LAMPS = (*(lamp.value for lamp in Lamp), BUZZER)
BUTTONS = tuple(button.value for button in Button if not button.is_digit)
RESET = ("reset",)
OPTIONS = ("low", "debounce", "pull")
DEBOUNCE = 30
"""Milliseconds a level must last: longer than a cheap contact chatters, shorter than a press."""
LONGEST_DEBOUNCE = 500
PULLS = ("up", "down", "none", "as-is")
_PIN = re.compile(r"[A-Za-z0-9_.:/+-]{1,32}")


@dataclass(frozen=True, slots=True)
class Pins:
    """`pins`: each by what it is for; a pin is an offset or a name that the chip has. Those in `low` are active when
    they are low."""

    chip: str
    pins: Mapping[str, int | str]
    low: frozenset[str]

    def is_low(self, what: str) -> bool:
        """Whether that pin is active when it is low."""
        return what in self.low


@dataclass(frozen=True, slots=True)
class Contacts:
    """`pull` is one of `PULLS`, `debounce` in milliseconds."""

    pins: Pins
    pull: str
    debounce: int


def lamps(uri: str) -> Pins:
    """`gpio:/dev/gpiochip0?red=17&green=27&blue=22&buzzer=18&low=buzzer`: any of the four, by number or name. Raises
    `DeviceConfigError`; a chip that is not there is none."""
    return _pins(_parsed(uri, (*LAMPS, "low")), LAMPS)


def buttons(uri: str) -> Contacts:
    """`gpio:/dev/gpiochip0?next=5&previous=19&ok=6&cancel=13&debounce=30&pull=up`: any of the four. Raises
    `DeviceConfigError`."""
    return _contacts(uri, BUTTONS)


def reset(uri: str) -> Contacts:
    """`gpio:/dev/gpiochip0?reset=21&debounce=30&pull=up&low=reset`. Raises `DeviceConfigError`."""
    return _contacts(uri, RESET)


def _parsed(uri: str, options: tuple[str, ...]) -> DeviceUri:
    device = parse(uri, options)
    if device.scheme != "gpio":
        raise DeviceConfigError(NAME, f"not a gpio: URI: {uri!r}")
    return device


def _contacts(uri: str, names: tuple[str, ...]) -> Contacts:
    """Active low unless `low` names others (`low=` for none)."""
    device = _parsed(uri, (*names, *OPTIONS))
    debounce = device.whole("debounce", DEBOUNCE)
    if debounce > LONGEST_DEBOUNCE:
        raise DeviceConfigError(NAME, f"debounce must be at most {LONGEST_DEBOUNCE} ms, not {debounce}")
    return Contacts(_pins(device, names, low=names), device.one_of("pull", PULLS), debounce)


def _pins(device: DeviceUri, names: tuple[str, ...], *, low: tuple[str, ...] = ()) -> Pins:
    """`low` are those active low where the URI does not say which."""
    if not device.path.startswith("/"):
        raise DeviceConfigError(NAME, "which chip is missing, such as gpio:/dev/gpiochip0")
    pins = {name: _pin(name, device.options[name]) for name in names if name in device.options}
    if not pins:
        raise DeviceConfigError(NAME, f"no pin is named; there may be {', '.join(names)}")
    if len(set(pins.values())) < len(pins):
        raise DeviceConfigError(NAME, "one pin cannot be two things")
    said = device.options.get("low")
    chosen = low if said is None else tuple(name for name in said.split(",") if name)
    if unknown := set(chosen) - set(names):
        raise DeviceConfigError(NAME, f"low names {min(unknown)!r}, which is none of {', '.join(names)}")
    return Pins(device.path, pins, frozenset(chosen) & frozenset(pins))


def _pin(name: str, text: str) -> int | str:
    if not _PIN.fullmatch(text):
        raise DeviceConfigError(NAME, f"{name} must be a pin's number or name on its chip, not {text!r}")
    return int(text) if text.isdecimal() and len(text) < 5 else text
