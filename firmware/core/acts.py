"""What the person who stands there does. `ref` numbers their visit: an act of whoever stood there before is none."""

from dataclasses import dataclass, field

from firmware.core.questions import Answer
from firmware.core.wishes import AS_SUBMITTED, Wishes


@dataclass(frozen=True, slots=True)
class PinEntered:
    """The person typed a PIN."""

    ref: int
    pin: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AssociationEntered:
    """The person typed a one-time code, to make the unknown badge theirs. `user` is empty where they typed no name: the
    code says who they are."""

    ref: int
    user: str = field(repr=False)
    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class EntryCanceled:
    """The person would rather not."""

    ref: int


@dataclass(frozen=True, slots=True)
class JobsChosen:
    """The person chose on the panel. `rest`: of what came out in part, only the pages that did not."""

    ref: int
    job_ids: tuple[str, ...]
    rest: bool = False
    wishes: Wishes = AS_SUBMITTED


@dataclass(frozen=True, slots=True)
class JobsDeleted:
    """The person wants these never printed, and said so twice."""

    ref: int
    job_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StayAsked:
    """The person needs more time. `by_touch`: they did something else, which says as much; only the bare wish is
    counted."""

    ref: int
    by_touch: bool = False


@dataclass(frozen=True, slots=True)
class LogOut:
    ref: int


@dataclass(frozen=True, slots=True)
class CancelPrinting:
    """The person (or an operator) asked to stop the running delivery. `ref` numbers the visit of a person who asks for
    an end of all that is theirs, also of what has not begun; None: of whatever runs."""

    ref: int | None = None


@dataclass(frozen=True, slots=True)
class DeliveryAnswered:
    """What the person before the station said to the question they were asked. `ref` numbers their visit: nobody
    answers for whoever stood there before. `number` is that of the question they saw, so that a late answer, or a
    second one, is none to the next question; None where a panel cannot tell, and then it is one to whatever is asked
    now."""

    ref: int
    answer: Answer
    number: int | None = None
