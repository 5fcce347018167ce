"""What libgpiod and its twin refuse in one voice, as far as a machine without pins can tell; and the twin's other
refusals, as the kernel's documentation has them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gpiod
import pytest
from gpiod.line import Direction, Edge, Value

from hal.drivers.gpio_lines import Lines
from hal.drivers.gpio_uri import Pins
from hal.ports.errors import DeviceConfigError, DeviceLostError
from hal.sim.gpio import CHIP, SimGpio

OUTPUT = gpiod.LineSettings(direction=Direction.OUTPUT)
INPUT = gpiod.LineSettings(direction=Direction.INPUT, edge_detection=Edge.RISING)

both = pytest.mark.parametrize("api", [gpiod, SimGpio()], ids=["libgpiod", "twin"])


def lines(api: Any, chip: str = CHIP, pin: int | str = 17, settings: Any = OUTPUT) -> Lines:
    return Lines(Pins(chip, {"red": pin}, frozenset()), {"red": settings}, api)


@both
def test_a_chip_that_is_not_there_is_lost(api: Any) -> None:
    with pytest.raises(DeviceLostError):
        lines(api, "/dev/gpiochip99")


def test_what_is_no_chip_is_a_mistake_in_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DeviceConfigError):
        lines(gpiod, str(tmp_path / "file"))


def test_a_pin_is_had_once_and_free_again_when_it_was_let_go() -> None:
    gpio = SimGpio()
    first = lines(gpio)
    with pytest.raises(OSError, match="busy"):
        gpio.Chip(CHIP).request_lines({"GPIO17": INPUT})
    first.close()
    lines(gpio).close()


def test_an_input_is_not_driven() -> None:
    request = SimGpio().Chip(CHIP).request_lines({17: INPUT})
    with pytest.raises(PermissionError):
        request.set_values({17: Value.ACTIVE})
    request.release()


def test_an_output_has_no_edges() -> None:
    settings = gpiod.LineSettings(direction=Direction.OUTPUT, edge_detection=Edge.RISING)
    with pytest.raises(DeviceConfigError):
        lines(SimGpio(), settings=settings)


def test_nothing_is_done_with_what_was_let_go() -> None:
    gpio = SimGpio()
    chip = gpio.Chip(CHIP)
    request = chip.request_lines({17: OUTPUT})
    request.release()
    request.release()
    chip.close()
    late: list[tuple[type[Exception], Callable[[], object]]] = [
        (gpiod.RequestReleasedError, lambda: request.set_values({17: Value.ACTIVE})),
        (gpiod.RequestReleasedError, request.read_edge_events),
        (gpiod.ChipClosedError, lambda: chip.line_offset_from_id(17)),
    ]
    for error, act in late:
        with pytest.raises(error):
            act()


def test_what_a_pulled_chip_is_asked_fails() -> None:
    gpio = SimGpio()
    held = lines(gpio)
    gpio.unplug()
    with pytest.raises(OSError, match="No such device"):
        held.put({"red": True})
    held.close()
