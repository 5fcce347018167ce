"""Where the station stands: from the configuration to the screens."""

from dataclasses import replace
from pathlib import Path

import pytest

from firmware.config import ConfigError, load
from firmware.panel.place import SIDES, Place
from firmware.panel.render import Renderer
from firmware.panel.view import Screen, View
from tests.unit.test_config import GOOD, write

PANEL = '\n[panel]\nlisten = "tcp:127.0.0.1:0"\n'


def test_contact_and_side_are_configured(tmp_path: Path) -> None:
    config = load(write(tmp_path, GOOD + PANEL + 'contact = "Desk, 4711"\nreader = "below"\n'), {})
    assert (config.panel_contact, config.panel_reader) == ("Desk, 4711", "below")
    silent = load(write(tmp_path, GOOD + PANEL), {})
    assert (silent.panel_contact, silent.panel_reader) == ("", "")


def test_a_side_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"panel.reader must be .*left, right, below"):
        load(write(tmp_path, GOOD + PANEL + 'reader = "behind"\n'), {})


@pytest.mark.parametrize("side", SIDES)
def test_an_arrow_shows_the_way_to_the_reader(side: str) -> None:
    ready = Renderer(place=Place(reader=side)).screen(View(Screen.READY), 0.0)
    assert f"toward-{side}" in ready
    assert 'class="picture arrow"' in ready


def test_without_a_side_there_is_no_arrow() -> None:
    assert 'class="picture arrow"' not in Renderer().screen(View(Screen.READY), 0.0)


def test_whom_to_call_is_on_the_screens_that_end_here() -> None:
    shown = Renderer(place=Place("Desk <4711>"))
    out = View(Screen.OUT_OF_SERVICE)
    assert "Desk &lt;4711&gt;" in shown.screen(out, 0.0)
    assert "Desk &lt;4711&gt;" in shown.screen(replace(out, screen=Screen.NOT_CONNECTED), 0.0)
    assert "Please tell whoever looks after this printer." in Renderer().screen(out, 0.0)
