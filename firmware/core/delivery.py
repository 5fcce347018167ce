"""One job on its way to paper: from the queue to an outcome that is told as it is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from firmware.core import events, questions
from firmware.core.effects import AnswerDelivery, CancelDelivery, Deliver, DropDeadline, SetDeadline
from firmware.core.end import End
from firmware.core.events import Outcome, Stage
from firmware.core.notices import PRINTER_BLOCKED, PRINTER_LACKS
from firmware.core.outbox import Outbox, fire
from firmware.core.policy import Policy
from firmware.core.states import DeliveryState
from firmware.core.table import DELIVERY
from firmware.core.wishes import AS_SUBMITTED, Wishes
from firmware.core.words import answered, asked, plain_list

NO_ANSWER = "no-answer"
STOPPING = "stopping"
CANCELED = "canceled"

_STAGES = tuple(Stage)
_ON_PAPER = (DeliveryState.SENDING, DeliveryState.PRINTING)
_SETTLED = ("delivery_answered", "person_left", "question_deadline")


@dataclass(frozen=True, slots=True)
class Printing:
    """The delivery under way, for whoever shows it. `visit` numbers whose it is; `page` is the one that is being
    printed, 0 where the printer does not say."""

    visit: int
    job_id: str
    stage: DeliveryState
    page: int


class Desk(Protocol):
    """What all deliveries share."""

    policy: Policy
    out: Outbox
    is_blocked: Callable[[], bool]
    """Whether the printer needs a person before anything can print."""
    is_attended: Callable[[int], bool]
    """Whether the person of this visit stands there still, and nobody else does."""


class Delivery:
    """The model of the delivery table."""

    def __init__(
        self,
        desk: Desk,
        ref: int,
        session_ref: int,
        session_id: str,
        job_id: str,
        *,
        first_page: int = 1,
        wishes: Wishes = AS_SUBMITTED,
    ) -> None:
        self.state = DeliveryState.QUEUED
        self.ref = ref
        self.session_ref = session_ref
        self.session_id = session_id
        self.job_id = job_id
        self.end = End(Outcome.HELD)
        self.is_asked_to_end = False
        self.question: questions.Question | None = None
        """What the person is asked now."""
        self.number = 0
        """That of the question."""
        self.reasons: tuple[str, ...] = ()
        """For what the printer waits now."""
        self._first_page = first_page
        self._wishes = wishes
        self._desk = desk
        self._stage = Stage.ASKING
        self._page = 0
        self._lacks: tuple[str, ...] = ()
        self._deadlines: set[str] = set()

    def handle(self, trigger: str, event: events.Event | None = None) -> None:
        """Fire one trigger and journal where the delivery stands now, where that is news."""
        before, at, page = self.state, len(self._desk.out.journal), self._page
        if not fire(DELIVERY, self, self._desk.out, trigger, event):
            return
        what = ""
        if trigger in _SETTLED:
            what = f"{answered(event)} -> {self.state}"
        elif self.state is not before or self._is_news(event, page):
            what = self._where(is_first=trigger == "start")
        if what:
            self._desk.out.journal.insert(at, f"delivery {self.ref} {what}")

    def _is_news(self, event: events.Event | None, page: int) -> bool:
        """Whether a move that stayed where it was is told."""
        if self.state is DeliveryState.WAITING:
            return isinstance(event, events.DeliveryWaits)
        return self.state in _ON_PAPER and self._page != page

    def _where(self, *, is_first: bool) -> str:
        match self.state:
            case DeliveryState.ENDED:
                return str(self.end)
            case DeliveryState.WAITING:
                return f"{self.state}: {plain_list(self.reasons)}"
            case DeliveryState.ASKING_PERSON if self.question:
                return f"{self.state}: {asked(self.question)}"
            case DeliveryState.ASKING if is_first and self._first_page > 1:
                return f"{self.state} for the rest, from page {self._first_page}"
        return f"{self.state}{self._at_page()}"

    def _at_page(self) -> str:
        if not self._page or self.state not in _ON_PAPER:
            return ""
        return f" page {self._page}" if self.state is DeliveryState.PRINTING else f", printing page {self._page}"

    @property
    def page(self) -> int:
        """The page that is being printed; 0 where the printer does not say."""
        return self._page

    def awaits(self, deadline: str) -> bool:
        """Whether this deadline has been set and neither dropped nor passed."""
        return deadline in self._deadlines

    # What the table asks

    def is_blocked(self, _event: object) -> bool:
        return self._desk.is_blocked()

    def is_asking(self, event: events.DeliveryAdvanced) -> bool:
        return event.stage is Stage.ASKING

    def is_converting(self, event: events.DeliveryAdvanced) -> bool:
        return event.stage is Stage.CONVERTING

    def is_sending(self, event: events.DeliveryAdvanced) -> bool:
        return event.stage is Stage.SENDING

    def is_printing(self, event: events.DeliveryAdvanced) -> bool:
        return event.stage is Stage.PRINTING

    def is_further(self, event: events.DeliveryAdvanced) -> bool:
        """Not back, and no page twice."""
        return (_STAGES.index(event.stage), event.page) > (_STAGES.index(self._stage), self._page)

    def is_attended(self, _event: object) -> bool:
        return self._desk.is_attended(self.session_ref)

    def needs_person(self, event: events.DeliveryWaits) -> bool:
        return bool(event.reasons)

    def was_asking(self, _event: object) -> bool:
        return self._stage is Stage.ASKING

    def was_converting(self, _event: object) -> bool:
        return self._stage is Stage.CONVERTING

    def was_sending(self, _event: object) -> bool:
        return self._stage is Stage.SENDING

    def was_waiting(self, _event: object) -> bool:
        return bool(self.reasons)

    def was_cancelling(self, _event: object) -> bool:
        return self.is_asked_to_end

    # What the table does

    def hold_blocked(self, _event: object) -> None:
        """Before anything is asked of the mesh: the job stays as it is, and the person is told."""
        self.end = End(Outcome.HELD, PRINTER_BLOCKED)

    def hold_withdrawn(self, _event: object) -> None:
        self.end = End(Outcome.HELD, CANCELED if self.is_asked_to_end else STOPPING)

    def ask_release(self, _event: object) -> None:
        self._desk.out.emit(Deliver(self.ref, self.session_id, self.job_id, self._first_page, self._wishes))
        self._arm("delivery", self._desk.policy.delivery_seconds)

    def note_stage(self, event: events.DeliveryAdvanced) -> None:
        self._stage, self._page = event.stage, max(event.page, self._page)

    def wait(self, event: events.DeliveryWaits) -> None:
        """However often its reasons change, it waits once."""
        self.reasons = event.reasons
        if "wait" not in self._deadlines:
            self._arm("wait", self._desk.policy.wait_seconds)

    def go_on(self, _event: object) -> None:
        self.reasons = ()
        if "wait" in self._deadlines:
            self._disarm("wait")

    def ask_person(self, event: events.DeliveryAsks) -> None:
        """While we wait for them, nothing else of ours runs out."""
        self.question, self.number = event.question, event.number
        self._lacks = event.question.lacks
        if self.is_asked_to_end:
            self._disarm("cancel")
        self._arm("question", self._desk.policy.question_seconds)

    def wait_longer(self) -> None:
        """Whoever is asked needs more time."""
        self._arm("question", self._desk.policy.question_seconds)

    def leave_unanswered(self, event: events.DeliveryAsks) -> None:
        """Whoever could say has left; whoever stands there now is not to hear of their pages."""
        self._desk.out.note(f"delivery {self.ref} has nobody to ask: {asked(event.question)}")
        self._desk.out.emit(AnswerDelivery(self.ref, None, event.number))

    def note_lacks(self, event: events.DeliveryLacks) -> None:
        """No reason to keep anybody waiting, and none to keep silent about."""
        self._desk.out.note(f"delivery {self.ref} printed without: {plain_list(event.lost)}")

    def answer(self, event: events.DeliveryAnswered) -> None:
        self._disarm("question")
        self._settle(event.answer)

    def drop_question(self, event: object) -> None:
        """Nobody's word is no word: what is not known stays unknown."""
        if isinstance(event, events.DeadlinePassed):
            self._deadlines.discard(event.name)
        else:
            self._disarm("question")
        self._settle(None)

    def _settle(self, answer: questions.Answer | None) -> None:
        self.question = None
        self._desk.out.emit(AnswerDelivery(self.ref, answer, self.number))
        if self.is_asked_to_end:
            self._arm("cancel", self._desk.policy.cancel_seconds)

    def cancel(self, event: object) -> None:
        """Ask for an end. What really happened is what `DeliveryEnded` will say, if it comes in time."""
        self.is_asked_to_end = True
        if self.question is not None:
            self.question = None
            self._desk.out.emit(AnswerDelivery(self.ref, None, self.number))
        if isinstance(event, events.DeadlinePassed):
            self._deadlines.discard(event.name)
        self._disarm(*self._deadlines)
        self._desk.out.emit(CancelDelivery(self.ref))
        self._arm("cancel", self._desk.policy.cancel_seconds)

    def finish(self, event: events.DeliveryEnded) -> None:
        lacks = self._lacks if event.code == PRINTER_LACKS else ()
        self.end = End(event.outcome, event.code, event.impressions, event.part, event.pages, event.told, lacks)
        self.question, self.reasons = None, ()
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
