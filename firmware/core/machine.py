"""The core: one event in, one step out. Routes each event to its machine, then lets follow what follows from it."""

from firmware.core import events, questions
from firmware.core.conditions import Condition, conditions
from firmware.core.deliveries import Deliveries
from firmware.core.delivery import Printing
from firmware.core.effects import CloseSession
from firmware.core.notices import Lamp
from firmware.core.outbox import Outbox, Step
from firmware.core.policy import Policy
from firmware.core.routes import DELIVERY, SERVICE, SESSION
from firmware.core.service import Service
from firmware.core.session import Session
from firmware.core.standing import standing
from firmware.core.states import DeliveryState, ServiceState, SessionState
from firmware.core.words import describe, plain

_FACTS = (events.MeshChanged, events.PrinterChanged, events.ReaderChanged, events.Failed)


class Core:
    """All decisions of a station. Deterministic: the same events give the same steps. Never raises for an event
    that comes at a wrong time: that is refused, journaled, and changes nothing."""

    def __init__(self, policy: Policy | None = None) -> None:
        policy = policy or Policy()
        self._out = Outbox()
        self._lamp = Lamp(self._out, policy.notice_seconds)
        self._service = Service(policy, self._out, self._lamp)
        self._deliveries = Deliveries(
            policy,
            self._out,
            self._lamp,
            is_blocked=lambda: self._service.is_blocked(None),
            is_attended=self._is_attended,
        )
        self._session = Session(policy, self._out, self._lamp, self._deliveries)
        self._lamp.needs, self._lamp.question = lambda: self.needs, lambda: self.question
        self._lamp.number = lambda: self.asking or 0
        self._service.on_tap = self._tap
        self._service.on_turned_away = lambda tap: self._session.handle("turned_away", tap, "")
        self._service.on_drain = self._drain
        self._service.on_hurry = self._hurry

    @property
    def service(self) -> ServiceState:
        """Where the station stands."""
        return self._service.state

    @property
    def session(self) -> SessionState:
        """Where the person who stands here now stands."""
        return self._session.state

    @property
    def delivery(self) -> DeliveryState | None:
        """Where the running delivery stands; None when nothing is printing."""
        running = self._deliveries.running
        return running.state if running else None

    @property
    def visit(self) -> int:
        """The number of whoever stands here now, or stood here last."""
        return self._session.ref

    @property
    def printing(self) -> Printing | None:
        """The delivery under way; None when nothing is printing."""
        running = self._deliveries.running
        if running is None:
            return None
        return Printing(running.session_ref, running.job_id, running.state, running.page)

    @property
    def needs(self) -> tuple[Condition, ...]:
        """What a person is to do at the printer now, in words and pictures; empty when it can print."""
        running = self._deliveries.running
        return conditions(running.reasons if running and running.reasons else self._service.blocking)

    @property
    def question(self) -> questions.Question | None:
        """What the person who stands here is asked now."""
        running = self._deliveries.running
        return running.question if running else None

    @property
    def asking(self) -> int | None:
        """The number of that question: for whoever shows it, to give back with the answer."""
        running = self._deliveries.running
        return running.number if running and running.question else None

    @property
    def queued(self) -> int:
        """Jobs that wait for the printer."""
        return len(self._deliveries.queue)

    def queued_of(self, visit: int) -> int:
        """Those of one visit."""
        return sum(delivery.session_ref == visit for delivery in self._deliveries.queue)

    @property
    def offered(self) -> frozenset[str]:
        """The jobs that the person who stands here may choose now."""
        return self._session.offered

    def handle(self, event: events.Event) -> Step:
        """Take one event; the effects to perform and the lines to journal, both in order."""
        self._route(event)
        self._follow()
        return self._out.take()

    def _route(self, event: events.Event) -> None:
        kind = type(event)
        match event:
            case events.DeadlinePassed():
                self._pass_deadline(event)
            case events.CancelPrinting():
                self._cancel(event)
            case (
                events.DeliveryAdvanced(ref) | events.DeliveryWaits(ref)
                | events.DeliveryAsks(ref) | events.DeliveryLacks(ref) | events.DeliveryEnded(ref)
            ):  # fmt: skip
                if self._deliveries.is_running(ref):
                    self._deliveries.handle(DELIVERY[kind], event)
                else:
                    self._late(DELIVERY[kind], f"delivery {ref}")
            case events.DeliveryAnswered(ref):
                self._hear(event, ref)
            case (
                events.SessionOpened(ref) | events.SessionRefused(ref) | events.JobsListed(ref)
                | events.ListFailed(ref) | events.JobsChosen(ref) | events.LogOut(ref)
                | events.JobsDeleted(ref) | events.DeletionEnded(ref) | events.StayAsked(ref)
                | events.PinEntered(ref) | events.AssociationEntered(ref) | events.EntryCanceled(ref)
            ):  # fmt: skip
                if self._session.is_current(ref):
                    self._session.handle(SESSION[kind], event, describe(event))
                else:
                    self._late(SESSION[kind], f"session {ref}")
                    self._close_orphan(event)
            case events.JobHeld():
                if self.session is SessionState.CHOOSING:  # else nobody looks at a list
                    self._session.handle(SESSION[kind], event, "")
            case _:
                self._serve(SERVICE[kind], event)

    def _cancel(self, asked: events.CancelPrinting) -> None:
        """A person ends what is theirs, and nothing of whoever is next."""
        if asked.ref is not None:
            if not (self._session.is_current(asked.ref) and self._deliveries.has_session(asked.ref)):
                self._late("cancel_printing", f"session {asked.ref}")
                return
            self._deliveries.withdraw(asked.ref)
            running = self._deliveries.running
            if running is None or running.session_ref != asked.ref:
                return
        self._deliveries.handle("cancel_printing", asked)

    def _hear(self, answered: events.DeliveryAnswered, visit: int) -> None:
        """Only whoever was asked may answer, and only what they were asked."""
        running = self._deliveries.running
        if running is not None and not (self._session.is_current(visit) and running.session_ref == visit):
            self._late("delivery_answered", f"session {visit}")
        elif answered.number is not None and answered.number != self.asking:
            self._late("delivery_answered", f"question {answered.number}")
        else:
            self._deliveries.handle("delivery_answered", answered)

    def _serve(self, trigger: str, event: events.Event) -> None:
        if isinstance(event, _FACTS) and not self._service.is_news(trigger, event):
            return
        self._service.handle(trigger, event, "" if isinstance(event, events.Arrival) else describe(event))

    def _pass_deadline(self, passed: events.DeadlinePassed) -> None:
        trigger = f"{passed.name}_deadline"
        match passed.name:
            case "auth" | "entry" | "list" | "idle" if self._session.is_due(passed):
                self._session.deadline_fired()
                self._session.handle(trigger, passed, describe(passed))
            case "news" if self._session.is_news_due(passed):
                self._session.handle(trigger, passed, "")
            case "wait" | "delivery" | "cancel" | "question" if self._deliveries.is_due(passed):
                self._deliveries.handle(trigger, passed)
            case "drain" if self._service.state is ServiceState.STOPPING:
                self._service.handle(trigger, passed, describe(passed))
            case "notice" if self._lamp.is_passing(passed.ref):
                self._service.handle(trigger, passed)
            case _:
                self._out.note(f"late {plain(passed.name)} deadline dropped")

    def _late(self, trigger: str, whose: str) -> None:
        self._out.note(f"late {trigger.replace('_', ' ')} for {whose} dropped")

    def _close_orphan(self, event: events.Event) -> None:
        """The mesh opened a session for somebody who no longer waits: it must not stay open there."""
        if not isinstance(event, events.SessionOpened):
            return
        if event.session_id not in (self._session.session_id, *self._session.left.values()):
            self._out.emit(CloseSession(event.session_id))

    def _tap(self, tap: events.Arrival) -> None:
        self._session.handle("badge_read", tap, describe(tap))

    def _is_attended(self, visit: int) -> bool:
        return self._session.is_current(visit)

    def _drain(self) -> None:
        if self._session.state is not SessionState.IDLE:
            self._session.handle("log_out", None, "visit ended")
        self._deliveries.withdraw_all()

    def _hurry(self) -> None:
        self._deliveries.handle("drain_deadline", events.DeadlinePassed("drain", 0))

    def _follow(self) -> None:
        """What no event says by itself: the printer is free, the last delivery of a visit ended, nothing is left."""
        if self._deliveries.unattended:
            self._deliveries.handle("person_left", None)
        begun = self._deliveries.start_next()
        if begun and self._session.is_current(begun.session_ref):
            self._session.taken.add(begun.job_id)
        if self._session.state is SessionState.RELEASING and not self._deliveries.has_session(self._session.ref):
            self._session.handle("deliveries_ended", None, "deliveries ended")
        if self._session.is_over:
            self._session.handle("list_emptied", None, "list emptied")
        for ref in [ref for ref in self._session.left if not self._deliveries.has_session(ref)]:
            self._out.emit(CloseSession(self._session.left.pop(ref)))
            self._out.note(f"session {ref} closed")
        if self._service.state is ServiceState.STOPPING and self._deliveries.running is None:
            self._service.handle("drained", None, "drained")
        self._lamp.stand(standing(self.service, self.session, self.delivery))
