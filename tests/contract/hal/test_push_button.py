"""The push button's contract, on the twin, and on the driver of a pin over the chip's twin."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from gpiod.line import Bias

from hal.drivers import gpio_push_button as driver
from hal.drivers.context import DriverContext
from hal.drivers.gpio_inputs import Inputs
from hal.drivers.gpio_lines import CONSUMER
from hal.drivers.gpio_push_button import gpio_push_button
from hal.drivers.gpio_uri import Pins
from hal.ports.errors import DeviceBusyError, DeviceConfigError, DeviceLostError
from hal.ports.push_button import Push, PushButton
from hal.sim.clock import VirtualClock
from hal.sim.gpio import CHIP, SimGpio
from hal.sim.push_button import SimPushButton
from hal.sim.random_source import SeededRandom
from hal.sim.workers import InlineWorkers
from tests.support.aio import run

PIN = 21


@dataclass(slots=True)
class Rig:
    """A button, a finger on it, its cable, and another program that has it."""

    button: PushButton
    push: Callable[[bool], None]
    unplug: Callable[[], None]
    plug: Callable[[], None]
    take: Callable[[], None]
    give: Callable[[], None]


def gpio_rig(*, low: bool = True) -> Rig:
    gpio = SimGpio()
    pins = Pins(CHIP, {"reset": PIN}, frozenset({"reset"} if low else ()))
    button = gpio_push_button(Inputs(pins, Bias.PULL_UP if low else Bias.PULL_DOWN, 30), InlineWorkers(), gpio)

    def used_by(somebody: str) -> None:
        gpio.chip.pins[PIN].used_by = somebody

    return Rig(
        button,
        lambda down: gpio.press(PIN, level=down is not low),
        gpio.unplug,
        gpio.plug,
        lambda: used_by("somebody"),
        lambda: used_by(""),
    )


def high_rig() -> Rig:
    return gpio_rig(low=False)


def twin_rig() -> Rig:
    twin = SimPushButton(VirtualClock())
    busy = DeviceBusyError("twin", "somebody has it")
    return Rig(twin, lambda down: twin.push(down=down), twin.unplug, twin.plug, lambda: twin.fail(busy), twin.plug)


@pytest.fixture(params=[twin_rig, gpio_rig, high_rig], ids=["twin", "gpio", "gpio-high"])
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    made: Rig = request.param()
    yield made
    run(made.button.aclose())


async def waiting(rig: Rig) -> asyncio.Task[Push]:
    """The device is open by then: that takes a few turns of the loop, and no time."""

    async def one() -> Push:
        return await rig.button.next_push()

    task = asyncio.create_task(one())
    for _ in range(10):
        await asyncio.sleep(0)
    return task


def test_that_it_went_down_and_was_let_go_is_told_once_each_and_in_time(rig: Rig) -> None:
    async def main() -> None:
        first = await waiting(rig)
        for down in (True, True, False, True):
            rig.push(down)
        pushes = [await first, *[await rig.button.next_push() for _ in range(2)]]
        assert [push.down for push in pushes] == [True, False, True]
        assert sorted(push.at for push in pushes) == [push.at for push in pushes]
        await rig.button.aclose()

    run(main())


def test_waiting_can_be_cancelled_without_losing_a_change(rig: Rig) -> None:
    async def main() -> None:
        first = await waiting(rig)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        rig.push(True)
        assert (await rig.button.next_push()).down
        await rig.button.aclose()

    run(main())


def test_a_pulled_cable_is_told_and_what_it_does_meanwhile_is_not(rig: Rig) -> None:
    async def main() -> None:
        first = await waiting(rig)
        rig.push(True)
        assert (await first).down
        then = await waiting(rig)
        rig.unplug()
        with pytest.raises(DeviceLostError):
            await then
        with pytest.raises(DeviceLostError):
            await rig.button.next_push()
        rig.push(False)
        rig.plug()
        again = await waiting(rig)
        assert not again.done()
        rig.push(True)
        assert (await again).down
        await rig.button.aclose()

    run(main())


def test_whoever_waits_when_it_is_closed_is_told(rig: Rig) -> None:
    async def main() -> None:
        first = await waiting(rig)
        await rig.button.aclose()
        await rig.button.aclose()
        with pytest.raises(DeviceLostError):
            await first
        with pytest.raises(DeviceLostError):
            await rig.button.next_push()

    run(main())


def test_a_pin_in_use_is_told_and_had_when_it_is_free(rig: Rig) -> None:
    async def main() -> None:
        rig.take()
        with pytest.raises(DeviceBusyError):
            await rig.button.next_push()
        rig.give()
        first = await waiting(rig)
        rig.push(True)
        assert (await first).down
        await rig.button.aclose()

    run(main())


def test_what_was_done_before_anybody_waited_is_nothing() -> None:
    async def main() -> None:
        button = SimPushButton(VirtualClock())
        button.push(down=True)
        first = asyncio.create_task(button.next_push())
        await asyncio.sleep(0)
        button.push(down=False)
        assert not (await first).down

    run(main())


def test_the_pin_is_free_again_when_the_button_was_closed() -> None:
    async def main() -> None:
        gpio = SimGpio()
        pins = Pins(CHIP, {"reset": PIN}, frozenset({"reset"}))
        button = gpio_push_button(Inputs(pins, Bias.PULL_UP, 30), InlineWorkers(), gpio)
        first = asyncio.create_task(button.next_push())
        for _ in range(10):
            await asyncio.sleep(0)
        assert gpio.chip.pins[PIN].used_by == CONSUMER
        await button.aclose()
        assert not gpio.chip.pins[PIN].used_by
        await asyncio.gather(first, return_exceptions=True)

    run(main())


CONTEXT = DriverContext(VirtualClock(), InlineWorkers(), SeededRandom(1))


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        ("gpio:/dev/gpiochip0", "no pin"),
        ("gpio:?reset=21", "which chip"),
        ("gpio:/dev/gpiochip0?reset=21&debounce=501", "debounce"),
        ("gpio:/dev/gpiochip0?reset=21&pull=sideways", "pull"),
        ("gpio:/dev/gpiochip0?reset=21&low=ok", "low"),
        ("gpio:/dev/gpiochip0?ok=6", "unknown option 'ok'"),
    ],
)
def test_a_wrong_uri_is_told_at_once(uri: str, told: str) -> None:
    with pytest.raises(DeviceConfigError, match=told):
        driver.open(uri, CONTEXT)


def test_a_chip_that_is_not_there_is_lost() -> None:
    uri = "gpio:/dev/gpiochip99?reset=21&debounce=30&pull=up&low=reset"
    with pytest.raises(DeviceLostError):
        run(driver.open(uri, CONTEXT).next_push())
