"""The indicator's contract, on the twin and on every driver."""

import logging
from collections.abc import Callable

import pytest

from hal.drivers import alsa_indicator, log_indicator
from hal.drivers.combined_indicator import CombinedIndicator
from hal.drivers.context import DriverContext
from hal.drivers.gpio_indicator import GpioIndicator
from hal.drivers.gpio_uri import Pins
from hal.drivers.reader_indicator import ReaderIndicator
from hal.ports.errors import DeviceConfigError, DeviceLostError
from hal.ports.indicator import Caption, Indicator, Signal
from hal.sim.clock import VirtualClock
from hal.sim.gpio import CHIP, SimGpio
from hal.sim.indicator import SimIndicator
from hal.sim.random_source import SeededRandom
from hal.sim.reader import SimReader
from hal.sim.workers import InlineWorkers
from tests.support.aio import run

CONTEXT = DriverContext(VirtualClock(), InlineWorkers(), SeededRandom(1))


KINDS: dict[str, Callable[[], Indicator]] = {
    "twin": SimIndicator,
    "log": lambda: log_indicator.open("log:", CONTEXT),
    "gpio": lambda: GpioIndicator(Pins(CHIP, {"red": 17, "buzzer": 18}, frozenset()), VirtualClock(), SimGpio()),
    "alsa": lambda: alsa_indicator.open("alsa:null", CONTEXT),
    "reader": lambda: ReaderIndicator([SimReader("reader-1")]),
    "several": lambda: CombinedIndicator([SimIndicator(), alsa_indicator.open("alsa:null?volume=0", CONTEXT)]),
}


@pytest.fixture(params=KINDS)
def make(request: pytest.FixtureRequest) -> Callable[[], Indicator]:
    return KINDS[request.param]


def test_every_signal_can_be_shown_and_every_read_heard(make: Callable[[], Indicator]) -> None:
    async def main() -> None:
        indicator = make()
        for signal in Signal:
            indicator.show(signal)
            indicator.acknowledge(good=True)
            indicator.acknowledge(good=False)
        await indicator.aclose()

    run(main())


def test_it_closes_twice_and_in_silence(make: Callable[[], Indicator]) -> None:
    async def main() -> None:
        indicator = make()
        indicator.show(Signal.READY)
        await indicator.aclose()
        await indicator.aclose()
        indicator.acknowledge(good=True)  # by a read that came too late
        await indicator.aclose()

    run(main())


def test_the_twin_remembers_each_read_but_not_while_it_is_unplugged() -> None:
    twin = SimIndicator()
    twin.acknowledge(good=True)
    twin.unplug()
    twin.acknowledge(good=True)
    twin.plug()
    twin.acknowledge(good=False)
    assert twin.acknowledged == [True, False]


def test_twin_remembers_in_order_and_knows_what_is_lit() -> None:
    twin = SimIndicator()
    twin.show(Signal.READING)
    twin.show(Signal.GOOD)
    assert (twin.shown, twin.lit) == ([Signal.READING, Signal.GOOD], Signal.GOOD)
    run(twin.aclose())
    assert twin.lit is None


def test_twin_unplugged_is_lost() -> None:
    twin = SimIndicator()
    twin.unplug()
    with pytest.raises(DeviceLostError):
        twin.show(Signal.READY)
    twin.plug()
    twin.show(Signal.READY)
    assert twin.shown == [Signal.READY]


def test_log_has_one_record_a_signal(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "lockgate.indicator")
    lights = log_indicator.open("log:", CONTEXT)
    lights.show(Signal.NO_JOBS)
    run(lights.aclose())
    run(lights.aclose())
    assert [record.getMessage() for record in caplog.records] == ["signal=no-jobs", "signal=dark"]
    assert caplog.records[0].__dict__["signal"] == "no-jobs"


def test_log_takes_no_options() -> None:
    with pytest.raises(DeviceConfigError):
        log_indicator.open("log:?colour=red", CONTEXT)


def test_the_log_has_the_captions_too(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "lockgate.indicator")
    log_indicator.open("log:", CONTEXT).show(Signal.PRINTER_NEEDS_YOU, (Caption("Paper is jammed.", "jam"),))
    assert caplog.messages == ["signal=printer-needs-you", "picture=jam Paper is jammed."]
