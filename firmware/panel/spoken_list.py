"""What the voice says of a list: how much of it is chosen, one document of it, what can be done with what is chosen.
Positions and numbers, never a name or a title. Pure."""

from collections.abc import Iterator

from firmware.panel.choice import DIGITS, Choice
from firmware.panel.deeds import Deed, deeds, is_on
from firmware.panel.pointer import Pointer
from firmware.panel.spoken_words import reason
from firmware.panel.view import View
from hal.ports.voice import Line, Sentence


def said(view: View, pointer: Pointer) -> Iterator[Sentence]:
    """Where the keypad points, or what it just did."""
    places = deeds(view)
    if pointer.is_zero:
        for deed in places:
            yield from _deed(view, deed)
    elif 0 < pointer.at <= len(view.jobs):
        yield from _job(view, pointer.at)
        yield from _how_to_take(view, pointer.at)
    elif pointer.at:
        yield from _deed(view, places[min(pointer.at - len(view.jobs), len(places)) - 1])
        yield Sentence(Line.PRESS_TO_DO)
        yield Sentence(Line.PRESS_TO_GO_BACK)
    else:
        yield from _done(view, pointer)
        yield from _list(view)


def _done(view: View, pointer: Pointer) -> Iterator[Sentence]:
    if isinstance(pointer.did, Deed):
        if pointer.did in (Deed.FEWER, Deed.MORE):
            yield Sentence(Line.COPIES, Choice(view).copies)
        elif is_on(view, pointer.did) is not None:
            yield from _deed(view, pointer.did)
    elif 0 < pointer.did <= len(view.jobs):
        yield from _job(view, pointer.did)


def _deed(view: View, deed: Deed) -> Iterator[Sentence]:
    yield Sentence(Line(f"deed-{deed.name.lower().replace('_', '-')}"), int(deed))
    switched = is_on(view, deed)
    if switched is not None:
        yield Sentence(Line.IS_ON if switched else Line.IS_OFF)


def _list(view: View) -> Iterator[Sentence]:
    choice = Choice(view)
    jobs, chosen = len(view.jobs), len(choice.chosen)
    if view.unsure:
        yield Sentence(Line.WHY_UNSURE)
    if chosen == jobs:
        yield Sentence(Line.JOBS, jobs)
        yield Sentence(Line.PRESS_TO_PRINT_ALL)
    elif chosen:
        yield Sentence(Line.JOBS_CHOSEN, chosen, jobs)
        yield Sentence(Line.PRESS_TO_PRINT)
    else:
        yield Sentence(Line.JOBS, jobs)
        yield Sentence(Line.NONE_CHOSEN)
    yield Sentence(Line.PRESS_TO_CHOOSE)
    if choice.numbered.start:
        yield Sentence(Line.ONE_IS, choice.numbered.start + 1)
    if choice.is_turning:
        yield Sentence(Line.PRESS_TO_TURN, DIGITS)
    yield Sentence(Line.PRESS_FOR_MORE, 0)
    yield Sentence(Line.PRESS_TO_LOG_OUT)


def _job(view: View, at: int) -> Iterator[Sentence]:
    job = view.jobs[at - 1]
    yield Sentence(Line.JOB_AT, at, len(view.jobs))
    if job.pages is not None:
        yield Sentence(Line.JOB_PAGES, job.pages)
    if job.owner:
        yield Sentence(Line.DELEGATED)
    if job.refused:
        yield Sentence(reason(job.refused) or Line.REFUSED)
    else:
        yield Sentence(Line.CHOSEN if job.job_id in view.chosen else Line.LEFT_OUT)


def _how_to_take(view: View, at: int) -> Iterator[Sentence]:
    job = view.jobs[at - 1]
    if not job.refused:
        yield Sentence(Line.PRESS_TO_LEAVE_OUT if job.job_id in view.chosen else Line.PRESS_TO_TAKE)
    yield Sentence(Line.PRESS_TO_GO_BACK)
