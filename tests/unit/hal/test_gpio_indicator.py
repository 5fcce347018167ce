"""Lamps and a buzzer at pins, against a chip that refuses what the kernel refuses."""

import asyncio
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hal.drivers import gpio_indicator, gpio_uri
from hal.drivers.context import DriverContext
from hal.drivers.gpio_indicator import GpioIndicator
from hal.drivers.gpio_lines import CONSUMER
from hal.drivers.gpio_uri import Pins
from hal.feedback.table import DARK, TABLE, Lamp
from hal.ports.errors import (
    DeviceBusyError,
    DeviceConfigError,
    DeviceError,
    DeviceForbiddenError,
    DeviceLostError,
)
from hal.ports.indicator import Signal
from hal.sim.clock import VirtualClock
from hal.sim.gpio import CHIP, SimGpio
from hal.sim.random_source import SeededRandom
from hal.sim.virtual_time import run
from hal.sim.workers import InlineWorkers

RED, GREEN, BLUE, BUZZER = 17, 27, 22, 18
ALL = {"red": RED, "green": GREEN, "blue": BLUE, "buzzer": BUZZER}


def lights(gpio: SimGpio, pins: dict[str, int | str] | None = None, low: tuple[str, ...] = ()) -> GpioIndicator:
    return GpioIndicator(Pins(CHIP, pins or dict(ALL), frozenset(low)), VirtualClock(), gpio)


def lit(gpio: SimGpio) -> frozenset[Lamp]:
    pins = gpio.chip.pins
    return frozenset(lamp for lamp in Lamp if pins[ALL[lamp.value]].level)


