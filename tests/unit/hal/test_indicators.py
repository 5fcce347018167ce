"""Several indicators as one, and the readers' own lamps as one of them."""

import logging

import pytest

from hal.drivers.combined_indicator import CombinedIndicator
from hal.drivers.reader_indicator import ReaderIndicator
from hal.ports.errors import DeviceLostError
from hal.ports.indicator import Signal
from hal.sim.indicator import SimIndicator
from hal.sim.reader import SimReader
from tests.support.aio import run


def test_each_shows_each_signal_and_sounds_each_read() -> None:
    first, second = SimIndicator(), SimIndicator()
    both = CombinedIndicator([first, second])
    both.show(Signal.DONE)
    both.acknowledge(good=False)
    assert first.shown == second.shown == [Signal.DONE]
    assert first.acknowledged == second.acknowledged == [False]
    run(both.aclose())
    assert first.lit is second.lit is None


def test_one_that_fails_stops_none_and_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "lockgate.indicator")
    broken, sound = SimIndicator(), SimIndicator()
    both = CombinedIndicator([broken, sound])
    broken.unplug()
    for signal in (Signal.READING, Signal.GOOD):
        both.show(signal)
    assert sound.shown == [Signal.READING, Signal.GOOD]
    broken.plug()
    both.show(Signal.DONE)
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert "device-lost" in caplog.messages[0]
    assert broken.shown == [Signal.DONE]


def test_it_is_an_error_where_nobody_could_be_told() -> None:
    parts = [SimIndicator(), SimIndicator()]
    for part in parts:
        part.unplug()
    with pytest.raises(DeviceLostError):
        CombinedIndicator(parts).show(Signal.READY)


class LitReader(SimReader):
    """A reader with lamps."""

    def __init__(self) -> None:
        super().__init__("lit")
        self.signals: list[Signal] = []

    def show(self, signal: Signal) -> None:
        self.signals.append(signal)


def test_readers_with_lamps_show_what_the_station_shows_and_the_others_nothing() -> None:
    lit = LitReader()
    indicator = ReaderIndicator([SimReader("dark"), lit])
    indicator.show(Signal.READY)
    indicator.acknowledge(good=True)  # each is told of its own reads by who reads them
    run(indicator.aclose())
    assert lit.signals == [Signal.READY]
    assert lit.said == []
