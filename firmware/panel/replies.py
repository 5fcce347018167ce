"""What a person at the desk says about themselves and to what they are asked, handed on to the core as events."""

from collections.abc import Callable
from typing import Final

from firmware.core import events, questions
from firmware.core.events import Event
from firmware.core.machine import Core
from firmware.core.states import SessionState
from firmware.panel.refusals import DeskError
from firmware.panel.screens import visit_of

WAITING: Final = (SessionState.ASKING_PIN, SessionState.ASSOCIATING, SessionState.CHOOSING)
LEAVING: Final = (*WAITING, SessionState.AUTHENTICATING, SessionState.LISTING, SessionState.RELEASING)


class Replies:
    """The half of the desk that keeps nothing. Raises `DeskError` as `firmware.panel.desk.Desk`."""

    def __init__(self, core: Core, post: Callable[[Event], None]) -> None:
        self._core = core
        self._post = post

    def leave(self, visit: int) -> None:
        """Log out. What prints goes on."""
        self._require(visit, *LEAVING)
        self._post(events.LogOut(visit))

    def touch(self, visit: int) -> None:
        """They do something at a keypad that changes nothing here, such as going from one document to the next: whoever
        does something is there, however often."""
        self._require_time(visit)
        self._post(events.StayAsked(visit, by_touch=True))

    def enter_pin(self, visit: int, pin: str) -> None:
        """The PIN that was asked for."""
        self._require(visit, SessionState.ASKING_PIN)
        self._post(events.PinEntered(visit, pin))

    def associate(self, visit: int, user: str, code: str) -> None:
        """Whose the unknown badge is; without a `user` the one-time code says it."""
        self._require(visit, SessionState.ASSOCIATING)
        self._post(events.AssociationEntered(visit, user, code))

    def cancel_entry(self, visit: int) -> None:
        """They would rather not type."""
        self._require(visit, SessionState.ASKING_PIN, SessionState.ASSOCIATING)
        self._post(events.EntryCanceled(visit))

    def answer(self, visit: int, number: int, answer: questions.Answer) -> None:
        """What they say to the question of that number."""
        self._require(visit, *LEAVING)
        if number != self._core.asking:
            raise DeskError(code="question-over")
        self._post(events.DeliveryAnswered(visit, answer, number))

    def _require(self, visit: int, *states: SessionState) -> None:
        if not visit or visit != visit_of(self._core):
            raise DeskError
        if self._core.session not in states:
            raise DeskError(self._core.session, code="not-now")

    def _require_time(self, visit: int) -> None:
        """That there is a time that can be made longer."""
        self._require(visit, *WAITING, *((SessionState.RELEASING,) if self._core.question else ()))
