"""What the person before the station says to a delivery's question, on its way from the panel to the delivery."""

import asyncio

from firmware.core.events import Answer


class Answers:
    """One delivery's. `give` and `next` belong to the event loop; what is said while nothing is asked is kept for
    nobody, so that an answer is never one to an earlier question."""

    def __init__(self) -> None:
        self._asked: dict[int, asyncio.Future[Answer | None]] = {}

    async def next(self, ref: int) -> Answer | None:
        """The answer to the question that delivery `ref` asks now; None once it is known that nobody will give one.
        Has no time limit of its own."""
        answered: asyncio.Future[Answer | None] = asyncio.get_running_loop().create_future()
        self._asked[ref] = answered
        try:
            return await answered
        finally:
            if self._asked.get(ref) is answered:
                del self._asked[ref]

    def give(self, ref: int, answer: Answer | None) -> None:
        """Somebody said it, or nobody will; the first word counts."""
        asked = self._asked.get(ref)
        if asked is not None and not asked.done():
            asked.set_result(answer)
