"""The buttons' contract, on the twin, and on the driver of pins over the chip's twin."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from gpiod.line import Bias

from hal.drivers import gpio_buttons as driver
from hal.drivers.context import DriverContext
from hal.drivers.gpio_buttons import gpio_buttons
from hal.drivers.gpio_inputs import Inputs
from hal.drivers.gpio_lines import CONSUMER
from hal.drivers.gpio_uri import Pins
from hal.ports.buttons import Button, Buttons
from hal.ports.errors import DeviceBusyError, DeviceConfigError, DeviceLostError
from hal.sim.buttons import SimButtons
from hal.sim.clock import VirtualClock
from hal.sim.gpio import CHIP, SimGpio
from hal.sim.random_source import SeededRandom
from hal.sim.workers import InlineWorkers
from tests.support.aio import run

PINS = {Button.NEXT: 5, Button.OK: 6, Button.CANCEL: 13}
LOW = frozenset(button.value for button in PINS)


@dataclass(slots=True)
class Rig:
    """Buttons, a finger on them, and their cable."""

    buttons: Buttons
    press: Callable[[Button], None]
    unplug: Callable[[], None]
    plug: Callable[[], None]


def of_pins(gpio: SimGpio) -> Buttons:
    pins = Pins(CHIP, {button.value: number for button, number in PINS.items()}, LOW)
    return gpio_buttons(Inputs(pins, Bias.PULL_UP, 30), InlineWorkers(), gpio)


def gpio_rig() -> Rig:
    gpio = SimGpio()

    def press(button: Button) -> None:
        gpio.press(PINS[button], level=False)
        gpio.press(PINS[button], level=True)

    return Rig(of_pins(gpio), press, gpio.unplug, gpio.plug)


def twin_rig() -> Rig:
    twin = SimButtons(VirtualClock())
    return Rig(twin, twin.press, twin.unplug, twin.plug)


@pytest.fixture(params=[twin_rig, gpio_rig], ids=["twin", "gpio"])
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    made: Rig = request.param()
    yield made
    run(made.buttons.aclose())


async def turned() -> None:
    """The device is open by then: that takes a few turns of the loop, and no time."""
    for _ in range(10):
        await asyncio.sleep(0)


async def waiting(rig: Rig) -> asyncio.Task[Button]:
    async def one() -> Button:
        return (await rig.buttons.next_press()).button

    task = asyncio.create_task(one())
    await turned()
    return task


def test_presses_come_oldest_first_and_each_once(rig: Rig) -> None:
    async def main() -> None:
        first = await waiting(rig)
        for button in (Button.OK, Button.NEXT, Button.NEXT):
            rig.press(button)
        assert await first is Button.OK
        assert [(await rig.buttons.next_press()).button for _ in range(2)] == [Button.NEXT, Button.NEXT]
        await rig.buttons.aclose()

    run(main())


def test_waiting_can_be_cancelled_without_losing_a_press(rig: Rig) -> None:
    async def main() -> None:
        first = await waiting(rig)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        rig.press(Button.CANCEL)
        assert (await rig.buttons.next_press()).button is Button.CANCEL
        await rig.buttons.aclose()

    run(main())


def test_a_pulled_cable_is_told_and_a_later_call_finds_it_back(rig: Rig) -> None:
    async def main() -> None:
        first = await waiting(rig)
        rig.unplug()
        with pytest.raises(DeviceLostError):
            await first
        with pytest.raises(DeviceLostError):
            await rig.buttons.next_press()
        rig.plug()
        again = await waiting(rig)
        rig.press(Button.OK)
        assert await again is Button.OK
        await rig.buttons.aclose()

    run(main())


def test_whoever_waits_when_it_is_closed_is_told(rig: Rig) -> None:
    async def main() -> None:
        first = await waiting(rig)
        await rig.buttons.aclose()
        await rig.buttons.aclose()
        with pytest.raises(DeviceLostError):
            await first
        with pytest.raises(DeviceLostError):
            await rig.buttons.next_press()

    run(main())


def test_a_press_shows_nobody_which_digit_it_was(rig: Rig) -> None:
    async def main() -> None:
        first = asyncio.create_task(rig.buttons.next_press())
        await turned()
        rig.press(Button.OK)
        assert Button.OK.value not in repr(await first)
        await rig.buttons.aclose()

    run(main())


def test_a_held_button_is_one_press_and_letting_go_is_none() -> None:
    async def main() -> None:
        gpio = SimGpio()
        buttons = of_pins(gpio)
        first = asyncio.create_task(buttons.next_press())
        await turned()
        gpio.press(PINS[Button.NEXT], level=False)
        await first
        gpio.press(PINS[Button.NEXT], level=True)
        gpio.press(PINS[Button.OK], level=False)
        assert (await buttons.next_press()).button is Button.OK
        await buttons.aclose()
        assert not any(pin.used_by for pin in gpio.chip.pins)

    run(main())


def test_an_opening_that_nobody_waits_for_any_more_is_not_left_open() -> None:
    async def main() -> None:
        gpio = SimGpio()
        buttons = of_pins(gpio)
        first = asyncio.create_task(buttons.next_press())
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        await buttons.aclose()
        assert not any(pin.used_by for pin in gpio.chip.pins)

    run(main())


def test_pins_in_use_are_told_and_had_when_they_are_free() -> None:
    async def main() -> None:
        gpio = SimGpio()
        gpio.chip.pins[6].used_by = "somebody"
        buttons = of_pins(gpio)
        with pytest.raises(DeviceBusyError):
            await buttons.next_press()
        gpio.chip.pins[6].used_by = ""
        first = asyncio.create_task(buttons.next_press())
        await turned()
        assert gpio.chip.pins[6].used_by == CONSUMER
        gpio.press(6, level=False)
        await first
        await buttons.aclose()

    run(main())


CONTEXT = DriverContext(VirtualClock(), InlineWorkers(), SeededRandom(1))


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        ("gpio:/dev/gpiochip0", "no pin"),
        ("gpio:/dev/gpiochip0?ok=6&debounce=501", "debounce"),
        ("gpio:/dev/gpiochip0?ok=6&pull=sideways", "pull"),
        ("gpio:/dev/gpiochip0?ok=6&7=3", "7"),
    ],
)
def test_a_wrong_uri_is_told_at_once(uri: str, told: str) -> None:
    with pytest.raises(DeviceConfigError, match=told):
        driver.open(uri, CONTEXT)


def test_buttons_are_active_low_unless_it_is_said_otherwise() -> None:
    with pytest.raises(DeviceLostError):
        run(driver.open("gpio:/dev/gpiochip99?ok=6&cancel=13&low=&pull=down", CONTEXT).next_press())
