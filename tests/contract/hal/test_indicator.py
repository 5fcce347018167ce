"""The indicator's contract, on the twin and on the log."""

import logging

import pytest

from hal.drivers import log_indicator
from hal.drivers.context import DriverContext
from hal.ports.errors import DeviceConfigError, DeviceLostError
from hal.ports.indicator import Caption, Indicator, Signal
from hal.sim.clock import VirtualClock
from hal.sim.indicator import SimIndicator
from hal.sim.random_source import SeededRandom
from hal.sim.workers import InlineWorkers
from tests.support.aio import run

CONTEXT = DriverContext(VirtualClock(), InlineWorkers(), SeededRandom(1))


@pytest.fixture(params=["twin", "log"])
def indicator(request: pytest.FixtureRequest) -> Indicator:
    return SimIndicator() if request.param == "twin" else log_indicator.open("log:", CONTEXT)


def test_every_signal_can_be_shown(indicator: Indicator) -> None:
    for signal in Signal:
        indicator.show(signal)


def test_it_closes_twice_and_in_silence(indicator: Indicator) -> None:
    indicator.show(Signal.READY)
    run(indicator.aclose())
    run(indicator.aclose())


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
