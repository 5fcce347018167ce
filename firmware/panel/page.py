"""What a page shows, worked out of a view: which template, which words, which jobs. No HTML, no language."""

from datetime import datetime, timedelta
from typing import Final

from firmware.core.conditions import UNSURE
from firmware.core.signs import Notice
from firmware.panel import words
from firmware.panel.choice import Choice
from firmware.panel.listed import ListedJob
from firmware.panel.view import Said, Screen, View
from firmware.panel.words import Words

_STANDING_OVER: Final = frozenset({Screen.READY, Screen.NOT_CONNECTED, Screen.PRINTER_NEEDS_YOU, Screen.OUT_OF_SERVICE})
"""Screens of nobody: what passes may fill them."""
_SAID_BY: Final = {
    Notice.NOT_CONNECTED: Screen.NOT_CONNECTED,
    Notice.PRINTER_NEEDS_YOU: Screen.PRINTER_NEEDS_YOU,
    Notice.FAULT: Screen.OUT_OF_SERVICE,
}
"""What passes, and the screen that says it for as long as it lasts."""
_UNSAID: Final = frozenset({Notice.READY, Notice.READING, Notice.PIN_ASKED, Notice.WHO_ARE_YOU, Notice.QUESTION})


class Page(Choice):
    """One view at one moment: `now` is its monotonic second, `today` the wall time."""

    def __init__(self, view: View, now: float, today: datetime) -> None:
        super().__init__(view)
        self.today = today
        self._now = now

    @property
    def template(self) -> str:
        """The file of templates/ that draws it."""
        if self.fills:
            return "said.html"
        if self.view.screen is Screen.JOBS and self.view.confirming:
            return "delete.html"
        if self.view.screen is Screen.JOBS and not self.view.jobs and not self.view.unsure:
            return "emptied.html"
        if self.view.screen is Screen.PRINTING and not self._is_awaited:
            return "ready.html"
        return f"{self.view.screen}.html"

    @property
    def key(self) -> str:
        """Another one when it is another page, for which the focus is placed anew."""
        view = self.view
        said = f"-{view.said.notice}" if self.fills and view.said else ""
        return f"{self.template.removesuffix('.html')}{said}-{view.visit}-{view.number}"

    @property
    def fills(self) -> bool:
        """Whether what passes is shown as a page of its own."""
        return self.said is not None and not self.view.visit and self._is_nobodys

    @property
    def _is_awaited(self) -> bool:
        return self.view.progress is not None and self.view.progress.is_awaited

    @property
    def _is_nobodys(self) -> bool:
        screen = self.view.screen
        return screen in _STANDING_OVER or (screen is Screen.PRINTING and not self._is_awaited)

    @property
    def said(self) -> Words | None:
        """What passes, in words; None where nothing does, or where the page itself says it."""
        said, screen = self.view.said, self.view.screen
        if said is not None and screen is Screen.PAIRING:
            return words.joining(said.code)
        if said is None or said.notice in _UNSAID or (said.notice is Notice.GOOD and screen is not Screen.READY):
            return None
        return None if self._stands(said) else _words(said)

    def _stands(self, said: Said) -> bool:
        """Whether the screen says it for as long as it lasts: nothing is told twice."""
        if UNSURE in said.needs:
            return False
        is_on_list = self.view.screen is Screen.JOBS and said.notice is Notice.PRINTER_NEEDS_YOU
        return _SAID_BY.get(said.notice) is self.view.screen or (is_on_list and bool(self.view.needs))

    @property
    def fresh(self) -> int:
        """How many documents came while their person stood there."""
        return sum(job.is_new for job in self.view.jobs)

    @property
    def seconds(self) -> int | None:
        """Whole seconds until the visit ends by itself; None: it does not."""
        deadline = self.view.deadline
        return None if deadline is None else max(0, round(deadline - self._now))

    @property
    def since(self) -> datetime | None:
        """The wall time since when the mesh was not reached."""
        stale = self.view.stale_since
        return None if stale is None else self.today - timedelta(seconds=self._now - stale)

    @property
    def jobs(self) -> tuple[tuple[int, ListedJob], ...]:
        """Those on the page, the person's own before others', each with its number from 1 on."""
        ordered = sorted(self.view.jobs, key=lambda job: bool(job.owner))
        return tuple(enumerate(ordered[: self.view.shown], 1))

    @property
    def left(self) -> int:
        """How many are not on the page."""
        return max(0, len(self.view.jobs) - self.view.shown)


def _words(said: Said) -> Words:
    """By why it is said, where that is known; else by what the printer waits for; else by what it is."""
    if said.code:
        return words.refusal(said.code)
    if UNSURE in said.needs:
        return words.refusal("outcome-unknown")
    if said.needs:
        need = said.needs[0]
        return Words(need.phrase, need.deed, need.picture)
    return words.NOTICES[said.notice]
