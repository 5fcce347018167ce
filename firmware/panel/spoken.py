"""What the voice says of a view: positions and numbers, never a name or a title. Pure."""

from collections.abc import Iterator
from string import digits
from typing import Final

from firmware.core.questions import PAGE_RANGES, Question, QuestionKind
from firmware.core.signs import Notice
from firmware.panel import spoken_list
from firmware.panel.choice import Choice
from firmware.panel.pointer import NOWHERE, Pointer
from firmware.panel.spoken_words import reason
from firmware.panel.view import Said, Screen, View
from hal.ports.voice import Line, Sentence

_PLAIN: Final = {
    Screen.STARTING: (Line.STARTING,),
    Screen.READY: (Line.READY,),
    Screen.READING: (),  # the light and the next sentence are sooner there
    Screen.NOT_CONNECTED: (Line.NOT_CONNECTED,),
    Screen.OUT_OF_SERVICE: (Line.FAULT,),
    Screen.UPDATING: (Line.UPDATING,),
    Screen.STOPPED: (Line.STOPPED,),
}
_UNSAID: Final = frozenset(
    {
        Notice.READY,
        Notice.READING,
        Notice.PIN_ASKED,
        Notice.WHO_ARE_YOU,
        Notice.QUESTION,
        Notice.PRINTING,
        Notice.NOT_CONNECTED,
        Notice.PRINTER_NEEDS_YOU,
        Notice.FAULT,
    }
)
"""What the screen behind says by itself."""


def spoken(view: View, pointer: Pointer = NOWHERE, *, in_full: bool = True) -> tuple[Sentence, ...]:
    """What to say next, of where the keypad points. `in_full`: to who asks, by a press; else without what changes while
    one listens, such as the page that prints, and without a pairing code."""
    if view.screen is Screen.PAIRING:
        return tuple(_pairing(view, in_full))
    return (*_passing(view), *_standing(view, pointer, in_full))


def warning(seconds: int) -> tuple[Sentence, ...]:
    """Said so many seconds before a visit ends by itself."""
    return (Sentence(Line.SECONDS_LEFT, seconds), Sentence(Line.PRESS_FOR_TIME))


def _passing(view: View) -> Iterator[Sentence]:
    said: Said | None = view.said
    if said is None or said.notice in _UNSAID:
        return
    if said.notice is Notice.GOOD and view.screen is not Screen.READY:
        return  # said of who comes in, and what they find is said instead
    yield Sentence((reason(said.code) if said.code else None) or Line(said.notice.value))
    if said.pages is not None:
        yield Sentence(Line.PAGES_CAME_OUT, said.pages)


def _standing(view: View, pointer: Pointer, in_full: bool) -> Iterator[Sentence]:
    match view.screen:
        case Screen.JOBS if view.confirming:
            yield Sentence(Line.DELETE_CHOSEN, len(Choice(view).own))
            yield Sentence(Line.PRESS_DELETE_OR_KEEP)
        case Screen.JOBS if not view.jobs:
            yield Sentence(Line.WHY_UNSURE if view.unsure else Line.NO_JOBS)
            yield Sentence(Line.PRESS_TO_LOG_OUT)
        case Screen.JOBS:
            yield from spoken_list.said(view, pointer)
        case Screen.PIN | Screen.WHO:
            yield from _entry(view, pointer, in_full)
        case Screen.QUESTION:
            yield from _question(view.question, pointer)
        case Screen.PRINTING:
            yield from _printing(view, in_full)
        case Screen.PRINTER_NEEDS_YOU:
            yield Sentence(Line.PRINTER_NEEDS_YOU)
            yield from dict.fromkeys(Sentence(Line(f"needs-{need.picture.value}")) for need in view.needs)
            if view.progress is not None and view.progress.is_awaited:
                yield Sentence(Line.PRESS_TO_STOP)
        case screen:
            yield from (Sentence(line) for line in _PLAIN[screen])


def _entry(view: View, pointer: Pointer, in_full: bool) -> Iterator[Sentence]:
    asked = Line.PIN_ASKED if view.screen is Screen.PIN else Line.CODE_ASKED
    yield Sentence(Line.DIGITS_TYPED, pointer.typed) if pointer.typed else Sentence(asked)
    if pointer.typed and in_full:
        yield Sentence(Line.PRESS_DIGITS)


def _pairing(view: View, in_full: bool) -> Iterator[Sentence]:
    """The code only to who asks: it is good for whoever hears it."""
    if in_full and view.pairing_code:
        yield Sentence(Line.PAIRING_CODE)
        yield from (Sentence(Line.DIGIT, int(digit)) for digit in view.pairing_code if digit in digits)
        return
    yield Sentence(Line.PAIRING)
    if view.pairing_code:
        yield Sentence(Line.PRESS_FOR_CODE)
    elif view.said is not None:
        yield Sentence(Line.NOT_LET_IN)


def _question(question: Question | None, pointer: Pointer) -> Iterator[Sentence]:
    if pointer.is_counting:
        yield Sentence(Line.DIGITS_TYPED, pointer.typed) if pointer.typed else Sentence(Line.HOW_MANY_PAGES)
        return
    if question is None:
        return
    if question.kind is QuestionKind.PRINT_ANYWAY:
        yield Sentence(Line.PRINT_ALL_AGAIN if question.lacks == (PAGE_RANGES,) else Line.PRINT_ANYWAY)
        yield Sentence(Line.PRESS_YES_OR_NO)
        return
    yield Sentence(Line.DID_ALL_COME_OUT) if question.page is None else Sentence(Line.DID_PAGE_COME_OUT, question.page)
    yield Sentence(Line.PRESS_YES_OR_NO)
    yield Sentence(Line.TYPE_PAGES)


def _printing(view: View, in_full: bool) -> Iterator[Sentence]:
    progress = view.progress
    if progress is None or not progress.is_awaited:
        yield Sentence(Line.ANOTHER_PRINTS)
        return
    yield Sentence(Line.PRINTING)
    if in_full and progress.page:
        pages = progress.pages
        yield Sentence(Line.PAGE_OF, progress.page, pages) if pages else Sentence(Line.PAGE_AT, progress.page)
    if in_full and progress.more:
        yield Sentence(Line.MORE_WAIT, progress.more)
    yield Sentence(Line.PRESS_TO_STOP)
    yield Sentence(Line.PRESS_NOUGHT_TO_LEAVE)
