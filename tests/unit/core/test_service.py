"""The station as a whole: what it shows, whom it lets in, and how it stops."""

from firmware.core.effects import CancelDelivery, CloseSession, Quit, SetDeadline, Tell
from firmware.core.events import (
    BadgeRead,
    Failed,
    MeshChanged,
    Outcome,
    PrinterChanged,
    ReaderChanged,
    Started,
    StopAsked,
)
from firmware.core.policy import Policy
from firmware.core.signs import Notice
from firmware.core.states import ServiceState
from tests.unit.core.driving import BOB, Driven


def test_it_becomes_ready_when_start_up_is_complete() -> None:
    driven = Driven(started=False)
    step = driven.give(Started())
    assert step.journal == ("started -> ready",)
    assert step.effects == (Tell(Notice.READY),)


def test_what_was_learnt_while_starting_counts_once_started() -> None:
    driven = Driven(started=False)
    assert driven.give(MeshChanged(False)).journal == ("mesh unreachable -> starting",)
    assert driven.give(Started()).journal == ("started -> offline",)
    assert driven.told == [Notice.NOT_CONNECTED]


def test_the_worst_that_is_known_decides() -> None:
    driven = Driven(Policy(readers=("reader-1", "reader-2")))
    driven.look()
    driven.give(
        PrinterChanged(("media-empty",)),
        MeshChanged(False),
        ReaderChanged("reader-1", False),
        ReaderChanged("reader-2", False),
        ReaderChanged("reader-1", True),
        MeshChanged(True),
        PrinterChanged(()),
    )
    assert driven.journal == [
        "printer needs a person: media-empty -> blocked",
        "mesh unreachable -> offline",
        "reader reader-1 gone -> offline",
        "reader reader-2 gone -> fault",
        "reader reader-1 back -> offline",
        "mesh reachable -> blocked",
        "printer can print -> ready",
    ]
    assert driven.told == [
        Notice.PRINTER_NEEDS_YOU,
        Notice.NOT_CONNECTED,
        Notice.FAULT,
        Notice.NOT_CONNECTED,
        Notice.PRINTER_NEEDS_YOU,
        Notice.READY,
    ]


def test_what_is_no_news_is_no_line() -> None:
    driven = Driven()
    driven.look()
    driven.give(MeshChanged(True), PrinterChanged(()), ReaderChanged("reader-1", True))
    assert driven.look() == ([], [])


def test_a_station_that_is_refused_says_why_although_it_was_offline_before() -> None:
    driven = Driven()
    driven.look()
    refused = MeshChanged(False, "identity-revoked")
    driven.give(MeshChanged(False), refused, refused, MeshChanged(False), MeshChanged(False, "no\nname"))
    assert driven.journal == [
        "mesh unreachable -> offline",
        "mesh unreachable: identity-revoked -> offline",
        "mesh unreachable -> offline",
        "mesh unreachable: unprintable -> offline",
    ]
    assert driven.told == [Notice.NOT_CONNECTED]


def test_people_may_tap_at_a_blocked_printer_to_see_their_jobs() -> None:
    driven = Driven()
    driven.give(PrinterChanged(("cover-open",)))
    assert driven.tap().journal == ("badge read at reader-1 -> authenticating",)


def test_no_tap_goes_without_an_answer() -> None:
    for prepare in ((), (Started(), Failed("KeyError")), (Started(), MeshChanged(False)), (Started(),)):
        driven = Driven(started=False)
        for event in prepare:
            driven.give(event)
        for _ in range(3):
            assert any(isinstance(effect, Tell) for effect in driven.tap().effects)


def test_a_failure_of_our_own_does_not_pass_by_itself() -> None:
    driven = Driven()
    assert driven.give(Failed("KeyError")).journal == ("failed KeyError -> fault",)
    assert driven.give(MeshChanged(False)).journal == ("mesh unreachable -> fault",)


def test_it_stops_at_once_when_nothing_prints() -> None:
    driven = Driven()
    driven.visit("job-1")
    step = driven.give(StopAsked())
    assert step.journal == ("stop asked -> stopping", "visit ended -> idle", "session 1 closed", "drained -> stopped")
    assert CloseSession("session-1") in step.effects
    assert step.effects[-1] == Quit()


def test_it_lets_the_running_delivery_finish_and_begins_no_other() -> None:
    driven = Driven()
    driven.visit("job-1", "job-2", auto=True)
    step = driven.give(StopAsked())
    assert step.journal == ("stop asked -> stopping", "visit ended -> idle", "delivery 2 held: stopping")
    assert SetDeadline("drain", 0, 30.0) in step.effects
    assert driven.tap(BOB).journal == ("badge read at reader-1, not in service -> stopping",)
    step = driven.ended(1)
    assert step.journal == ("delivery 1 printed", "session 1 closed", "drained -> stopped")
    assert step.effects[-1] == Quit()
    assert len(driven.delivered) == 1


def test_a_delivery_that_does_not_finish_in_time_is_cancelled() -> None:
    driven = Driven()
    driven.visit("job-1", auto=True)
    driven.give(StopAsked())
    step = driven.passes("drain", 0)
    assert step.journal == ("no more time to stop -> stopping", "delivery 1 cancelling")
    assert CancelDelivery(1) in step.effects
    assert driven.ended(1, Outcome.HELD, "canceled").effects[-1] == Quit()


def test_a_delivery_that_does_not_even_answer_the_cancellation_holds_nothing_up() -> None:
    driven = Driven()
    driven.visit("job-1", auto=True)
    driven.give(StopAsked())
    driven.passes("drain", 0)
    step = driven.passes("cancel", 1)
    assert step.journal == ("delivery 1 unknown: no-answer", "session 1 closed", "drained -> stopped")
    assert step.effects[-1] == Quit()


def test_after_the_end_nothing_is_taken() -> None:
    driven = Driven()
    driven.give(StopAsked())
    for event in (BadgeRead("reader-1", BOB), StopAsked(), Started(), MeshChanged(False)):
        step = driven.give(event)
        assert step.effects == ()
        assert step.journal[0].startswith("ignored ")
    assert driven.core.service is ServiceState.STOPPED


def test_a_passing_notice_gives_way_to_what_is_news() -> None:
    driven = Driven()
    driven.visit("job-1", auto=True)
    driven.ended(1)
    driven.look()
    driven.tap(BOB)
    assert driven.told == [Notice.READING]
    assert driven.passes("notice", 2).journal == ("late notice deadline dropped",)
