"""What a person's list says beside what can be chosen: that the printer waits, what came, what nobody knows."""

from dataclasses import replace

import pytest

from firmware.core.conditions import UNSURE
from firmware.core.signs import Notice
from firmware.panel.languages import Languages
from firmware.panel.render import Renderer
from firmware.panel.view import Prefs, Said, Screen, View
from tests.unit.panel.looks import NOW, VIEWS, Checked, renderer


def test_a_jam_is_told_once_on_the_list() -> None:
    screen = renderer().screen(VIEWS["jobs-jam"], NOW)
    need = VIEWS["jobs-jam"].needs[0]
    shown = Checked(screen).words
    assert len([word for word in shown if need.deed in word]) == 1
    assert screen.count('class="strip') == 1
    assert "The printer needs somebody" not in screen


def test_that_nobody_knows_is_told_also_where_nobody_stands() -> None:
    unsure = Said(Notice.PRINTER_NEEDS_YOU, needs=(UNSURE,))
    for screen in (Screen.READY, Screen.PRINTER_NEEDS_YOU):
        assert "Did all pages come out?" in renderer().screen(View(screen, said=unsure), NOW)
    told = replace(unsure, needs=(UNSURE,), code="no-answer")
    assert "Did all pages come out?" in renderer().screen(View(Screen.READY, said=told), NOW)


@pytest.mark.parametrize("name", ["jobs-unsure", "unsure"])
def test_what_nobody_knows_of_is_shown_apart_with_whom_to_ask_and_is_no_button(name: str) -> None:
    view = VIEWS[name]
    screen = renderer().screen(view, NOW)
    page = Checked(screen)
    buttons = {found["id"] for tag, found in page.tags if tag == "button"}
    assert not {f"job-{job.job_id}" for job in view.unsure} & buttons
    assert screen.count("job unsure") == len(view.unsure)
    assert any("nobody knows whether" in word for word in page.words)
    assert "4711" in page.words
    assert ("print" in buttons, "leave" in buttons) == (bool(view.jobs), True)


def test_what_has_just_arrived_says_so_and_is_announced() -> None:
    page = Checked(renderer().screen(VIEWS["jobs-new"], NOW))
    assert page.words.count("Just arrived") == 1
    [said] = [found["data-say"] for _, found in page.tags if "data-say" in found]
    assert "1 document has just arrived." in said


def test_only_what_the_site_offers_can_be_touched() -> None:
    site = Renderer(Languages("de"))
    for view in (VIEWS["jobs"], View(Screen.READY)):
        page = Checked(site.screen(replace(view, languages=("de", "fr"), prefs=Prefs(language="ja")), NOW))
        tags = {found["lang"] for tag, found in page.tags if tag == "span" and "lang" in found}
        assert tags == {"de", "fr"}
        [section] = [found for tag, found in page.tags if tag == "section" and "data-page" in found]
        assert section["lang"] == "de"
