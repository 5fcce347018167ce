"""What one event brings about, gathered while the machines move: effects to perform and lines to journal."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from transitions import MachineError

from firmware.core.effects import Effect
from firmware.core.table import Table


@dataclass(frozen=True, slots=True)
class Step:
    """The answer to one event, in order. Journal lines are plain words: no user, title, credential or session."""

    effects: tuple[Effect, ...]
    journal: tuple[str, ...]


class Outbox:
    """Shared by the machines of one core; emptied after each event."""

    def __init__(self) -> None:
        self.effects: list[Effect] = []
        self.journal: list[str] = []

    def emit(self, effect: Effect) -> None:
        """Ask for something to be done."""
        self.effects.append(effect)

    def note(self, line: str) -> None:
        """Add one line to the journal."""
        self.journal.append(line)

    def take(self) -> Step:
        """All that was gathered; the outbox is empty afterwards."""
        step = Step(tuple(self.effects), tuple(self.journal))
        self.effects.clear()
        self.journal.clear()
        return step


class Model(Protocol):
    """What a table moves."""

    @property
    def state(self) -> StrEnum: ...


def fire(table: Table, model: Model, out: Outbox, trigger: str, event: object) -> bool:
    """Try one move. A refused one changes nothing and is journaled."""
    try:
        moved = table.fire(model, trigger, event)
    except MachineError:
        moved = False
    if not moved:
        out.note(f"ignored {trigger.replace('_', ' ')} in {model.state}")
    return moved
