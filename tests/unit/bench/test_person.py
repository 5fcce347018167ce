"""What somebody says before a station, in words, as the event that the station gets."""

import pytest

from firmware.core.events import CancelPrinting, DeliveryAnswered, Event, JobsChosen
from firmware.core.questions import Answer, AnswerKind
from hal.sim.virtual_time import run
from hal.sim.words import parse
from tools.bench import person
from tools.bench.site import CannotDoError
from tools.bench.world import World


def said(words: str, *listed: str) -> list[Event]:
    """The events of one line, said to a station where `listed` and question 4 are on show to visit 7."""
    events: list[Event] = []

    async def say() -> None:
        world = World()
        await world.begin()
        life = world.life
        assert life is not None
        life.panel.visit, life.panel.listed, life.panel.shown.question = 7, listed, 4
        try:
            assert person.obey(life.panel, events.append, parse(words))
        finally:
            await world.aclose()

    run(say())
    return events


@pytest.mark.parametrize(
    ("words", "event"),
    [
        ("yes", DeliveryAnswered(7, Answer(AnswerKind.YES), 4)),
        ("no", DeliveryAnswered(7, Answer(AnswerKind.NO), 4)),
        ("pages 3", DeliveryAnswered(7, Answer(AnswerKind.PAGES, 3), 4)),
        ("pages 0", DeliveryAnswered(7, Answer(AnswerKind.PAGES, 0), 4)),
        ("rest", JobsChosen(7, ("a", "b"), rest=True)),
        ("rest of 2", JobsChosen(7, ("b",), rest=True)),
        ("choose 2", JobsChosen(7, ("b",))),
        ("cancel", CancelPrinting()),
    ],
)
def test_each_word_is_its_event(words: str, event: Event) -> None:
    assert said(words, "a", "b") == [event]


@pytest.mark.parametrize("words", ["rest", "rest of 1"])
def test_there_is_no_rest_of_no_list(words: str) -> None:
    with pytest.raises(CannotDoError, match="no list"):
        said(words)
