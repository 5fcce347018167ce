"""Buttons and keypad as a hand on the desk: presses become its verbs, by the digits that the screen shows and the voice
says."""

from contextlib import suppress
from dataclasses import replace
from typing import Final, Protocol

from firmware.core.questions import Answer, AnswerKind, QuestionKind
from firmware.panel import list_keys
from firmware.panel.deeds import Deed, deeds
from firmware.panel.pointer import NOWHERE, Pointer
from firmware.panel.refusals import DeskError
from firmware.panel.view import Screen, View
from hal.ports.buttons import Button

MOST_DIGITS: Final = 32
_YES: Final = (Button.OK, Button.DIGIT_1)
_NO: Final = (Button.CANCEL, Button.DIGIT_2)


class Hand(list_keys.ListHand, Protocol):
    """What of `firmware.panel.desk.Desk` a keypad reaches."""

    def enter_pin(self, visit: int, pin: str) -> None: ...
    def associate(self, visit: int, user: str, code: str) -> None: ...
    def cancel_entry(self, visit: int) -> None: ...
    def answer(self, visit: int, number: int, answer: Answer) -> None: ...


class Front(Protocol):
    """What is on the screen, and who does what is asked for; None before a station serves."""

    @property
    def view(self) -> View: ...
    @property
    def hand(self) -> Hand | None: ...


class Keys:
    """Where the keypad points, and what was typed on it: both of one visit and one screen, and gone with it. What each
    press does is in docs/panel.md."""

    def __init__(self, front: Front) -> None:
        self._front = front
        self._of: tuple[int, Screen, int, bool] = (0, Screen.STARTING, 0, False)
        self._ids: list[str] = []
        """The list that the pointer was last seen on."""
        self.pointer = NOWHERE

    def look(self) -> View:
        """The view now; what belonged to another visit or screen is forgotten."""
        view = self._front.view
        of = (view.visit, view.screen, view.number, view.confirming)
        if of != self._of:
            self._of, self.pointer = of, NOWHERE
        before, self._ids = self._ids, [job.job_id for job in view.jobs]
        if before != self._ids:
            self.pointer = _followed(self.pointer, before, self._ids)
        places = len(view.jobs) + len(deeds(view))
        self.pointer = replace(self.pointer, at=min(self.pointer.at, places))
        return view

    def press(self, button: Button) -> None:
        """One press; one that means nothing here is more time for whoever stands here. What the desk refuses changes
        nothing: what stands is said again."""
        view, hand = self.look(), self._front.hand
        before, self.pointer = self.pointer, replace(self.pointer, did=0)
        if hand is None:
            return
        try:
            self.pointer = _pressed(hand, view, self.pointer, button)
        except DeskError:
            self.pointer = replace(before, did=0, is_zero=False)
        finally:
            self.look()

    def pass_over(self) -> None:
        """A press that cannot have been meant for what is shown: whoever it is of is here, and nothing else is done."""
        view, hand = self.look(), self._front.hand
        self.pointer = replace(self.pointer, did=0, is_zero=False)
        if hand is not None:
            with suppress(DeskError):
                hand.touch(view.visit)


def _followed(pointer: Pointer, before: list[str], now: list[str]) -> Pointer:
    """To where the document is that was pointed to: others may have come before it. Where it is gone itself, to what
    stands in its place."""
    new_places = {place: now.index(job_id) + 1 for place, job_id in enumerate(before, 1) if job_id in now}
    at = pointer.at + len(now) - len(before) if pointer.at > len(before) else new_places.get(pointer.at, pointer.at)
    did = pointer.did if isinstance(pointer.did, Deed) else new_places.get(pointer.did, 0)
    return replace(pointer, at=at, did=did)


def _pressed(hand: Hand, view: View, pointer: Pointer, button: Button) -> Pointer:
    match view.screen:
        case Screen.JOBS if view.confirming:
            _confirm(hand, view, button)
        case Screen.JOBS if not view.jobs:
            _leave_or(hand, view, button, leaving=(Button.OK, Button.CANCEL, Button.DIGIT_0))
        case Screen.JOBS:
            return list_keys.pressed(hand, view, pointer, button)
        case Screen.PIN | Screen.WHO:
            return _entry(hand, view, pointer, button)
        case Screen.QUESTION:
            return _question(hand, view, pointer, button)
        case Screen.PRINTING | Screen.PRINTER_NEEDS_YOU if button in (Button.CANCEL, Button.DIGIT_9):
            hand.cancel(view.visit)
        case Screen.PRINTING | Screen.PRINTER_NEEDS_YOU:
            _leave_or(hand, view, button, leaving=(Button.DIGIT_0,))
        case _:
            hand.stay(view.visit)
    return pointer


def _leave_or(hand: Hand, view: View, button: Button, *, leaving: tuple[Button, ...]) -> None:
    (hand.leave if button in leaving else hand.stay)(view.visit)


def _confirm(hand: Hand, view: View, button: Button) -> None:
    """Only a clear yes deletes: not the same button once more, that somebody in a hurry pressed twice."""
    (hand.delete if button in (Button.DIGIT_1, Button.NEXT) else hand.stay)(view.visit)


def _entry(hand: Hand, view: View, pointer: Pointer, button: Button) -> Pointer:
    """A PIN, or the code that an administrator gave."""
    if button is Button.OK and pointer.digits:
        if view.screen is Screen.PIN:
            hand.enter_pin(view.visit, pointer.digits)
        else:
            hand.associate(view.visit, "", pointer.digits)
        return NOWHERE
    if button is Button.CANCEL and not pointer.digits:
        hand.cancel_entry(view.visit)
        return pointer
    return _typed(hand, view, pointer, button)


def _question(hand: Hand, view: View, pointer: Pointer, button: Button) -> Pointer:
    if pointer.is_counting:
        return _count(hand, view, pointer, button)
    counts = view.question is not None and view.question.kind is QuestionKind.CAME_OUT
    if button in _YES:
        hand.answer(view.visit, view.number, Answer(AnswerKind.YES))
    elif button in _NO:
        hand.answer(view.visit, view.number, Answer(AnswerKind.NO))
    else:
        hand.stay(view.visit)
        return replace(pointer, is_counting=counts and button is Button.DIGIT_3)
    return pointer


def _count(hand: Hand, view: View, pointer: Pointer, button: Button) -> Pointer:
    """How many pages came out."""
    if button is Button.OK and pointer.digits:
        hand.answer(view.visit, view.number, Answer(AnswerKind.PAGES, int(pointer.digits)))
        return NOWHERE
    if button is Button.CANCEL and not pointer.digits:
        hand.stay(view.visit)
        return NOWHERE
    return _typed(hand, view, pointer, button)


def _typed(hand: Hand, view: View, pointer: Pointer, button: Button) -> Pointer:
    hand.touch(view.visit)
    if button.is_digit:
        return replace(pointer, digits=(pointer.digits + button.value)[:MOST_DIGITS])
    return replace(pointer, digits="") if button is Button.CANCEL else pointer
