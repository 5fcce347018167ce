"""Whether whoever presses a key can have seen what it does now: digits of a PIN go on for a moment after the screen is
another, and a list may have moved under a finger."""

from typing import Final

from firmware.panel.choice import Choice
from firmware.panel.view import Screen, View

GLANCE_SECONDS: Final = 0.5
"""Nobody takes in another screen, or another order of a list, and answers to it, in less."""
_TYPED: Final = (Screen.PIN, Screen.WHO)
"""Where digits do nothing by themselves: who knows what is asked for may type at once."""


class Glance:
    """Keeps what the keys mean, and since when; times are the board's monotonic seconds."""

    def __init__(self) -> None:
        self._meant: tuple[object, ...] = ()
        self._since = float("-inf")

    def see(self, view: View, now: float) -> None:
        """What is shown now."""
        meant = _meant(view)
        if meant != self._meant:
            self._meant, self._since = meant, now

    def own(self, view: View) -> None:
        """A press has just made it so: who pressed it knows."""
        self._meant = _meant(view)

    def is_blind(self, view: View, at: float) -> bool:
        """Whether a press at that time was for what was shown before; so is what follows it without a pause."""
        self.see(view, at)
        if view.screen in _TYPED or at - self._since >= GLANCE_SECONDS:
            return False
        self._since = max(self._since, at)
        return True


def _meant(view: View) -> tuple[object, ...]:
    named = tuple(view.jobs[place].job_id for place in Choice(view).numbered)
    return view.visit, view.screen, view.number, view.confirming, named
