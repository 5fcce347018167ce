"""A list that changes under a keypad: it points to the document that it pointed to."""

from dataclasses import replace

import pytest

from firmware.panel.keys import Keys
from firmware.panel.listed import ListedJob
from firmware.panel.spoken import spoken
from firmware.panel.view import Screen, View
from hal.ports.buttons import Button
from hal.ports.voice import Line, Sentence
from tests.unit.panel.at_the_desk import LENT, MINE, OTHER, job
from tests.unit.panel.recorded_desk import RecordedDesk

NEW = job("new")
LIST = View(Screen.JOBS, visit=7, jobs=(MINE, OTHER, LENT), chosen=frozenset({"mine", "other"}))


def choosing(jobs: tuple[ListedJob, ...], *presses: Button) -> list[tuple[object, ...]]:
    """What OK does after those presses, once the list is another."""
    desk = RecordedDesk(LIST)
    keys = Keys(desk)
    for press in presses:
        keys.press(press)
    desk.view = replace(LIST, jobs=jobs)
    keys.press(Button.OK)
    return desk.done


@pytest.mark.parametrize(
    ("jobs", "chosen"),
    [
        ((NEW, MINE, OTHER, LENT), "other"),
        ((OTHER, LENT), "other"),
        ((MINE, LENT), "lent"),  # it is gone itself: what stands there now
    ],
)
def test_ok_is_for_the_document_that_was_pointed_to(jobs: tuple[ListedJob, ...], chosen: str) -> None:
    [(verb, visit, job_id, _)] = choosing(jobs, Button.NEXT, Button.NEXT)
    assert (verb, visit, job_id) == ("choose", 7, chosen)


def test_on_the_whole_list_ok_prints_as_before() -> None:
    assert [one[0] for one in choosing((NEW, *LIST.jobs))] == ["print"]


def test_of_what_nobody_knows_the_end_is_said_too_and_alone_there_is_only_leaving() -> None:
    said = spoken(replace(LIST, unsure=(NEW,)))
    assert said[0] == Sentence(Line.WHY_UNSURE)
    assert Sentence(Line.JOBS_CHOSEN, 2, 3) in said
    nothing_else = View(Screen.JOBS, visit=7, unsure=(NEW,))
    assert spoken(nothing_else) == (Sentence(Line.WHY_UNSURE), Sentence(Line.PRESS_TO_LOG_OUT))
