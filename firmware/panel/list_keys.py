"""What a keypad does on a list: a digit takes a document or leaves it, zero and a digit does something with them all,
and the arrow keys go to each of these in turn."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, Protocol

from firmware.core.wishes import Wishes
from firmware.panel.choice import DIGITS, Choice
from firmware.panel.deeds import Deed, deeds
from firmware.panel.pointer import NOWHERE, Pointer
from firmware.panel.refusals import DeskError
from firmware.panel.view import View
from hal.ports.buttons import Button


class ListHand(Protocol):
    """What of `firmware.panel.desk.Desk` is for a list."""

    @property
    def wishes(self) -> Wishes: ...
    def choose(self, visit: int, job_id: str, *, wanted: bool) -> None: ...
    def choose_all(self, visit: int) -> None: ...
    def choose_none(self, visit: int) -> None: ...
    def wish(self, visit: int, wishes: Wishes) -> None: ...
    def turn(self, visit: int) -> None: ...
    def print_chosen(self, visit: int, *, rest: bool = False) -> None: ...
    def delete(self, visit: int) -> None: ...
    def leave(self, visit: int) -> None: ...
    def stay(self, visit: int) -> None: ...
    def touch(self, visit: int) -> None: ...
    def cancel(self, visit: int) -> None: ...


def pressed(hand: ListHand, view: View, pointer: Pointer, button: Button) -> Pointer:
    """Where it points then. Raises `DeskError`."""
    if button is Button.OK:
        return _ok(hand, view, pointer)
    if button is Button.CANCEL and not pointer.at and not pointer.is_zero:
        hand.leave(view.visit)
        return pointer
    if button.is_digit:
        return _digit(hand, view, pointer, int(button.value))
    hand.touch(view.visit)
    if button is Button.CANCEL:
        return NOWHERE
    places = 1 + len(view.jobs) + len(deeds(view))
    return Pointer(at=(pointer.at + (1 if button is Button.NEXT else -1)) % places)


def _ok(hand: ListHand, view: View, pointer: Pointer) -> Pointer:
    """At a place what stands there; else print, of what came out in part the rest, as the page's first button."""
    if not pointer.at or pointer.is_zero:
        hand.print_chosen(view.visit, rest=Choice(view).has_rest)
        return NOWHERE
    if pointer.at <= len(view.jobs):
        _take_or_leave(hand, view, pointer.at)
    else:
        _do(hand, view, deeds(view)[pointer.at - len(view.jobs) - 1])
    return pointer


def _digit(hand: ListHand, view: View, pointer: Pointer, digit: int) -> Pointer:
    if pointer.is_zero:
        deed = Deed(str(digit))
        _do(hand, view, deed)
        return Pointer(did=deed)
    choice = Choice(view)
    if digit == 0:
        hand.touch(view.visit)
        return Pointer(is_zero=True)
    if digit == DIGITS and choice.is_turning:
        hand.turn(view.visit)
        return NOWHERE
    number = choice.numbered.start + digit
    if number - 1 not in choice.numbered:
        hand.stay(view.visit)
        return pointer
    _take_or_leave(hand, view, number)
    return Pointer(did=number)


def _take_or_leave(hand: ListHand, view: View, number: int) -> None:
    job_id = view.jobs[number - 1].job_id
    if view.jobs[number - 1].refused:
        hand.touch(view.visit)  # why it cannot be printed is said
        return
    hand.choose(view.visit, job_id, wanted=job_id not in view.chosen)


def _do(hand: ListHand, view: View, deed: Deed) -> None:
    """Raises `DeskError` for one that makes no sense now."""
    if deed not in deeds(view):
        hand.stay(view.visit)
        raise DeskError(deed, code="not-now")
    if deed in _DONE:
        _DONE[deed](hand, view.visit)
    elif deed is Deed.ALL:
        (hand.choose_none if Choice(view).is_all else hand.choose_all)(view.visit)
    else:
        hand.wish(view.visit, _wished(view, hand.wishes, deed))


_DONE: Final[Mapping[Deed, Callable[[ListHand, int], None]]] = {
    Deed.LEAVE: lambda hand, visit: hand.leave(visit),
    Deed.AGAIN: lambda hand, visit: hand.print_chosen(visit),
    Deed.STOP: lambda hand, visit: hand.cancel(visit),
    Deed.DELETE: lambda hand, visit: hand.delete(visit),
}


def _wished(view: View, wishes: Wishes, deed: Deed) -> Wishes:
    match deed:
        case Deed.TWO_SIDED:
            return replace(wishes, two_sided=not wishes.two_sided)
        case Deed.GREY:
            return replace(wishes, grey=not wishes.grey)
        case Deed.KEEP:
            return replace(wishes, keep=not wishes.keep)
        case _:
            return replace(wishes, copies=Choice(view).copies + (1 if deed is Deed.MORE else -1))
