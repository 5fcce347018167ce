"""`lockgate badge solve`: cards are tapped, what is printed on them is typed, and the rule between the two is found."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from firmware.badges.number import SHORTEST, BadgeUnreadableError
from firmware.badges.printed import understood
from firmware.badges.solver import MOST_CARDS, Candidate, Known, Solution, solve
from firmware.numbers import raw_read, refuse_random
from firmware.technician.asking import Asking
from firmware.technician.hints import LOST, hint
from firmware.technician.table import table
from hal.ports.badge_reader import BadgeReader, Form, Misread, Tap
from hal.ports.errors import DeviceLostError

T = TypeVar("T")


class EndedError(Exception):
    """The technician has stopped: nothing was changed."""


@dataclass(slots=True)
class Solving:
    """One search. `numbers` are what is printed on the cards, in the order in which they are tapped, where they were
    given beforehand; then nothing is asked about them."""

    reader: BadgeReader
    asking: Asking
    print: Callable[[str], None]
    numbers: Sequence[str] = field(repr=False, default=())
    known: list[Known] = field(repr=False, default_factory=list)

    async def run(self) -> tuple[Solution, Candidate | None]:
        """The rules found, and the one that the technician picked while a further card was awaited. Raises
        `EndedError`, `DeviceError`."""
        picked: Candidate | None = None
        solution = await self._next_card(await self._tap())
        while picked is None and self._wants_more(solution):
            tapped = await self._tap_or_pick(solution)
            if isinstance(tapped, Candidate):
                picked = tapped
            else:
                solution = await self._next_card(tapped)
        return solution, picked

    def _wants_more(self, solution: Solution) -> bool:
        if self.numbers:
            return len(self.known) < min(len(self.numbers), MOST_CARDS)
        return solution.ambiguous and len(self.known) < MOST_CARDS

    async def _next_card(self, tap: Tap) -> Solution:
        self.known.append(Known(raw_read(tap), await self._printed()))
        solution = solve(self.known)
        self.print(table(self.known, solution))
        return solution

    async def _printed(self) -> str:
        if self.numbers:
            return self.numbers[len(self.known)]
        while True:
            self.asking.tell("What is printed on the card, or stands in the directory?")
            line = await self.asking.line()
            if line is None:
                raise EndedError
            if understood([line]):
                return line
            self.asking.tell("That holds no card number.")

    async def _tap_or_pick(self, solution: Solution) -> Tap | Candidate:
        """A further card; or where nobody has one, the number of a candidate."""
        if self.numbers:
            return await self._tap()
        if solution.rivals(solution.candidates[0]):
            self.asking.tell(
                "Several rules fit, and would give other cards different numbers: one more card tells them apart."
            )
        if solution.candidates[0].refuses:
            self.asking.tell(
                "Rule 1 refuses cards with small numbers: tap the card with the smallest number that there is, best "
                f"one of fewer than {SHORTEST} digits."
            )
        self.asking.tell("If there is no other card, type the number of the rule that is right.")
        return await _first(self._tap(), self._pick(solution))

    async def _pick(self, solution: Solution) -> Candidate:
        while True:
            line = await self.asking.line()
            if line is None:
                raise EndedError
            picked = chosen(line, solution)
            if picked is not None:
                return picked
            self.asking.tell(f"Tap a card, or type 1 to {len(solution.candidates)}.")

    async def _tap(self) -> Tap:
        """The next card that is not one of those before."""
        self.asking.tell(f"Tap {'a' if not self.known else 'another'} card on the reader {self.reader.name}.")
        while True:
            try:
                reading = await self.reader.next_reading()
            except DeviceLostError as exc:
                raise DeviceLostError(exc.device, f"{exc.detail}: {LOST}") from exc
            fault = self._fault(reading)
            self.reader.acknowledge(good=not fault)
            if not fault and isinstance(reading, Tap):
                return reading
            self.asking.tell(fault)

    def _fault(self, reading: Tap | Misread) -> str:
        """Why this reading does not help; empty where it does."""
        if isinstance(reading, Misread):
            return f"{reading.fault.value}: {hint(reading.fault.value)}"
        try:
            refuse_random(reading)
        except BadgeUnreadableError as exc:
            return f"{exc.code}: {exc.detail}: {hint(exc.code)}"
        raw = raw_read(reading)
        if any(raw == card.raw for card in self.known):
            return "That is the same card again; take another."
        return "" if reading.form is Form.BITS or reading.credential else "The reader sent nothing."


def chosen(line: str, solution: Solution) -> Candidate | None:
    """The candidate of that number, counted from 1."""
    if not (line.isascii() and line.isdecimal() and len(line) < 3):
        return None
    index = int(line) - 1
    return solution.candidates[index] if 0 <= index < len(solution.candidates) else None


async def _first(*waiting: Coroutine[Any, Any, T]) -> T:
    """What comes first; the rest is cancelled."""
    tasks = [asyncio.ensure_future(each) for each in waiting]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return next(task for task in tasks if task in done).result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
