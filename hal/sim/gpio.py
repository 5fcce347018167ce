"""The twin of libgpiod 2: chips that refuse what the kernel refuses, with the same errors, and remember each pin."""

import errno
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gpiod import ChipClosedError, EdgeEvent, RequestReleasedError
from gpiod.line import Direction, Edge, Value

CHIP = "/dev/gpiochip0"


def refusal(number: int) -> OSError:
    """As the kernel says it."""
    return OSError(number, os.strerror(number))


@dataclass(slots=True)
class SimPin:
    """`level` is what a meter at the pin would show. `used_by` is the consumer that has it."""

    name: str = ""
    level: bool = False
    used_by: str = ""
    input_only: bool = False
    levels: list[bool] = field(default_factory=list)


@dataclass(slots=True)
class SimChip:
    """A chip in the machine; `request` is who listens to its pins."""

    pins: list[SimPin]
    plugged: bool = True
    forbidden: bool = False
    requests: list["SimRequest"] = field(default_factory=list)


class SimGpio:
    """Stands for the module `gpiod`. `chips` by path."""

    def __init__(self, pins: int = 28, path: str = CHIP) -> None:
        self.path = path
        self.chip = SimChip([SimPin(f"GPIO{number}") for number in range(pins)])

    def Chip(self, path: str) -> "OpenChip":  # noqa: N802 (libgpiod's name)
        """Open the chip. Raises `OSError`."""
        if path != self.path or not self.chip.plugged:
            raise refusal(errno.ENOENT)
        if self.chip.forbidden:
            raise refusal(errno.EACCES)
        return OpenChip(self.chip)

    def unplug(self) -> None:
        """Fault: the chip is gone, as an expander on a cable may be. Whoever waits for its pins is woken."""
        self.chip.plugged = False
        for request in self.chip.requests:
            request.wake()

    def plug(self) -> None:
        """It is back, and all of its pins are low and free."""
        self.chip.plugged = True
        for pin in self.chip.pins:
            pin.level, pin.used_by = False, ""

    def press(self, number: int, *, level: bool) -> None:
        """Somebody puts that level on an input pin. Its edge, where it is one that is waited for, is told."""
        pin = self.chip.pins[number]
        changed, pin.level = pin.level != level, level
        for request in self.chip.requests if changed else ():
            request.edge(number)


class OpenChip:
    """`gpiod.Chip`."""

    def __init__(self, chip: SimChip) -> None:
        self._chip = chip
        self._closed = False

    def close(self) -> None:
        """Requests outlive it."""
        self._closed = True

    def line_offset_from_id(self, pin: int | str) -> int:
        """Raises `OSError`, `ValueError`."""
        if self._closed:
            raise ChipClosedError
        if isinstance(pin, int):
            if pin >= len(self._chip.pins):
                raise ValueError("line offset of out range")
            return pin
        for number, known in enumerate(self._chip.pins):
            if known.name == pin:
                return number
        raise refusal(errno.ENOENT)

    def request_lines(
        self, config: Mapping[int | str, Any], consumer: str = "", event_buffer_size: int = 16
    ) -> "SimRequest":
        """All or none. Raises `OSError`, `ValueError`."""
        offsets = {pin: self.line_offset_from_id(pin) for pin in config}
        if not self._chip.plugged:
            raise refusal(errno.ENODEV)
        if len(set(offsets.values())) < len(offsets):
            raise ValueError("line must be configured exactly once")
        for pin, settings in config.items():
            known = self._chip.pins[offsets[pin]]
            if known.used_by:
                raise refusal(errno.EBUSY)
            is_output = settings.direction is Direction.OUTPUT
            if (known.input_only and is_output) or (is_output and settings.edge_detection is not Edge.NONE):
                raise refusal(errno.EINVAL)
        return SimRequest(self._chip, offsets, dict(config), consumer or "?", event_buffer_size)


@dataclass(frozen=True, slots=True)
class SimEdge:
    """`gpiod.EdgeEvent`."""

    line_offset: int
    timestamp_ns: int
    event_type: EdgeEvent.Type


class SimRequest:
    """`gpiod.LineRequest`."""

    def __init__(
        self, chip: SimChip, offsets: dict[int | str, int], config: dict[int | str, Any], consumer: str, room: int
    ) -> None:
        self._chip = chip
        self._offsets = offsets
        self._settings = {offsets[pin]: settings for pin, settings in config.items()}
        self._room = room
        self._edges: list[SimEdge] = []
        self._read_end, self._write_end = os.pipe2(os.O_NONBLOCK)
        self._released = False
        for number, settings in self._settings.items():
            chip.pins[number].used_by = consumer
            if settings.direction is Direction.OUTPUT:
                self._set(number, settings.output_value)
            elif settings.edge_detection is not Edge.NONE:
                chip.pins[number].level = settings.active_low  # at rest: pulled to where it is not active
        chip.requests.append(self)

    @property
    def fd(self) -> int:
        """Readable when there is an edge, or the chip is gone."""
        return self._read_end

    def set_values(self, values: Mapping[int | str, Value]) -> None:
        """Raises `OSError`, `RequestReleasedError`."""
        self._check()
        for pin in values:
            if self._settings[self._offsets[pin]].direction is not Direction.OUTPUT:
                raise refusal(errno.EPERM)
        for pin, value in values.items():
            self._set(self._offsets[pin], value)

    def read_edge_events(self) -> list[SimEdge]:
        """Raises `OSError`."""
        self._check()
        edges, self._edges = self._edges, []
        if edges:
            os.read(self._read_end, 4096)
        return edges

    def release(self) -> None:
        """The pins are free, and stay as they are."""
        if not self._released:
            self._released = True
            self._chip.requests.remove(self)
            for number in self._settings:
                self._chip.pins[number].used_by = ""
            os.close(self._read_end)
            os.close(self._write_end)

    def edge(self, number: int) -> None:
        """The level changed: an event, where that edge is waited for."""
        settings = self._settings.get(number)
        if settings is None or settings.edge_detection is Edge.NONE:
            return
        is_rising = self._chip.pins[number].level != settings.active_low
        if settings.edge_detection is Edge.BOTH or (settings.edge_detection is Edge.RISING) == is_rising:
            which = EdgeEvent.Type.RISING_EDGE if is_rising else EdgeEvent.Type.FALLING_EDGE
            self._edges = [*self._edges, SimEdge(number, 10**9 * (len(self._edges) + 1), which)][-self._room :]
            self.wake()

    def wake(self) -> None:
        """Its file is readable now."""
        os.write(self._write_end, b"!")

    def _set(self, number: int, value: Value) -> None:
        pin = self._chip.pins[number]
        pin.level = (value is Value.ACTIVE) != self._settings[number].active_low
        pin.levels.append(pin.level)

    def _check(self) -> None:
        if self._released:
            raise RequestReleasedError
        if not self._chip.plugged:
            raise refusal(errno.ENODEV)
