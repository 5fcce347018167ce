"""What the core wants done. Frozen values; firmware/effects.py performs them and posts the answers back."""

from dataclasses import dataclass, field

from firmware.core.conditions import Condition
from firmware.core.questions import Answer, Question
from firmware.core.signs import Notice
from firmware.core.wishes import AS_SUBMITTED, Wishes


@dataclass(frozen=True, slots=True)
class OpenSession:
    """`reader` is where the badge was presented: its card may have to prove itself first."""

    ref: int
    credential: str = field(repr=False)
    pin: str = field(default="", repr=False)
    reader: str = ""


@dataclass(frozen=True, slots=True)
class OpenByPhone:
    """Open a session for whoever the ticket of their phone stands for."""

    ref: int
    ticket: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Associate:
    """Make the ticket's badge the person's, and open a session with it."""

    ref: int
    ticket: str = field(repr=False)
    user: str = field(repr=False)
    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CloseSession:
    session_id: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ListJobs:
    ref: int
    session_id: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Deliver:
    """Release and print one job, from its page `first_page` (from 1) on: `ref` numbers the delivery."""

    ref: int
    session_id: str = field(repr=False)
    job_id: str
    first_page: int = 1
    wishes: Wishes = AS_SUBMITTED


@dataclass(frozen=True, slots=True)
class DeleteJobs:
    """Have the person's own jobs shredded, for ever."""

    ref: int
    session_id: str = field(repr=False)
    job_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnswerDelivery:
    """Hand the running delivery what the person said to its question of that number; None: nobody will say any
    more."""

    ref: int
    answer: Answer | None
    number: int


@dataclass(frozen=True, slots=True)
class CancelDelivery:
    ref: int


@dataclass(frozen=True, slots=True)
class Tell:
    """With `PRINTER_NEEDS_YOU`, `needs` are what the printer waits for, where that is known; with `QUESTION`, what is
    asked, and under which number; with `HELD`, how many pages came out, and what the printer cannot do where that is
    why. `visit` numbers whose delivery it is about, 0: nobody's; `code` is the refusal's, where there is one. Both are
    beside what is told. For whoever can show more than a light."""

    notice: Notice
    needs: tuple[Condition, ...] = ()
    question: Question | None = None
    pages: int | None = None
    number: int = 0
    lacks: tuple[str, ...] = ()
    visit: int = field(default=0, compare=False)
    code: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class SetDeadline:
    """Post `DeadlinePassed(name, ref)` after `seconds`; replaces one of the same name."""

    name: str
    ref: int
    seconds: float


@dataclass(frozen=True, slots=True)
class DropDeadline:
    name: str


@dataclass(frozen=True, slots=True)
class Quit:
    """Nothing is left to do: the dispatcher may stop."""


Effect = (
    OpenSession
    | OpenByPhone
    | Associate
    | CloseSession
    | ListJobs
    | Deliver
    | DeleteJobs
    | AnswerDelivery
    | CancelDelivery
    | Tell
    | SetDeadline
    | DropDeadline
    | Quit
)
