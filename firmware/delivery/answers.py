"""What the person before the station says to a delivery's question, on its way from the panel to the delivery."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from firmware.core.questions import Answer


class Answers:
    """One station's, for as long as it lives. `give` and `asking` belong to the event loop. Every question has a number
    of its own, so that an answer is never one to an earlier question, nor to a later one."""

    def __init__(self) -> None:
        self._asked: dict[int, asyncio.Future[Answer | None]] = {}
        self._last = 0

    @contextmanager
    def asking(self) -> Iterator[tuple[int, asyncio.Future[Answer | None]]]:
        """One question: its number, from 1, and what will be its answer; None once it is known that nobody will give
        one. Has no time limit of its own; an answer counts only inside."""
        self._last += 1
        number, answered = self._last, asyncio.get_running_loop().create_future()
        self._asked[number] = answered
        try:
            yield number, answered
        finally:
            del self._asked[number]

    def give(self, number: int, answer: Answer | None) -> None:
        """Somebody said it to that question, or nobody will; the first word counts."""
        asked = self._asked.get(number)
        if asked is not None and not asked.done():
            asked.set_result(answer)
