"""Every screen in a language that nobody speaks: no word on it is hard-coded, and each is a whole message."""

import re
from dataclasses import replace

import pytest

from firmware.panel.render import Renderer
from firmware.panel.view import Prefs, Screen
from tests.support.pseudo import BACKWARDS, FORWARDS, PseudoSpeech, PseudoSpeeches, pseudo
from tests.unit.panel.looks import NOW, TODAY, VIEWS, Checked

RENDERER = Renderer(PseudoSpeeches(), today=lambda: TODAY)
KEYS = re.compile(r"[a-z@.\-]")
_INNERMOST = re.compile(r"\[[^\[\]]*\]")


def outside_brackets(text: str) -> str:
    """What is left of a text without what was translated."""
    while (shorter := _INNERMOST.sub("", text)) != text:
        text = shorter
    return text


def words(name: str, speech: PseudoSpeech) -> list[str]:
    view = replace(VIEWS[name], prefs=Prefs(language=speech.tag))
    html = RENDERER.page(view, NOW)
    keyboard = view.screen is Screen.WHO
    return [word for word in Checked(html).words if not (keyboard and KEYS.fullmatch(word.strip()))]


@pytest.mark.parametrize("speech", [FORWARDS, BACKWARDS], ids=["ltr", "rtl"])
@pytest.mark.parametrize("name", VIEWS)
def test_nothing_is_said_that_is_no_message(name: str, speech: PseudoSpeech) -> None:
    said = words(name, speech)
    assert any("[" in word for word in said)
    assert [letter for letter in outside_brackets("\n".join(said)) if letter.isalpha()] == []


@pytest.mark.parametrize("name", VIEWS)
def test_the_page_and_the_screen_say_which_way_they_are_read(name: str) -> None:
    view = replace(VIEWS[name], prefs=Prefs(language=BACKWARDS.tag))
    page = Checked(RENDERER.page(view, NOW))
    told = [found for tag, found in page.tags if tag == "html" or "data-screen" in found]
    assert {(found["lang"], found["dir"]) for found in told} == {("ar-XB", "rtl")}
    typed = [found for tag, found in page.tags if tag == "input" and found["type"] != "hidden"]
    assert all(found.get("dir") in ("ltr", "auto") for found in typed)


def test_a_hard_coded_word_would_be_found() -> None:
    assert outside_brackets("[Ñúɱƀéř [4 MB]] of [4]") == " of "


@pytest.mark.parametrize("message", ["OK", "Print %(num)s", "Delete %(num)s of %(all)s documents?", ""])
def test_messages_are_longer_and_keep_their_places(message: str) -> None:
    for backwards in (False, True):
        made = pseudo(message, backwards=backwards)
        assert re.findall(r"%\(\w+\)s", made) == re.findall(r"%\(\w+\)s", message)
        growth = len(made) - len(message)
        assert growth >= 0.4 * len(re.sub(r"%\(\w+\)s", "", message))
