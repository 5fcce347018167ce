"""What somebody who stands before a station can do at its panel, for the simulated one and for one on a real mesh."""

from collections.abc import Callable, Mapping

from firmware.core.events import (
    AssociationEntered,
    CancelPrinting,
    DeliveryAnswered,
    EntryCanceled,
    Event,
    JobsChosen,
    LogOut,
    PinEntered,
)
from firmware.core.questions import Answer, AnswerKind
from hal.sim.commands import Command, Plain
from hal.sim.commands_person import Associate, CameOut, Choose, EnterPin
from tools.bench.panel import Panel
from tools.bench.site import CannotDoError

Post = Callable[[Event], None]


def obey(panel: Panel, post: Post, command: Command) -> bool:
    """Carry out a command of a person at the panel; False for another one. Raises `CannotDoError`."""
    event = _event(panel, command)
    if event is not None:
        post(event)
    return event is not None


def _event(panel: Panel, command: Command) -> Event | None:
    match command:
        case EnterPin(pin):
            return PinEntered(panel.visit, pin)
        case Associate(user, code):
            return AssociationEntered(panel.visit, user, code)
        case Choose(places, rest):
            return JobsChosen(panel.visit, _chosen(panel, places), rest)
        case CameOut() | Plain.YES | Plain.NO:
            return DeliveryAnswered(panel.visit, _answer(command), panel.shown.question)
        case Plain() if command in _PLAIN:
            return _PLAIN[command](panel.visit)
    return None


_PLAIN: Mapping[Plain, Callable[[int], Event]] = {
    Plain.CANCEL: lambda _visit: CancelPrinting(),
    Plain.CANCEL_ENTRY: EntryCanceled,
    Plain.LOG_OUT: LogOut,
}


def _answer(command: CameOut | Plain) -> Answer:
    if isinstance(command, CameOut):
        return Answer(AnswerKind.PAGES, command.pages)
    return Answer(AnswerKind.YES if command is Plain.YES else AnswerKind.NO)


def _chosen(panel: Panel, places: tuple[int, ...] | None) -> tuple[str, ...]:
    listed = panel.listed
    if not listed:
        raise CannotDoError("there is no list to choose from")
    if places is not None and max(places) > len(listed):
        raise CannotDoError(f"the list ends at {len(listed)}")
    return listed if places is None else tuple(listed[place - 1] for place in places)
