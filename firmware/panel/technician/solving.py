"""The format solver on the page: cards that were tapped, what is printed on them, and the rule between the two."""

from dataclasses import dataclass, field

from firmware.badges.printed import understood
from firmware.badges.solver import MOST_CARDS, Known, Solution, solve
from firmware.errors import LockgateError
from firmware.numbers import raw_read
from firmware.technician.table import directory, table, warning
from firmware.technician.told import joined
from firmware.technician.writing import write
from hal.ports.badge_reader import Tap
from hal.ports.storage import Storage
from hal.ports.workers import Workers

LONGEST = 64
"""Characters of what is printed on a card."""


class SolvingError(LockgateError):
    """Codes: `card-not-shown` (that tap is not on the page any more), `card-number-missing` (what was typed holds no
    card number), `card-known` (it was taken already, or there are enough), `badge-rule-none` (no such rule)."""

    code = "card-not-shown"


@dataclass(slots=True)
class Solving:
    """One search, for whoever looks. The numbers are in the clear: the technician has the cards in hand."""

    workers: Workers
    storage: Storage
    known: list[Known] = field(repr=False, default_factory=list)
    solution: Solution = field(repr=False, default=Solution(()))
    said: str = ""

    async def add(self, tap: Tap | None, printed: str) -> None:
        """One more card. Raises `SolvingError`."""
        if tap is None:
            raise SolvingError
        if len(printed) > LONGEST or not understood([printed]):
            raise SolvingError(code="card-number-missing")
        raw = raw_read(tap)
        if len(self.known) >= MOST_CARDS or any(card.raw == raw for card in self.known):
            raise SolvingError(code="card-known")
        known = [*self.known, Known(raw, printed)]
        self.solution = await self.workers.run(lambda: solve(known))
        self.known, self.said = known, ""

    def forget(self) -> None:
        """All cards."""
        self.known, self.solution, self.said = [], Solution(()), ""

    def keep(self, number: int, reader: str | None) -> None:
        """Write the rule of that number, from 1, for that reader or the site. Raises `SolvingError`, `StorageError`,
        `RuleStoreError`."""
        if not 1 <= number <= len(self.solution.candidates):
            raise SolvingError(code="badge-rule-none")
        notes = _Notes()
        write(self.solution.candidates[number - 1], self.storage, reader, notes)
        self.forget()
        self.said = joined(notes.lines)

    @property
    def table(self) -> str:
        """Cards and rules side by side; empty before the first card."""
        return table(self.known, self.solution) if self.known else ""

    @property
    def warning(self) -> str:
        """What speaks against the first rule."""
        return warning(self.solution.candidates[0], self.solution) if self.solution.candidates else ""

    @property
    def directory(self) -> str:
        """What the directory has to hold then."""
        return directory(self.known, self.solution.candidates[0]) if self.solution.candidates else ""


class _Notes:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def tell(self, words: str) -> None:
        self.lines.append(words)

    async def line(self) -> str | None:
        return None
