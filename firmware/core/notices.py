"""What the person is told: notices that pass (`done`) and the one that stands (`ready`) beneath them."""

from collections.abc import Callable
from dataclasses import replace

from firmware.core.conditions import UNSURE, Condition
from firmware.core.effects import DropDeadline, SetDeadline, Tell
from firmware.core.end import End
from firmware.core.events import Outcome
from firmware.core.outbox import Outbox
from firmware.core.questions import Question
from firmware.core.signs import Notice
from firmware.core.words import plain

NOT_CONNECTED = frozenset({"mesh-unreachable", "mesh-untrusted", "mesh-protocol"})
PIN_WANTED = frozenset({"pin-required", "pin-wrong"})
PRINTER_BLOCKED = "printer-needs-you"
PRINTER_LACKS = "printer-lacks"
KNOWN_WHY = frozenset({PRINTER_LACKS, "canceled"})
"""Why a job is held that its person knows: they would not have it without what the printer lacks, or wanted no more."""


def of_refusal(code: str) -> Notice:
    """How the mesh's refusal, or its silence, is shown."""
    if code == "badge-unknown":
        return Notice.UNKNOWN_BADGE
    return Notice.NOT_CONNECTED if code in NOT_CONNECTED else Notice.REFUSED


def of_end(end: End) -> Notice:
    """How the end of a delivery is shown. Unknown: somebody must go and look at the printer. Held by the person's own
    word: they know why."""
    if end.outcome is Outcome.PRINTED:
        return Notice.DONE
    if end.outcome is Outcome.HELD and (end.told or end.code in KNOWN_WHY):
        return Notice.HELD
    if end.outcome is Outcome.UNKNOWN or end.code.startswith("printer-"):
        return Notice.PRINTER_NEEDS_YOU
    return of_refusal(end.code)


class Lamp:
    """One signal at a time: a passing notice holds for a while, unless what stands beneath it changes."""

    def __init__(self, out: Outbox, seconds: float) -> None:
        self.needs: Callable[[], tuple[Condition, ...]] = tuple
        """What the printer waits for now."""
        self.question: Callable[[], Question | None] = lambda: None
        """What the person is asked now."""
        self.number: Callable[[], int] = int
        """That of the question."""
        self.ref = 0
        self._out = out
        self._seconds = seconds
        self._standing: Tell | None = None
        self._passing: Notice | None = None
        self._fresh = False

    def flash(self, notice: Notice, code: str = "") -> None:
        """Show `notice` for a while; `code` is why."""
        self._flash(replace(self._told(notice), code=code and plain(code)))

    def flash_end(self, end: End, visit: int) -> None:
        """Show for a while how a delivery of that visit ended."""
        code = end.code and plain(end.code)
        told = replace(self._told(of_end(end), end.pages), lacks=end.lacks, visit=visit, code=code)
        self._flash(replace(told, needs=(UNSURE,)) if end.outcome is Outcome.UNKNOWN else told)

    def flash_unsure(self) -> None:
        """Show for a while that nobody knows whether something came out."""
        self._flash(replace(self._told(Notice.PRINTER_NEEDS_YOU), needs=(UNSURE,)))

    def _flash(self, told: Tell) -> None:
        notice = told.notice
        if self._fresh and self._passing is notice:
            return  # the same event said so already
        self.ref += 1
        self._passing, self._fresh = notice, True
        self._out.emit(told)
        self._out.emit(SetDeadline("notice", self.ref, self._seconds))

    def stand(self, notice: Notice | None) -> None:
        """Say, after each event, what the station stands at; None leaves the lamp as it is."""
        fresh, self._fresh = self._fresh, False
        standing = None if notice is None else self._told(notice)
        if standing == self._standing:
            return
        self._standing = standing
        if fresh or standing is None:
            return
        if self._passing is not None:
            self._passing = None
            self._out.emit(DropDeadline("notice"))
        self._out.emit(standing)

    def repeat(self) -> None:
        """Say after this event what the station stands at, though it was said before: now it is for somebody else."""
        self._standing = None

    def _told(self, notice: Notice, pages: int | None = None) -> Tell:
        needs = self.needs() if notice is Notice.PRINTER_NEEDS_YOU else ()
        question = self.question() if notice is Notice.QUESTION else None
        number = self.number() if question is not None else 0
        return Tell(notice, needs, question, pages if notice is Notice.HELD else None, number)

    def is_passing(self, ref: int) -> bool:
        """Whether the passing notice `ref` is still shown."""
        return self._passing is not None and ref == self.ref

    def end(self) -> None:
        """The passing notice has been shown long enough."""
        self._passing = None
        if self._standing is not None:
            self._out.emit(self._standing)
