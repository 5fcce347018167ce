"""Keys that go on being pressed while the screen becomes another: they do nothing there."""

import asyncio
from dataclasses import replace

import pytest

from firmware.panel.glance import GLANCE_SECONDS, Glance
from firmware.panel.view import Screen, View
from hal.ports.buttons import Button
from tests.unit.panel.at_the_desk import job
from tests.unit.panel.recorded_desk import ASKED, LIST, ONE, PIN, TWO, digits
from tests.unit.panel.test_handsfree import Rig, story

OK = Button.OK
MOVED = replace(LIST, jobs=(job("new"), *LIST.jobs))


@pytest.mark.parametrize("typed", ["1", "091", "09091", "2"])
@pytest.mark.parametrize("screen", [LIST, ASKED, View(Screen.PRINTING, visit=7), replace(LIST, confirming=True)])
def test_what_is_typed_on_after_the_screen_has_changed_does_nothing(typed: str, screen: View) -> None:
    async def told(rig: Rig) -> None:
        await rig.pressed(*digits("47"))
        await rig.shown(screen)
        for digit in digits(typed):
            await rig.hurried(digit)
            await asyncio.sleep(GLANCE_SECONDS / 2)
        await rig.hurried(OK)
        assert rig.desk.done == []

    story(PIN, told)


def test_a_second_ok_of_a_pin_prints_nothing_and_one_after_a_glance_does() -> None:
    async def told(rig: Rig) -> None:
        await rig.pressed(*digits("4711"), OK)
        await rig.shown(View(Screen.READING, visit=7))
        await rig.shown(LIST)
        await rig.hurried(OK)
        assert rig.desk.done == [("pin", 7, "4711")]
        await rig.pressed(OK)
        assert rig.desk.done[1:] == [("print", 7)]

    story(PIN, told)


def test_a_digit_never_takes_another_document_than_the_one_that_had_it() -> None:
    async def told(rig: Rig) -> None:
        await rig.shown(LIST)
        await rig.pressed(TWO)
        await rig.shown(MOVED)
        await rig.hurried(TWO)
        assert rig.desk.done == [("choose", 7, "job-2", False)]
        assert rig.voice.said[-1].startswith("2 of 4 documents are chosen.")  # what stands there is said
        await rig.pressed(TWO)
        assert rig.desk.done[1:] == [("choose", 7, "job-1", False)]

    story(LIST, told)


def test_a_press_that_waited_while_the_screen_changed_is_for_the_screen_before() -> None:
    async def told(rig: Rig) -> None:
        await rig.pressed()
        rig.buttons.press(ONE)
        rig.desk.show(replace(ASKED, visit=8))  # before anybody took the press
        await asyncio.sleep(0.01)
        assert rig.desk.done == []

    story(LIST, told)


def test_what_somebody_knows_may_be_pressed_at_once() -> None:
    """A PIN upon the tap, and two digits that belong together."""

    async def told(rig: Rig) -> None:
        await rig.shown(PIN)
        await rig.hurried(*digits("4711"), OK)
        assert rig.desk.done == [("pin", 7, "4711")]
        await rig.shown(LIST)
        await rig.pressed(*digits("09"))
        assert rig.desk.done[1:] == [("delete", 7)]

    story(View(Screen.READY), told)


def test_what_a_press_has_made_itself_is_known_to_who_pressed() -> None:
    glance, confirming = Glance(), replace(LIST, confirming=True)
    glance.see(LIST, 0.0)
    assert glance.is_blind(LIST, 0.4)
    assert not glance.is_blind(LIST, 1.0)
    glance.own(confirming)
    assert not glance.is_blind(confirming, 1.0)
    glance.see(LIST, 2.0)
    assert glance.is_blind(LIST, 1.9)
    assert glance.is_blind(LIST, 2.4)
    assert not glance.is_blind(LIST, 2.9)
