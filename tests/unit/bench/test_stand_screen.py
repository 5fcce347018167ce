"""What whoever stands at the typed station is told in words."""

import pytest

from hal.ports.indicator import Caption, Signal
from hal.sim.indicator import SimIndicator
from tests.support.aio import run
from tools.bench.stand import Screen


def test_words_and_picture_are_said_and_the_light_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    twin = SimIndicator()
    screen = Screen(twin)
    screen.show(Signal.READY)
    assert capsys.readouterr().out == ""
    screen.show(Signal.PRINTER_NEEDS_YOU, (Caption("A cover is open. Close it.", "cover"),))
    assert capsys.readouterr().out == "[cover] A cover is open. Close it.\n"
    assert twin.shown == [Signal.READY, Signal.PRINTER_NEEDS_YOU]
    run(screen.aclose())
    assert twin.lit is None
