"""The whole behaviour: every state and every move. firmware/docs/state-machine.md is generated from here.

A row reads: on TRIGGER, in one of these states, WHEN this holds, go there and DO that. Rows are tried in order. What
has no row raises `MachineError` and changes nothing; what has rows but none that holds is refused likewise.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from transitions import Machine

from firmware.core.states import DeliveryState as D
from firmware.core.states import ServiceState as S
from firmware.core.states import SessionState as P

STAY = None


@dataclass(frozen=True, slots=True)
class Row:
    """`do` and `when` name methods of the model; both are handed the event."""

    trigger: str
    sources: tuple[StrEnum, ...]
    dest: StrEnum | None
    do: str | None
    when: str | None


def row(
    trigger: str,
    sources: StrEnum | Sequence[StrEnum],
    dest: StrEnum | None,
    *,
    do: str | None = None,
    when: str | None = None,
) -> Row:
    """One line of the table."""
    return Row(trigger, (sources,) if isinstance(sources, StrEnum) else tuple(sources), dest, do, when)


class Table:
    """States and rows, run by `transitions`: synchronous, no queue, no automatic moves, illegal triggers raise."""

    def __init__(self, name: str, states: type[StrEnum], rows: Sequence[Row]) -> None:
        self.name = name
        self.states = tuple(states)
        self.rows = tuple(rows)
        self.triggers = tuple(dict.fromkeys(line.trigger for line in rows))
        self._machine = Machine(
            model=None, states=list(states), initial=self.states[0], send_event=False, auto_transitions=False,
            ignore_invalid_triggers=False, queued=False,
        )  # fmt: skip
        for line in rows:
            self._machine.add_transition(
                line.trigger, list(line.sources), line.dest, conditions=line.when, after=line.do
            )

    def fire(self, model: object, trigger: str, *args: object) -> bool:
        """Move `model` (its attribute `state`). False when no row holds; raises `MachineError` when there is none.

        The machine keeps no model: thousands of deliveries may come and go without leaving a trace in it.
        """
        return self._machine.events[trigger].trigger(model, *args)

    def rows_for(self, state: StrEnum, trigger: str) -> tuple[Row, ...]:
        """The rows tried for this pair, in order; empty when the pair is illegal."""
        return tuple(line for line in self.rows if line.trigger == trigger and state in line.sources)


OPEN = (S.READY, S.OFFLINE, S.BLOCKED, S.FAULT)
UNTIL_STOPPED = (S.STARTING, *OPEN, S.STOPPING)


def _judged(trigger: str, sources: StrEnum | Sequence[StrEnum]) -> tuple[Row, ...]:
    """The worst that is known decides."""
    return (
        row(trigger, sources, S.FAULT, when="is_broken"),
        row(trigger, sources, S.OFFLINE, when="is_cut_off"),
        row(trigger, sources, S.BLOCKED, when="is_blocked"),
        row(trigger, sources, S.READY),
    )


SERVICE = Table(
    "service",
    S,
    (
        *_judged("started", S.STARTING),
        *_judged("mesh_changed", OPEN),
        *_judged("printer_changed", OPEN),
        *_judged("reader_changed", OPEN),
        row("mesh_changed", [S.STARTING, S.STOPPING], STAY),
        row("printer_changed", [S.STARTING, S.STOPPING], STAY),
        row("reader_changed", [S.STARTING, S.STOPPING], STAY),
        row("badge_read", [S.READY, S.BLOCKED], STAY, do="let_in"),
        row("badge_read", S.OFFLINE, STAY, do="turn_away"),
        row("badge_read", [S.STARTING, S.FAULT, S.STOPPING], STAY, do="say_closed"),
        row("badge_unreadable", [S.READY, S.OFFLINE, S.BLOCKED], STAY, do="say_unreadable"),
        row("notice_deadline", UNTIL_STOPPED, STAY, do="end_notice"),
        row("failed", [S.STARTING, *OPEN], S.FAULT),
        row("failed", S.STOPPING, STAY),
        row("stop_asked", [S.STARTING, *OPEN], S.STOPPING, do="drain"),
        row("drain_deadline", S.STOPPING, STAY, do="cancel_running"),
        row("drained", S.STOPPING, S.STOPPED, do="quit"),
    ),
)

VISIT = (P.AUTHENTICATING, P.ASKING_PIN, P.ASSOCIATING, P.LISTING, P.CHOOSING, P.RELEASING)
READING = (P.AUTHENTICATING, P.LISTING)
TYPING = (P.ASKING_PIN, P.ASSOCIATING)
STANDING = (*TYPING, P.CHOOSING, P.RELEASING)
"""Where the station waits for the person, or prints for them: they may leave, and the next one may come."""

SESSION = Table(
    "session",
    P,
    (
        row("badge_read", P.IDLE, P.AUTHENTICATING, do="ask_mesh"),
        row("badge_read", READING, STAY, when="is_same_badge", do="say_busy"),
        row("badge_read", READING, P.AUTHENTICATING, do="switch"),
        row("badge_read", STANDING, STAY, when="is_asked", do="say_asked"),
        row("badge_read", STANDING, P.IDLE, when="is_same_badge", do="log_out"),
        row("badge_read", STANDING, P.AUTHENTICATING, do="switch"),
        row("session_opened", P.AUTHENTICATING, P.LISTING, do="ask_list"),
        row("session_refused", P.AUTHENTICATING, P.ASKING_PIN, when="needs_pin", do="ask_pin"),
        row("session_refused", P.AUTHENTICATING, P.ASSOCIATING, when="is_unclaimed", do="ask_who"),
        row("session_refused", P.AUTHENTICATING, P.IDLE, do="say_refused"),
        row("pin_entered", P.ASKING_PIN, P.AUTHENTICATING, do="send_pin"),
        row("association_entered", P.ASSOCIATING, P.AUTHENTICATING, do="send_association"),
        row("entry_canceled", TYPING, P.IDLE, do="leave"),
        row("entry_deadline", P.ASKING_PIN, P.IDLE, do="say_not_entered"),
        row("entry_deadline", P.ASSOCIATING, P.IDLE, do="say_still_unknown"),
        row("auth_deadline", P.AUTHENTICATING, P.IDLE, do="say_no_answer"),
        row("jobs_listed", P.LISTING, P.CHOOSING, when="is_unsure", do="offer"),
        row("jobs_listed", P.LISTING, P.IDLE, when="is_empty", do="say_no_jobs"),
        row("jobs_listed", P.LISTING, P.RELEASING, when="is_auto", do="release_all"),
        row("jobs_listed", P.LISTING, P.CHOOSING, do="offer"),
        row("jobs_listed", P.CHOOSING, STAY, when="is_news", do="offer_more"),
        row("list_failed", P.LISTING, P.IDLE, do="say_refused"),
        row("list_failed", P.CHOOSING, STAY, when="is_news", do="leave_list"),
        row("job_held", P.CHOOSING, STAY, do="note_held"),
        row("news_deadline", P.CHOOSING, STAY, do="ask_again"),
        row("list_deadline", P.LISTING, P.IDLE, do="say_no_answer"),
        row("jobs_chosen", P.CHOOSING, STAY, when="is_choice", do="release_chosen"),
        row("jobs_deleted", P.CHOOSING, STAY, when="is_deletion", do="delete"),
        row("deletion_ended", [P.CHOOSING, P.RELEASING], STAY, do="note_deletion"),
        row("stay_asked", STANDING, STAY, when="is_patient", do="stay"),
        row("idle_deadline", P.CHOOSING, P.RELEASING, when="is_awaiting_paper", do="put_list_away"),
        row("idle_deadline", P.CHOOSING, P.IDLE, do="leave"),
        row("deliveries_ended", P.RELEASING, P.IDLE, do="leave"),
        row("list_emptied", P.CHOOSING, P.IDLE, do="end_with_list"),
        row("log_out", VISIT, P.IDLE, do="leave"),
        row("turned_away", STANDING, STAY, when="is_asked", do="say_asked"),
        row("turned_away", STANDING, P.IDLE, do="turn_away"),
        row("turned_away", READING, STAY, when="is_same_badge"),
        row("turned_away", READING, P.IDLE, do="turn_away"),
        row("turned_away", P.IDLE, STAY),
    ),
)

UNDER_WAY = (D.ASKING, D.CONVERTING, D.SENDING, D.PRINTING)
STOPPABLE = (*UNDER_WAY, D.WAITING, D.ASKING_PERSON)
BEFORE_PRINTING = (D.ASKING, D.CONVERTING, D.SENDING)
ON_ITS_WAY = (D.SENDING, D.PRINTING, D.WAITING, D.ASKING_PERSON)
ABLE_TO_ASK = (*UNDER_WAY, D.WAITING, D.CANCELLING)


def _back(trigger: str, source: StrEnum, do: str) -> tuple[Row, ...]:
    """To where the delivery stood before it waited."""
    return (
        row(trigger, source, D.ASKING, when="was_asking", do=do),
        row(trigger, source, D.CONVERTING, when="was_converting", do=do),
        row(trigger, source, D.SENDING, when="was_sending", do=do),
        row(trigger, source, D.PRINTING, do=do),
    )


def _settled(trigger: str, do: str) -> tuple[Row, ...]:
    """The question is out of the way, answered or not: what else was going on goes on."""
    return (
        row(trigger, D.ASKING_PERSON, D.CANCELLING, when="was_cancelling", do=do),
        row(trigger, D.ASKING_PERSON, D.WAITING, when="was_waiting", do=do),
        *_back(trigger, D.ASKING_PERSON, do),
    )


DELIVERY = Table(
    "delivery",
    D,
    (
        row("start", D.QUEUED, D.ENDED, when="is_blocked", do="hold_blocked"),
        row("start", D.QUEUED, D.ASKING, do="ask_release"),
        row("withdraw", D.QUEUED, D.ENDED, do="hold_withdrawn"),
        row("delivery_advanced", D.ASKING, D.CONVERTING, when="is_converting", do="note_stage"),
        row("delivery_advanced", [D.ASKING, D.CONVERTING], D.SENDING, when="is_sending", do="note_stage"),
        row("delivery_advanced", BEFORE_PRINTING, D.PRINTING, when="is_printing", do="note_stage"),
        row("delivery_advanced", D.ASKING, STAY, when="is_asking"),
        row("delivery_advanced", ON_ITS_WAY, STAY, when="is_further", do="note_stage"),
        row("delivery_waits", UNDER_WAY, D.WAITING, when="needs_person", do="wait"),
        row("delivery_waits", [D.WAITING, D.ASKING_PERSON], STAY, when="needs_person", do="wait"),
        *_back("delivery_waits", D.WAITING, "go_on"),
        row("delivery_waits", D.ASKING_PERSON, STAY, do="go_on"),
        row("delivery_asks", ABLE_TO_ASK, D.ASKING_PERSON, when="is_attended", do="ask_person"),
        row("delivery_asks", ABLE_TO_ASK, STAY, do="leave_unanswered"),
        row("delivery_lacks", [D.ASKING, D.CANCELLING], STAY, do="note_lacks"),
        *_settled("delivery_answered", "answer"),
        *_settled("person_left", "drop_question"),
        *_settled("question_deadline", "drop_question"),
        row("delivery_ended", [*STOPPABLE, D.CANCELLING], D.ENDED, do="finish"),
        row("cancel_printing", D.ASKING_PERSON, STAY, when="was_cancelling"),
        row("cancel_printing", STOPPABLE, D.CANCELLING, do="cancel"),
        row("wait_deadline", [D.WAITING, D.ASKING_PERSON], D.CANCELLING, do="cancel"),
        row("delivery_deadline", STOPPABLE, D.CANCELLING, do="cancel"),
        row("drain_deadline", STOPPABLE, D.CANCELLING, do="cancel"),
        row("drain_deadline", D.CANCELLING, STAY),
        row("cancel_deadline", D.CANCELLING, D.ENDED, do="give_up"),
    ),
)

TABLES = (SERVICE, SESSION, DELIVERY)
