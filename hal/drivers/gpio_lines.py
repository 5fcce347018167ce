"""Pins of one GPIO chip through libgpiod, requested and released together, and each refusal as an error of ours."""

import errno
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import gpiod

from hal.drivers.gpio_uri import NAME, Pins
from hal.ports.errors import (
    DeviceBusyError,
    DeviceConfigError,
    DeviceError,
    DeviceForbiddenError,
    DeviceLostError,
)

CONSUMER = "lockgate"
"""What `gpioinfo` says of a pin that is in use."""
_GONE = frozenset({errno.ENODEV, errno.ENXIO, errno.EIO, errno.EBADF})
_FORBIDDEN = frozenset({errno.EACCES, errno.EPERM})


@dataclass(frozen=True, slots=True)
class Change:
    """A pin that is active now, or no more; `name` is what it is for, `at` in seconds of the monotonic clock."""

    name: str
    active: bool
    at: float


class Lines:
    """Pins that are ours until `close`."""

    def __init__(self, pins: Pins, settings: Mapping[str, Any], api: Any = gpiod, events: int = 0) -> None:
        """Request them all, or none: `settings` is a `gpiod.LineSettings` for each. Raises `DeviceError`."""
        self._ids = dict(pins.pins)
        with refused(pins.chip):
            chip = api.Chip(pins.chip)
        try:
            with refused(pins.chip, during="request"):
                self.offsets = {chip.line_offset_from_id(pin): name for name, pin in pins.pins.items()}
                self._request = chip.request_lines(
                    config={pin: settings[name] for name, pin in pins.pins.items()},
                    consumer=CONSUMER,
                    **({"event_buffer_size": events} if events else {}),
                )
        finally:
            with suppress(OSError):
                chip.close()

    @property
    def fd(self) -> int:
        """Readable when a pin's edge was seen, and when the chip is gone."""
        return int(self._request.fd)

    def put(self, values: Mapping[str, bool]) -> None:
        """Make each pin active or not. Raises `OSError`."""
        on, off = gpiod.line.Value.ACTIVE, gpiod.line.Value.INACTIVE
        self._request.set_values({self._ids[name]: on if active else off for name, active in values.items()})

    def edges(self) -> list[Change]:
        """The edges that were seen and asked for, oldest first. Raises `OSError`."""
        rising = gpiod.EdgeEvent.Type.RISING_EDGE  # of what is active, whatever its level
        return [
            Change(self.offsets[event.line_offset], event.event_type is rising, event.timestamp_ns / 1e9)
            for event in self._request.read_edge_events()
        ]

    def close(self) -> None:
        """Idempotent; also when the chip is gone."""
        with suppress(OSError):
            self._request.release()


@contextmanager
def refused(chip: str, *, during: str = "") -> Iterator[None]:
    """What a chip or its kernel says no with, as an error of ours."""
    try:
        yield
    except OSError as exc:
        raise meaning(chip, exc, during=during) from exc
    except ValueError as exc:  # a number that the chip has no pin for, or one pin twice under two names
        raise DeviceConfigError(NAME, f"{chip}: {exc}") from exc


def meaning(chip: str, exc: OSError, *, during: str = "") -> DeviceError:
    """Which error of ours that is."""
    detail = f"{chip}: {exc.strerror or exc}"
    if exc.errno in _GONE or (exc.errno == errno.ENOENT and not during):
        return DeviceLostError(NAME, detail)
    if exc.errno in _FORBIDDEN:
        return DeviceForbiddenError(NAME, f"{detail}: put the station's user into the group that owns the chip")
    if exc.errno == errno.EBUSY:
        return DeviceBusyError(NAME, f"{detail}: gpioinfo says who has the pin")
    if exc.errno == errno.ENOENT:
        return DeviceConfigError(NAME, f"{chip} has no pin of that name; gpioinfo lists them")
    return DeviceConfigError(NAME, f"{detail}: a pin cannot do this, or that is no GPIO chip")
