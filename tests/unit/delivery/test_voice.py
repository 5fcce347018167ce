"""What a delivery says and asks: nothing twice, no answer that cannot be right, and no wait without an end."""

import asyncio

import pytest

from firmware.core.events import DeliveryAdvanced, DeliveryAsks, Event, Stage
from firmware.core.questions import Answer, AnswerKind, QuestionKind
from firmware.delivery.answers import Answers
from firmware.delivery.counting import Extent
from firmware.delivery.voice import ANSWER_SECONDS, Voice
from hal.sim.clock import VirtualClock
from hal.sim.virtual_time import run

YES = Answer(AnswerKind.YES)


class Panel:
    """Whoever stands there answers `says` in the very moment they are asked; not at all with None."""

    def __init__(self, says: Answer | None = None) -> None:
        self.events: list[Event] = []
        self.says = says
        self.answers = Answers()
        self.cancel = asyncio.Event()
        self.clock = VirtualClock()
        self.voice = Voice(1, self.hear, self.answers, self.clock, self.cancel)

    def hear(self, event: Event) -> None:
        self.events.append(event)
        if isinstance(event, DeliveryAsks) and self.says is not None:
            self.answers.give(event.number, self.says)

    @property
    def asked(self) -> list[QuestionKind]:
        return [event.question.kind for event in self.events if isinstance(event, DeliveryAsks)]

    @property
    def numbers(self) -> list[int]:
        return [event.number for event in self.events if isinstance(event, DeliveryAsks)]


def test_a_page_is_told_once_and_none_where_nobody_knows() -> None:
    panel = Panel()
    for page in (0, 1, 1, 0, 2, 0):
        panel.voice.page(page)
    assert panel.events == [DeliveryAdvanced(1, Stage.PRINTING, page) for page in (1, 2)]


@pytest.mark.parametrize(
    ("pages", "of", "is_possible"),
    [(0, 5, True), (5, 5, True), (6, 5, False), (-1, 5, False), (None, 5, False), (900, None, True), (-1, None, False)],
)
def test_only_pages_that_the_document_has_can_have_come_out(
    pages: int | None, of: int | None, is_possible: bool
) -> None:
    answer = Answer(AnswerKind.PAGES, pages)
    panel = Panel(answer)
    assert run(panel.voice.came_out(Extent(of))) == (answer if is_possible else None)
    assert panel.asked == [QuestionKind.CAME_OUT]


def test_whoever_called_it_off_is_not_asked_whether_to_print() -> None:
    panel = Panel(YES)
    panel.cancel.set()
    assert run(panel.voice.print_anyway(("sides",))) is False
    assert panel.asked == []


def test_whoever_called_it_off_is_still_asked_what_came_out() -> None:
    panel = Panel()
    panel.cancel.set()

    async def story() -> Answer | None:
        asyncio.get_running_loop().call_later(20, lambda: panel.answers.give(panel.numbers[-1], YES))
        return await panel.voice.came_out(Extent(2))

    assert run(story()) == YES


def test_calling_it_off_ends_a_question_without_a_word() -> None:
    panel = Panel()

    async def story() -> tuple[bool, float]:
        asyncio.get_running_loop().call_later(7, panel.cancel.set)
        return await panel.voice.print_anyway(("sides",)), panel.clock.monotonic()

    assert run(story()) == (False, 7)


def test_a_question_is_not_waited_for_for_ever_and_its_answer_is_none_to_the_next() -> None:
    panel = Panel()

    async def story() -> None:
        assert await panel.voice.came_out(Extent(2)) is None
        assert panel.clock.monotonic() == ANSWER_SECONDS
        panel.answers.give(panel.numbers[-1], YES)
        asyncio.get_running_loop().call_later(1, panel.answers.give, panel.numbers[-1], YES)
        assert await panel.voice.print_anyway(("sides",)) is False
        assert panel.clock.monotonic() == 2 * ANSWER_SECONDS
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(story())


def test_only_yes_is_yes() -> None:
    for kind in AnswerKind:
        assert run(Panel(Answer(kind)).voice.print_anyway(("sides",))) is (kind is AnswerKind.YES)


def test_where_nobody_stands_nobody_is_asked() -> None:
    events: list[Event] = []
    voice = Voice(1, events.append, None, VirtualClock(), asyncio.Event())
    assert run(voice.came_out(Extent(2))) is None
    assert run(voice.print_anyway(("sides",))) is False
    assert events == []


def test_a_late_answer_is_none_to_the_next_question_of_the_same_delivery() -> None:
    panel = Panel()

    async def story() -> tuple[bool, Answer | None]:
        loop = asyncio.get_running_loop()
        loop.call_later(5, lambda: panel.answers.give(panel.numbers[0], YES))
        anyway = await panel.voice.print_anyway(("page-ranges",))
        loop.call_later(1, lambda: panel.answers.give(panel.numbers[0], YES))  # said twice
        loop.call_later(2, lambda: panel.answers.give(panel.numbers[1], Answer(AnswerKind.NO)))
        return anyway, await panel.voice.came_out(Extent(2))

    assert run(story()) == (True, Answer(AnswerKind.NO))
    assert panel.numbers == [1, 2]


def test_no_two_deliveries_ask_under_one_number() -> None:
    panel = Panel(YES)
    other = Voice(2, panel.hear, panel.answers, panel.clock, panel.cancel)

    async def story() -> None:
        await panel.voice.came_out(Extent(2))
        await other.came_out(Extent(2))

    run(story())
    assert panel.numbers == [1, 2]
