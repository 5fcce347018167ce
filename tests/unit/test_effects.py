"""Each effect of the core, performed on a mesh that can fail; and what is posted back."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from firmware.core.conditions import conditions
from firmware.core.effects import (
    AnswerDelivery,
    CancelDelivery,
    CloseSession,
    Deliver,
    Effect,
    ListJobs,
    OpenSession,
    Tell,
)
from firmware.core.events import (
    DeliveryEnded,
    Event,
    JobRef,
    JobsListed,
    ListFailed,
    Outcome,
    SessionOpened,
    SessionRefused,
)
from firmware.core.questions import Answer, AnswerKind, Question, QuestionKind
from firmware.core.signs import Notice
from firmware.effects import Effects, _job_refs
from firmware.mesh.port import MeshError, MeshProtocolError, MeshUnreachableError, MeshUntrustedError
from firmware.panel.lister import manifests_of
from hal.ports.indicator import Caption, Signal
from hal.sim.indicator import SimIndicator
from hal.sim.virtual_time import run
from tests.support.legible import legible
from tests.unit.delivery.world import OWNER, TITLE, World, pdf

CARD = "04a1b2c3"
FAILURES = [
    MeshUnreachableError("no answer"),
    MeshProtocolError("text/html"),
    MeshUntrustedError("another CA"),
    MeshError("locked-out", status=423),
]


class Rig:
    """Effects on a world, one after the other; each one's work is waited for."""

    def __init__(self) -> None:
        self.world = World()
        self.events: list[Event] = []
        self.indicator = SimIndicator()
        self.tasks: list[asyncio.Task[None]] = []

    async def play(self, *effects: Effect, before: Callable[[Effects], None] | None = None) -> list[Event]:
        performer = Effects(
            self.world.start(),
            self.indicator,
            self.events.append,
            lambda job: self.tasks.append(asyncio.ensure_future(job)),
        )
        for effect in effects:
            performer.perform(effect)
            if before:
                before(performer)
            await asyncio.gather(*self.tasks)
        assert not performer.is_delivering
        return self.events

    def told(self, kind: type) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]


def test_a_visit_from_tap_to_paper() -> None:
    rig = Rig()
    job = rig.world.submit(pdf())
    run(rig.play(OpenSession(1, CARD), ListJobs(1, "s-1"), Deliver(7, "s-1", job.job_id), CloseSession("s-1")))
    assert rig.events[0] == SessionOpened(1, "s-1", True, 30)
    assert rig.events[1] == JobsListed(1, (JobRef(job.job_id, "application/pdf", len(pdf())),))
    assert rig.events[-1] == DeliveryEnded(7, Outcome.PRINTED, "", 2)
    assert rig.world.mesh.kinds() == ["started", "printed"]


@pytest.mark.parametrize("error", FAILURES)
def test_a_refused_session_is_told_with_its_code(error: MeshError) -> None:
    rig = Rig()
    rig.world.mesh.fail("open_session", error)
    assert run(rig.play(OpenSession(3, CARD))) == [SessionRefused(3, error.code)]


def test_an_unknown_badge_is_told() -> None:
    assert run(Rig().play(OpenSession(3, "ffff"))) == [SessionRefused(3, "badge-unknown")]


@pytest.mark.parametrize("error", FAILURES)
def test_a_list_that_fails_is_told_with_its_code(error: MeshError) -> None:
    rig = Rig()
    rig.world.mesh.fail("held_jobs", error)
    assert run(rig.play(OpenSession(1, CARD), ListJobs(1, "s-1")))[-1] == ListFailed(1, error.code)


def test_a_job_whose_manifest_cannot_be_read_is_listed_and_refused_when_asked_for() -> None:
    rig = Rig()
    job = rig.world.submit(pdf())
    stored = rig.world.mesh.jobs[job.job_id]
    stored.sealed = replace(stored.sealed, manifest_raw=b"{}")
    run(rig.play(OpenSession(1, CARD), ListJobs(1, "s-1"), Deliver(1, "s-1", job.job_id)))
    assert JobsListed(1, (JobRef(job.job_id, "", 0),)) in rig.events
    assert rig.events[-1] == DeliveryEnded(1, Outcome.HELD, "manifest-malformed")


def test_what_is_known_of_a_person_ends_with_their_session() -> None:
    rig = Rig()
    job = rig.world.submit(pdf())
    effects: list[Effect] = [
        OpenSession(1, CARD),
        ListJobs(1, "s-1"),
        CloseSession("s-1"),
        Deliver(1, "s-1", job.job_id),
    ]
    assert run(rig.play(*effects))[-1] == DeliveryEnded(1, Outcome.HELD, "session-expired")