async def seen(gpio: SimGpio, milliseconds: int, step: int = 10) -> list[tuple[frozenset[Lamp], bool]]:
    """Lamps and buzzer, looked at in the middle of every step."""
    found = []
    await asyncio.sleep(step / 2000)
    for _ in range(milliseconds // step):
        found.append((lit(gpio), gpio.chip.pins[BUZZER].level))
        await asyncio.sleep(step / 1000)
    return found


def expected(signal: Signal, milliseconds: int, step: int = 10) -> list[tuple[frozenset[Lamp], bool]]:
    row = TABLE[signal]
    light = [flash.colour for flash in row.light for _ in range((flash.ms or step) // step)]
    tone = [tone.hertz > 0 for tone in row.tones for _ in range(tone.ms // step)]
    steps = milliseconds // step
    return [(light[at % len(light)], at < len(tone) and tone[at]) for at in range(steps)]


@pytest.mark.parametrize("signal", Signal)
def test_each_signal_is_at_the_pins_as_the_table_says(signal: Signal) -> None:
    async def main() -> None:
        gpio = SimGpio()
        indicator = lights(gpio)
        indicator.show(signal)
        assert await seen(gpio, 8000) == expected(signal, 8000)
        await indicator.aclose()

    run(main())


def test_the_first_flash_is_there_before_show_returns() -> None:
    async def main() -> None:
        gpio = SimGpio()
        lights(gpio).show(Signal.READING)
        assert lit(gpio) == {Lamp.BLUE}

    run(main())


def test_the_latest_signal_wins_and_its_rhythm_begins_anew() -> None:
    async def main() -> None:
        gpio = SimGpio()
        indicator = lights(gpio)
        indicator.show(Signal.FAULT)
        await asyncio.sleep(0.05)
        indicator.show(Signal.DONE)
        assert await seen(gpio, 4000) == expected(Signal.DONE, 4000)

    run(main())


def test_a_signal_without_a_tone_lets_the_one_before_sound_to_its_end() -> None:
    async def main() -> None:
        gpio = SimGpio()
        indicator = lights(gpio)
        indicator.show(Signal.DONE)
        indicator.show(Signal.READY)
        assert [buzz for _, buzz in await seen(gpio, 2000)] == [buzz for _, buzz in expected(Signal.DONE, 2000)]

    run(main())


@pytest.mark.parametrize(("good", "beeps"), [(True, 1), (False, 2)])
def test_a_read_is_heard_and_the_light_stays(good: bool, beeps: int) -> None:
    async def main() -> None:
        gpio = SimGpio()
        indicator = lights(gpio)
        indicator.show(Signal.READY)
        indicator.acknowledge(good=good)
        found = await seen(gpio, 1000)
        assert {lamps for lamps, _ in found} == {frozenset({Lamp.GREEN})}
        buzzing = [buzz for _, buzz in found]
        assert sum(now and not before for before, now in zip([False, *buzzing], buzzing, strict=False)) == beeps

    run(main())


def test_what_is_active_low_is_low_when_it_shines_and_high_when_it_is_dark() -> None:
    async def main() -> None:
        gpio = SimGpio()
        indicator = lights(gpio, {"red": RED, "buzzer": BUZZER}, low=("red",))
        indicator.show(Signal.READY)
        assert gpio.chip.pins[RED].level is False
        await indicator.aclose()
        assert gpio.chip.pins[RED].level is True

    run(main())


def test_one_lamp_alone_has_every_rhythm() -> None:
    async def main() -> None:
        gpio = SimGpio()
        indicator = lights(gpio, {"red": RED})
        indicator.show(Signal.DONE)
        shining = [bool(lamps) for lamps, _ in await seen(gpio, 4000)]
        assert shining == [lamps != DARK for lamps, _ in expected(Signal.DONE, 4000)]

    run(main())


def test_pins_go_by_name_too_and_are_ours_until_the_end() -> None:
    async def main() -> None:
        gpio = SimGpio()
        indicator = lights(gpio, {"green": "GPIO27", "red": RED})
        indicator.show(Signal.READY)
        pins = gpio.chip.pins
        assert [pin.used_by for pin in (pins[GREEN], pins[RED], pins[BLUE])] == [CONSUMER, CONSUMER, ""]
        indicator.show(Signal.FAULT)
        await indicator.aclose()
        await indicator.aclose()
        assert not any(pin.used_by or pin.level for pin in pins)
        await asyncio.sleep(10)
        assert not any(pin.level for pin in pins)

    run(main())


def refused(gpio: SimGpio, pins: dict[str, int | str] | None = None) -> DeviceError:
    async def main() -> DeviceError:
        indicator = lights(gpio, pins)
        indicator.acknowledge(good=True)  # never raises
        with pytest.raises(DeviceError) as told:
            indicator.show(Signal.READY)
        assert not any(pin.used_by == CONSUMER for pin in gpio.chip.pins)
        return told.value

    return run(main())


def test_what_real_pins_refuse_is_told_apart() -> None:
    busy, forbidden, inputs, gone = SimGpio(), SimGpio(), SimGpio(), SimGpio()
    busy.chip.pins[BLUE].used_by = "spi0 CS1"
    forbidden.chip.forbidden = True
    inputs.chip.pins[GREEN].input_only = True
    gone.unplug()
    assert isinstance(refused(busy), DeviceBusyError)
    assert isinstance(refused(forbidden), DeviceForbiddenError)
    assert isinstance(refused(inputs), DeviceConfigError)
    assert isinstance(refused(gone), DeviceLostError)
    assert isinstance(refused(SimGpio(), {"red": "LAMP"}), DeviceConfigError)
    assert isinstance(refused(SimGpio(), {"red": 28}), DeviceConfigError)
    assert isinstance(refused(SimGpio(), {"red": 17, "green": "GPIO17"}), DeviceConfigError)


def test_a_chip_that_is_pulled_out_in_the_middle_is_told_with_the_next_signal_and_works_when_it_is_back() -> None:
    async def main() -> None:
        gpio = SimGpio()
        indicator = lights(gpio)
        indicator.show(Signal.FAULT)
        gpio.unplug()
        await asyncio.sleep(1)
        for _ in range(2):
            with pytest.raises(DeviceLostError):
                indicator.show(Signal.READY)
        gpio.plug()
        indicator.show(Signal.READY)
        assert lit(gpio) == {Lamp.GREEN}

    run(main())


def test_it_closes_also_when_the_chip_is_gone() -> None:
    async def main() -> None:
        gpio = SimGpio()
        indicator = lights(gpio)
        indicator.show(Signal.FAULT)
        gpio.unplug()
        await indicator.aclose()

    run(main())


CONTEXT = DriverContext(VirtualClock(), InlineWorkers(), SeededRandom(1))


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        ("gpio:", "which chip"),
        ("gpio:gpiochip0?red=1", "which chip"),
        ("gpio:/dev/gpiochip0", "no pin is named"),
        ("gpio:/dev/gpiochip0?red=", "red must be"),
        ("gpio:/dev/gpiochip0?red=a%20b", "red must be"),
        ("gpio:/dev/gpiochip0?red=1&green=1", "two things"),
        ("gpio:/dev/gpiochip0?red=1&low=purple", "purple"),
        ("gpio:/dev/gpiochip0?yellow=1", "yellow"),
    ],
)
def test_a_wrong_uri_is_told_at_once(uri: str, told: str) -> None:
    with pytest.raises(DeviceConfigError, match=told):
        gpio_indicator.open(uri, CONTEXT)


@given(st.dictionaries(st.sampled_from((*gpio_uri.LAMPS, "low", "x")), st.text(max_size=8), max_size=4))
@settings(deadline=None)
def test_whatever_a_uri_says_it_is_pins_or_a_mistake_that_is_told(options: dict[str, str]) -> None:
    try:
        indicator = gpio_indicator.open(f"gpio:/dev/gpiochip0?{urlencode(options)}", CONTEXT)
    except DeviceConfigError as exc:
        assert exc.code == "device-config"  # noqa: PT017 - both ends are right
    else:
        run(indicator.aclose())
        assert set(options) <= {*gpio_uri.LAMPS, "low"}


def test_a_right_uri_opens_also_where_there_is_no_such_chip() -> None:
    async def main() -> None:
        indicator = gpio_indicator.open("gpio:/dev/gpiochip99?red=17&buzzer=GPIO18&low=buzzer", CONTEXT)
        with pytest.raises(DeviceLostError):
            indicator.show(Signal.READY)
        await indicator.aclose()

    run(main())
