"""Jobs that the mesh announces while somebody chooses: their list is asked for again, soon, and once at a time."""

from firmware.core.effects import DropDeadline, ListJobs, SetDeadline
from firmware.core.outbox import Outbox

DEADLINE = "news"


class News:
    """Of one visit after another. An announcement names no person, so any may be theirs; many at once, of a whole site
    that prints, cost one list."""

    def __init__(self, out: Outbox, seconds: float) -> None:
        self._out = out
        self._seconds = seconds
        self.is_due = False
        """Whether there is something to ask for."""
        self.is_asking = False
        """Whether the mesh was asked and has not answered."""

    def heard(self, ref: int) -> None:
        """There is another job, perhaps theirs."""
        if not self.is_due:
            self.is_due = True
            self._arm(ref)

    def ask(self, ref: int, session_id: str) -> None:
        """It was waited long enough."""
        self.is_due, self.is_asking = False, True
        self._out.emit(ListJobs(ref, session_id))

    def answered(self, ref: int) -> None:
        """With a list or without one; what was heard meanwhile may not be on it."""
        self.is_asking = False
        if self.is_due:
            self._arm(ref)

    def end(self) -> None:
        """Nobody chooses any more."""
        if self.is_due and not self.is_asking:
            self._out.emit(DropDeadline(DEADLINE))
        self.is_due = self.is_asking = False

    def _arm(self, ref: int) -> None:
        if not self.is_asking:
            self._out.emit(SetDeadline(DEADLINE, ref, self._seconds))
