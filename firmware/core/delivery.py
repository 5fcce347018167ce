"""One job on its way to paper: from the queue to an outcome that is told as it is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from firmware.core import events
from firmware.core.effects import CancelDelivery, Deliver, DropDeadline, SetDeadline
from firmware.core.events import Outcome, Stage
from firmware.core.notices import PRINTER_BLOCKED
from firmware.core.outbox import Outbox, fire
from firmware.core.policy import Policy
from firmware.core.states import DeliveryState
from firmware.core.table import DELIVERY
from firmware.core.words import plain, plain_list

NO_ANSWER = "no-answer"
STOPPING = "stopping"

_STAGES = (Stage.ASKING, Stage.SENDING, Stage.PRINTING)


@dataclass(frozen=True, slots=True)
class End:
    """How a delivery ended; `code` says why when it did not print, `part` which key part was missing."""

    outcome: Outcome
    code: str = ""
    impressions: int | None = None
    part: str = ""

    def __str__(self) -> str:
        why = f": {plain(self.code)}" if self.code else ""
        why += f" ({plain(self.part)} part)" if self.part else ""
        if self.outcome is not Outcome.PRINTED and self.impressions is not None:
            why += f" after {self.impressions} impressions"
        return f"{self.outcome}{why}"


class Desk(Protocol):
    """What all deliveries share."""

    policy: Policy
    out: Outbox
    is_blocked: Callable[[], bool]
    """Whether the printer needs a person before anything can print."""


class Delivery:
    """The model of the delivery table."""

    def __init__(self, desk: Desk, ref: int, session_ref: int, session_id: str, job_id: str) -> None:
        self.state = DeliveryState.QUEUED
        self.ref = ref
        self.session_ref = session_ref
        self.session_id = session_id
        self.job_id = job_id
        self.end = End(Outcome.HELD)
        self.is_asked_to_end = False
        self._desk = desk
        self._stage = Stage.ASKING
        self._deadlines: set[str] = set()

    def handle(self, trigger: str, event: events.Event | None = None) -> None:
        """Fire one trigger and journal where the delivery stands now, where that is news."""
        before = self.state
        if not fire(DELIVERY, self, self._desk.out, trigger, event):
            return
        detail = f": {plain_list(event.reasons)}" if isinstance(event, events.DeliveryWaits) and event.reasons else ""
        if self.state is not before or detail:
            where = str(self.end) if self.state is DeliveryState.ENDED else f"{self.state}{detail}"
            self._desk.out.note(f"delivery {self.ref} {where}")

    def awaits(self, deadline: str) -> bool:
        """Whether this deadline has been set and neither dropped nor passed."""
        return deadline in self._deadlines

    # What the table asks

    def is_blocked(self, _event: object) -> bool:
        return self._desk.is_blocked()

    def is_asking(self, event: events.DeliveryAdvanced) -> bool:
        return event.stage is Stage.ASKING

    def is_sending(self, event: events.DeliveryAdvanced) -> bool:
        return event.stage is Stage.SENDING

    def is_printing(self, event: events.DeliveryAdvanced) -> bool:
        return event.stage is Stage.PRINTING

    def is_further(self, event: events.DeliveryAdvanced) -> bool:
        return _STAGES.index(event.stage) > _STAGES.index(self._stage)

    def needs_person(self, event: events.DeliveryWaits) -> bool:
        return bool(event.reasons)

    def was_asking(self, _event: object) -> bool:
        return self._stage is Stage.ASKING

    def was_sending(self, _event: object) -> bool:
        return self._stage is Stage.SENDING

    # What the table does

    def hold_blocked(self, _event: object) -> None:
        """Before anything is asked of the mesh: the job stays as it is, and the person is told."""
        self.end = End(Outcome.HELD, PRINTER_BLOCKED)

    def hold_withdrawn(self, _event: object) -> None:
        self.end = End(Outcome.HELD, STOPPING)

    def ask_release(self, _event: object) -> None:
        self._desk.out.emit(Deliver(self.ref, self.session_id, self.job_id))
        self._arm("delivery", self._desk.policy.delivery_seconds)

    def note_stage(self, event: events.DeliveryAdvanced) -> None:
        self._stage = event.stage

    def wait(self, _event: object) -> None:
        self._arm("wait", self._desk.policy.wait_seconds)

    def go_on(self, _event: object) -> None:
        self._disarm("wait")

    def cancel(self, event: object) -> None:
        """Ask for an end. What really happened is what `DeliveryEnded` will say, if it comes in time."""
        self.is_asked_to_end = True
        if isinstance(event, events.DeadlinePassed):
            self._deadlines.discard(event.name)
        self._disarm(*self._deadlines)
        self._desk.out.emit(CancelDelivery(self.ref))
        self._arm("cancel", self._desk.policy.cancel_seconds)

    def finish(self, event: events.DeliveryEnded) -> None:
        self.end = End(event.outcome, event.code, event.impressions, event.part)
        self._disarm(*self._deadlines)

    def give_up(self, _event: object) -> None:
        """Nobody told us how it ended, and we do not guess."""
        self._deadlines.discard("cancel")
        self.end = End(Outcome.UNKNOWN, NO_ANSWER)

    def _arm(self, name: str, seconds: float) -> None:
        self._deadlines.add(name)
        self._desk.out.emit(SetDeadline(name, self.ref, seconds))

    def _disarm(self, *names: str) -> None:
        for name in sorted(names):
            self._deadlines.discard(name)
            self._desk.out.emit(DropDeadline(name))
