"""What one delivery has to say while it lasts, and what it asks of the person who stands there."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from firmware.core.events import (
    DeliveryAdvanced,
    DeliveryAsks,
    DeliveryLacks,
    DeliveryWaits,
    Event,
    Stage,
)
from firmware.core.questions import Answer, AnswerKind, Question, QuestionKind
from firmware.delivery.answers import Answers
from firmware.delivery.counting import Extent
from firmware.delivery.errors import DeliveryError
from firmware.delivery.guards import canceled, guarded
from hal.ports.clock import Clock

ANSWER_SECONDS = 60.0 * 12
"""The longest that a question waits for its answer: whoever stands there sees the paper, and nobody else does. The core
gives 60 s, and as much again each time that the person asks for it."""


class Voice:
    """One delivery's, numbered `ref` by the core. `answers` is None where there is nobody who could be asked. `cancel`
    is set when the person asks for an end, which ends a question too; what came out they may be asked after it."""

    def __init__(
        self, ref: int, post: Callable[[Event], None], answers: Answers | None, clock: Clock, cancel: asyncio.Event
    ) -> None:
        self._ref = ref
        self._post = post
        self._answers = answers
        self._clock = clock
        self._cancel = cancel
        self._page = 0

    def advance(self, stage: Stage) -> None:
        """The delivery is that far."""
        self._post(DeliveryAdvanced(self._ref, stage))

    def page(self, page: int) -> None:
        """That page is being made; told once, and not where nobody knows."""
        if page and page != self._page:
            self._page = page
            self._post(DeliveryAdvanced(self._ref, Stage.PRINTING, page))

    def wait(self, reasons: tuple[str, ...]) -> None:
        """For these the printer waits; for nothing any more."""
        self._post(DeliveryWaits(self._ref, reasons))

    def lacks(self, lost: tuple[str, ...]) -> None:
        """It is printed without these, and nobody was asked."""
        self._post(DeliveryLacks(self._ref, lost))

    async def came_out(self, extent: Extent) -> Answer | None:
        """Ask for the last page; None without an answer that can be right."""
        asked = Question(QuestionKind.CAME_OUT, page=extent.pages)
        most = extent.pages
        answer = await self._ask(asked)
        if answer is None or answer.kind is not AnswerKind.PAGES:
            return answer
        is_possible = answer.pages is not None and answer.pages >= 0 and (most is None or answer.pages <= most)
        return answer if is_possible else None

    async def print_anyway(self, lacks: tuple[str, ...]) -> bool:
        """Whether it shall be printed without what the printer lacks. Silence is no, and so is wanting it to end."""
        if self._cancel.is_set():
            return False
        answer = await self._ask(Question(QuestionKind.PRINT_ANYWAY, lacks=lacks))
        return answer is not None and answer.kind is AnswerKind.YES

    async def _ask(self, question: Question) -> Answer | None:
        """The person's word; None when they say nothing in time, or would rather end it all."""
        if self._answers is None:
            return None
        guards = [self._too_late()] if self._cancel.is_set() else [self._too_late(), canceled(self._cancel)]
        with suppress(DeliveryError, TimeoutError):
            return await guarded(self._heard(self._answers, question), *guards)
        return None

    async def _heard(self, answers: Answers, question: Question) -> Answer | None:
        with answers.asking() as (number, answered):
            self._post(DeliveryAsks(self._ref, question, number))
            return await answered

    async def _too_late(self) -> None:
        await self._clock.sleep(ANSWER_SECONDS)
        raise TimeoutError
