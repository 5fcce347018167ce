"""What whoever stands at the typed station is told in words."""

import pytest

from hal.ports.indicator import Caption, Signal
from hal.sim.indicator import SimIndicator
from tests.support.aio import run
from tools.bench.panel import Shown
from tools.bench.stand import Screen


def test_words_and_picture_are_said_and_the_light_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    twin = SimIndicator()
    shown = Shown()
    screen = Screen(twin, shown)
    screen.show(Signal.READY)
    assert capsys.readouterr().out == ""
    screen.show(Signal.PRINTER_NEEDS_YOU, (Caption("A cover is open. Close it.", "cover"),))
    assert capsys.readouterr().out == "[cover] A cover is open. Close it.\n"
    assert twin.shown == [Signal.READY, Signal.PRINTER_NEEDS_YOU]
    assert shown.question is None
    screen.show(Signal.QUESTION, (Caption("Did page 3 come out?", "question", 4),))
    screen.show(Signal.PRINTER_NEEDS_YOU, (Caption("A cover is open. Close it.", "cover"),))
    assert shown.question == 4
    screen.show(Signal.QUESTION, (Caption("Did page 2 come out?", "question", 5),))
    assert shown.question == 5
    run(screen.aclose())
    assert twin.lit is None
