"""Events in plain words, for the journal. What comes from outside is shown only where it looks like a code."""

import re
from collections.abc import Sequence

from firmware.core import events, questions

_CODE = re.compile(r"[A-Za-z0-9._-]{1,64}")
_MANY = 8


def plain(code: str) -> str:
    """`code` itself where it looks like one; a stranger's text may hold a name, a credential or a line break."""
    return code if _CODE.fullmatch(code) else "unprintable"


def plain_list(codes: Sequence[str]) -> str:
    """The first few codes."""
    more = f" and {len(codes) - _MANY} more" if len(codes) > _MANY else ""
    return ", ".join(plain(code) for code in codes[:_MANY]) + more


def jobs(count: int) -> str:
    """A number of jobs, in words."""
    return "1 job" if count == 1 else f"{count} jobs"


def pages(count: int) -> str:
    """A number of pages, in words."""
    return "1 page" if count == 1 else f"{count} pages"


_LACKS = {
    "sides": "two-sided printing",
    "media": "the paper asked for",
    "print-color-mode": "colour",
    "copies": "all copies",
    "finishings": "stapling or other finishing",
    "printer-resolution": "the resolution asked for",
    "document-format": "documents of this kind",
}
"""IPP Job Template attributes (RFC 8011 5.2, PWG 5100), as what a person would miss."""


_CANNOT = {
    "sides": "print on both sides",
    "media": "print on the paper asked for",
    "print-color-mode": "print in colour",
    "copies": "make all copies",
    "finishings": "staple or finish as asked",
    "printer-resolution": "print as finely as asked",
    "document-format": "print documents of this kind",
}
"""The same, as what the printer cannot do."""


def asked(question: questions.Question) -> str:
    """A question as the person is asked it."""
    if question.kind is questions.QuestionKind.PRINT_ANYWAY and question.lacks == (questions.PAGE_RANGES,):
        return "print all pages again, also those that came out?"
    if question.kind is questions.QuestionKind.PRINT_ANYWAY:
        lacks = ", ".join(_LACKS.get(name, plain(name)) for name in question.lacks[:_MANY])
        return f"print without {lacks}?" if lacks else "print anyway?"
    return "did all pages come out?" if question.page is None else f"did page {question.page} come out?"


def cannot(lacks: Sequence[str]) -> str:
    """What a person is told of a printer without these abilities (IPP attributes): one sentence."""
    said = [_CANNOT.get(name, f"do {plain(name)}") for name in lacks[:_MANY]]
    return f"This printer cannot {', nor '.join(said)}."


def kept(count: int | None, lacks: Sequence[str] = ()) -> str:
    """What a person is told of a job of which so many pages came out, and which is held again; with `lacks`, because
    the printer cannot print it as asked, and they did not want it otherwise."""
    if lacks:
        return f"{cannot(lacks)} It is kept: print it elsewhere, or tap again and say yes."
    if not count:
        return "It is kept. Tap again when you want it."
    return f"{pages(count).capitalize()} came out. The rest is kept: tap again for it."


def answered(event: events.Event | None) -> str:
    """What became of a question."""
    if not isinstance(event, events.DeliveryAnswered):
        return "not answered"
    answer = event.answer
    said = f"{pages(answer.pages)} came out" if answer.pages is not None else str(answer.kind)
    return f"answered: {said}"


_DEADLINES = {
    "auth": "no answer to the badge",
    "entry": "nothing was entered",
    "list": "no answer to the list",
    "idle": "nobody chose",
    "drain": "no more time to stop",
}


_METHODS = {
    "uid": "badge accepted (number)",
    "uid-pin": "badge accepted (number and PIN)",
    "proof": "badge accepted (card proof)",
    "phone": "phone accepted",
}
_ADVICE = {"card-gone": ": hold the card until the beep"}

_ENTERED = {
    events.PinEntered: "PIN entered",
    events.AssociationEntered: "code entered",
    events.EntryCanceled: "entry canceled",
}


def arrived(tap: events.Arrival) -> str:
    """Who, where it matters that they are another person, or the same."""
    return "person, by phone" if isinstance(tap, events.PhoneArrived) else f"badge at {plain(tap.reader)}"


def describe(event: events.Event) -> str:  # noqa: PLR0911 - one return for each kind of event
    """What happened, without what is secret in it."""
    match event:
        case events.BadgeRead(reader):
            return f"badge read at {plain(reader)}"
        case events.PhoneArrived():
            return "person let in by phone"
        case events.BadgeUnreadable(reader, code):
            return f"badge unreadable at {plain(reader)}: {plain(code)}"
        case events.SessionOpened():
            return _METHODS.get(event.method, "badge accepted")
        case events.SessionRefused(_, code):
            return f"refused {plain(code)}" + _ADVICE.get(code, "")
        case events.JobsListed(_, found, unknown):
            return f"{jobs(len(found))} listed" + (f", {jobs(unknown)} of unknown outcome" if unknown else "")
        case events.ListFailed(_, code):
            return f"list failed {plain(code)}"
        case events.DeletionEnded(_, _, gone, code):
            return f"{jobs(len(gone))} deleted" + (f", then {plain(code)}" if code else "")
        case events.DeadlinePassed(name):
            return _DEADLINES.get(name, "deadline passed")
        case _:
            return _of_person(event)


def _of_person(event: events.Event) -> str:
    match event:
        case events.PinEntered() | events.AssociationEntered() | events.EntryCanceled():
            return _ENTERED[type(event)]
        case events.JobsChosen(_, chosen):
            rest = "the rest of " if event.rest else ""
            return ", ".join((f"{rest}{jobs(len(chosen))} chosen", *event.wishes.words))
        case events.JobsDeleted(_, deleted):
            return f"{jobs(len(set(deleted)))} to be deleted"
        case events.StayAsked():
            return "" if event.by_touch else "more time asked for"
        case events.LogOut():
            return "logged out"
        case _:
            return _of_service(event)


def _of_service(event: events.Event) -> str:
    match event:
        case events.MeshChanged(reachable, code):
            return ("mesh reachable" if reachable else "mesh unreachable") + (f": {plain(code)}" if code else "")
        case events.PrinterChanged(blocking):
            return f"printer needs a person: {plain_list(blocking)}" if blocking else "printer can print"
        case events.ReaderChanged(reader, present):
            return f"reader {plain(reader)} {'back' if present else 'gone'}"
        case events.Failed(code):
            return f"failed {plain(code)}"
        case events.StopAsked():
            return "stop asked"
        case _:
            return "started"
