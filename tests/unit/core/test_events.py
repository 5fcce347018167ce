"""Every event at every place a station can stand: taken, or refused with one line and not the least change."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from firmware.core import events, questions
from firmware.core.effects import CloseSession
from firmware.core.events import Outcome, Stage
from firmware.core.policy import Policy
from tests.unit.core.driving import BOB, Driven, job_refs

READERS = Policy(readers=("reader-1",))


def place(build: Callable[[Driven], object], *, started: bool = True) -> Callable[[], Driven]:
    def make() -> Driven:
        driven = Driven(READERS, started=started)
        build(driven)
        return driven

    return make


def delivering(driven: Driven, *then: events.Event) -> None:
    """Delivery 1 runs for a visit that is over, so that only the delivery answers."""
    driven.visit("job-1", auto=True)
    driven.give(events.LogOut(1), *then)


CONVERTING = events.DeliveryAdvanced(1, Stage.CONVERTING)
SENDING = events.DeliveryAdvanced(1, Stage.SENDING)
PRINTING = events.DeliveryAdvanced(1, Stage.PRINTING)
WAITS = events.DeliveryWaits(1, ("media-jam",))
ASKS = events.DeliveryAsks(1, questions.Question(questions.QuestionKind.CAME_OUT, 3), 1)
GOES_ON = events.DeliveryWaits(1, ())
CANCEL = events.CancelPrinting()
UNKNOWN = events.SessionRefused(1, "badge-unknown", "ticket")

PLACES = {
    "starting": place(lambda _driven: None, started=False),
    "ready": place(lambda _driven: None),
    "offline": place(lambda driven: driven.give(events.MeshChanged(False))),
    "blocked": place(lambda driven: driven.give(events.PrinterChanged(("media-empty",)))),
    "fault": place(lambda driven: driven.give(events.ReaderChanged("reader-1", False))),
    "stopping": place(lambda driven: delivering(driven, events.StopAsked())),
    "stopped": place(lambda driven: driven.give(events.StopAsked())),
    "authenticating": place(lambda driven: driven.tap()),
    "asking-pin": place(lambda driven: (driven.tap(), driven.give(events.SessionRefused(1, "pin-required")))),
    "associating": place(lambda driven: (driven.tap(), driven.give(UNKNOWN))),
    "listing": place(lambda driven: (driven.tap(), driven.opened())),
    "choosing": place(lambda driven: driven.visit("job-1", "job-2")),
    "releasing": place(lambda driven: driven.visit("job-1", "job-2", auto=True)),
    "asking": place(delivering),
    "sending": place(lambda driven: delivering(driven, SENDING)),
    "printing": place(lambda driven: delivering(driven, PRINTING)),
    "converting": place(lambda driven: delivering(driven, CONVERTING)),
    "asking-person": place(lambda driven: (driven.visit("job-1", auto=True), driven.give(ASKS))),
    "waiting": place(lambda driven: delivering(driven, SENDING, WAITS)),
    "cancelling": place(lambda driven: delivering(driven, CANCEL)),
}

EVENTS: dict[str, events.Event] = {
    "started": events.Started(),
    "stop asked": events.StopAsked(),
    "failed": events.Failed("KeyError"),
    "mesh away": events.MeshChanged(False),
    "printer blocked": events.PrinterChanged(("cover-open",)),
    "reader gone": events.ReaderChanged("reader-2", False),
    "tap": events.BadgeRead("reader-1", BOB),
    "unreadable": events.BadgeUnreadable("reader-1", "badge-unreadable"),
    "opened": events.SessionOpened(1, "session-x", False, 30),
    "refused": events.SessionRefused(1, "badge-unknown"),
    "PIN wanted": events.SessionRefused(1, "pin-wrong"),
    "who are you": UNKNOWN,
    "PIN": events.PinEntered(1, "4711"),
    "name and code": events.AssociationEntered(1, "ada", "12345678"),
    "rather not": events.EntryCanceled(1),
    "listed": events.JobsListed(1, job_refs("job-1")),
    "list failed": events.ListFailed(1, "session-expired"),
    "job held": events.JobHeld("job-9"),
    "chosen": events.JobsChosen(1, ("job-1",)),
    "deleted": events.JobsDeleted(1, ("job-1",)),
    "deletion ended": events.DeletionEnded(1, ("job-1",), ("job-1",)),
    "more time": events.StayAsked(1),
    "log out": events.LogOut(1),
    "cancel": CANCEL,
    "cancel theirs": events.CancelPrinting(1),
    "converting": CONVERTING,
    "sending": SENDING,
    "printing": PRINTING,
    "waits": WAITS,
    "page 2": events.DeliveryAdvanced(1, Stage.PRINTING, 2),
    "goes on": GOES_ON,
    "asks": ASKS,
    "lacks": events.DeliveryLacks(1, ("staple",)),
    "answered": events.DeliveryAnswered(1, questions.Answer(questions.AnswerKind.YES)),
    "ended": events.DeliveryEnded(1, Outcome.PRINTED),
    "auth deadline": events.DeadlinePassed("auth", 1),
    "entry deadline": events.DeadlinePassed("entry", 1),
    "list deadline": events.DeadlinePassed("list", 1),
    "idle deadline": events.DeadlinePassed("idle", 1),
    "news deadline": events.DeadlinePassed("news", 1),
    "wait deadline": events.DeadlinePassed("wait", 1),
    "delivery deadline": events.DeadlinePassed("delivery", 1),
    "cancel deadline": events.DeadlinePassed("cancel", 1),
    "question deadline": events.DeadlinePassed("question", 1),
    "drain deadline": events.DeadlinePassed("drain", 0),
    "strange deadline": events.DeadlinePassed("tea", 1),
}

WORLD = {"failed", "mesh away", "printer blocked", "reader gone", "tap", "stop asked"}
OPEN = WORLD | {"unreadable"}
RUNNING = OPEN | {"cancel", "ended", "delivery deadline"}
STANDING = {"log out", "cancel theirs", "deletion ended"}
EARLY = {"converting", "sending", "printing", "page 2", "waits", "asks"}

TAKEN: dict[str, set[str]] = {
    "starting": WORLD | {"started"},
    "ready": OPEN,
    "offline": OPEN - {"mesh away"},
    "blocked": OPEN,
    "fault": WORLD,
    "stopping": (WORLD - {"stop asked"}) | EARLY | {"lacks", "cancel", "ended", "delivery deadline", "drain deadline"},
    "stopped": set(),
    "authenticating": OPEN | {"opened", "refused", "PIN wanted", "who are you", "log out", "auth deadline"},
    "asking-pin": OPEN | {"PIN", "rather not", "more time", "log out", "entry deadline"},
    "associating": OPEN | {"name and code", "rather not", "more time", "log out", "entry deadline"},
    "listing": OPEN | {"listed", "list failed", "log out", "list deadline"},
    "choosing": OPEN | {"job held", "chosen", "deleted", "deletion ended", "more time", "log out", "idle deadline"},
    "releasing": RUNNING | EARLY | STANDING | {"lacks"},
    "asking": RUNNING | EARLY | {"lacks"},
    "converting": RUNNING | EARLY - {"converting"},
    "asking-person": (RUNNING | EARLY | STANDING | {"goes on", "more time", "answered", "question deadline"})
    - {"asks"},
    "sending": RUNNING | {"printing", "page 2", "waits", "asks"},
    "printing": RUNNING | {"page 2", "waits", "asks"},
    "waiting": RUNNING | {"printing", "page 2", "waits", "goes on", "asks", "wait deadline"},
    "cancelling": (RUNNING - {"cancel", "delivery deadline"}) | {"asks", "lacks", "cancel deadline"},
}


def snapshot(value: Any) -> Any:
    """The core's whole state as plain values, so that two of them compare by content."""
    if isinstance(value, dict):
        return {key: snapshot(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset) or type(value).__name__ == "deque":
        return [snapshot(item) for item in (sorted(value) if isinstance(value, set | frozenset) else value)]
    if type(value).__module__.startswith("firmware.core.") and hasattr(value, "__dict__"):
        inner = {name: item for name, item in vars(value).items() if name not in _LINKS and not callable(item)}
        return (type(value).__name__, snapshot(inner))
    return copy.copy(value)


_LINKS = {"_out", "out", "_desk", "_printing", "_what"}


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("where", PLACES)
def test_every_event_everywhere_is_taken_or_refused_without_a_trace(where: str, event: str) -> None:
    driven = PLACES[where]()
    before = snapshot(driven.core)
    step = driven.give(EVENTS[event])
    no_news = (where, event) == ("offline", "mesh away")
    refused = any(line.startswith(("ignored", "late")) for line in step.journal) or no_news
    if event == "job held" and where != "choosing":  # told everywhere, and nothing to anybody
        assert (step.journal, step.effects, snapshot(driven.core)) == ((), (), before)
        return
    assert refused == (event not in TAKEN[where]), step.journal
    if refused:
        assert snapshot(driven.core) == before
        assert len(step.journal) == (0 if no_news else 1)
        orphan = event == "opened"  # the mesh opened a session that nobody waits for any more
        assert [type(effect) for effect in step.effects] == ([CloseSession] if orphan and step.effects else [])


def test_the_places_cover_every_state() -> None:
    for where, make in PLACES.items():
        core = make().core
        assert where in {core.service, core.session, core.delivery}