def test_only_a_job_of_the_list_is_delivered() -> None:
    rig = Rig()
    effects: list[Effect] = [OpenSession(1, CARD), ListJobs(1, "s-1"), Deliver(1, "s-1", "somebody-else's")]
    assert run(rig.play(*effects))[-1] == DeliveryEnded(1, Outcome.HELD, "session-expired")


@pytest.mark.parametrize("error", FAILURES)
def test_a_session_that_cannot_be_closed_ends_by_itself(error: MeshError) -> None:
    rig = Rig()
    rig.world.mesh.fail("close_session", error)
    assert len(run(rig.play(OpenSession(1, CARD), CloseSession("s-1")))) == 1


def test_a_delivery_called_off_before_its_first_step_is_called_off() -> None:
    rig = Rig()
    job = rig.world.submit(pdf())

    def call_off(performer: Effects) -> None:
        if performer.is_delivering:
            performer.perform(CancelDelivery(5))

    effects: list[Effect] = [OpenSession(1, CARD), ListJobs(1, "s-1"), Deliver(5, "s-1", job.job_id)]
    assert run(rig.play(*effects, before=call_off))[-1] == DeliveryEnded(5, Outcome.HELD, "canceled")
    assert rig.world.printer.deliveries == []


def test_calling_off_what_has_ended_does_nothing() -> None:
    assert run(Rig().play(CancelDelivery(9))) == []


def test_every_notice_is_a_signal() -> None:
    rig = Rig()
    run(rig.play(*(Tell(notice) for notice in Notice)))
    assert rig.indicator.shown == [Signal(notice.value) for notice in Notice]


@pytest.mark.parametrize(
    ("told", "captions"),
    [
        (Tell(Notice.READY), ()),
        (
            Tell(Notice.PRINTER_NEEDS_YOU, conditions(("media-jam",))),
            (Caption("Paper is jammed. Open the printer where it says so and take the paper out.", "jam"),),
        ),
        (
            Tell(Notice.QUESTION, question=Question(QuestionKind.CAME_OUT, 3), number=7),
            (Caption("Did page 3 come out?", "question", 7),),
        ),
        (Tell(Notice.HELD, pages=1), (Caption("1 page came out. The rest is kept: tap again for it.", "held"),)),
        (Tell(Notice.HELD), (Caption("It is kept. Tap again when you want it.", "held"),)),
        (
            Tell(Notice.HELD, lacks=("sides", "print-color-mode", "a\nname")),
            (
                Caption(
                    "This printer cannot print on both sides, nor print in colour, nor do unprintable."
                    " It is kept: print it elsewhere, or tap again and say yes.",
                    "held",
                ),
            ),
        ),
    ],
)
def test_a_screen_says_it_in_words(told: Tell, captions: tuple[Caption, ...]) -> None:
    rig = Rig()
    run(rig.play(told))
    assert rig.indicator.captions == captions


def test_an_answer_to_what_nobody_asks_is_lost() -> None:
    assert run(Rig().play(AnswerDelivery(1, Answer(AnswerKind.YES), 1))) == []


def test_how_far_an_earlier_release_got_is_known_to_the_core() -> None:
    rig = Rig()
    job = rig.world.submit(pdf())
    listed = [replace(job, pages_out=1), replace(job, job_id="unreadable", manifest=b"{}", pages_out=2)]
    jobs = _job_refs(listed, manifests_of(listed))
    assert [found.pages_out for found in jobs] == [1, 2]


def test_a_lamp_that_is_gone_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    rig = Rig()
    rig.indicator.unplug()
    assert run(rig.play(Tell(Notice.READY))) == []
    assert "device-lost" in caplog.text


def test_nothing_of_the_person_or_the_document_shows(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    rig = Rig()
    job = rig.world.submit(pdf())
    run(rig.play(OpenSession(1, CARD), ListJobs(1, "s-1"), Deliver(7, "s-1", job.job_id), CloseSession("s-1")))
    shown = caplog.text + repr(rig.events) + repr(rig.world.mesh.reports)
    written = b"".join(map(legible, rig.world.storage.ever_written))
    for secret in (CARD, TITLE, OWNER, "s-1", "Redundancies"):
        assert secret not in shown
        assert secret.encode() not in written
    assert pdf()[:64] not in written
