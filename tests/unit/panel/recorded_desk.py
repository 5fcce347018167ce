"""A desk that only remembers what a keypad asks of it; what it shows, and the presses."""

from firmware.core.questions import Answer, Question, QuestionKind
from firmware.core.wishes import Wishes
from firmware.panel.keys import Hand, Keys
from firmware.panel.listed import ListedJob
from firmware.panel.refusals import DeskError
from firmware.panel.view import Screen, View
from hal.ports.buttons import Button

NEXT, PREVIOUS, OK, CANCEL = Button.NEXT, Button.PREVIOUS, Button.OK, Button.CANCEL
ONE, TWO, THREE, SEVEN, NINE, NOUGHT = (Button(digit) for digit in "123790")
JOBS = tuple(ListedJob(f"job-{number}", None, 1, "application/pdf") for number in (1, 2, 3))
LIST = View(Screen.JOBS, visit=7, jobs=JOBS, chosen=frozenset({"job-1", "job-2"}))
PIN = View(Screen.PIN, visit=7)
ASKED = View(Screen.QUESTION, visit=7, number=4, question=Question(QuestionKind.CAME_OUT, 5))


class RecordedDesk:
    """Does nothing but remember what it was asked; `refusing`: to do nothing of it; `is_open`: whether there is one."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.wishes = Wishes()
        self.refusing = False
        self.is_open = True
        self.asked: list[tuple[object, ...]] = []

    @property
    def hand(self) -> Hand | None:
        return self if self.is_open else None

    @property
    def done(self) -> list[tuple[object, ...]]:
        """What it was asked but for more time."""
        return [one for one in self.asked if one[0] not in ("stay", "touch")]

    def _note(self, *asked: object) -> None:
        if self.refusing:
            raise DeskError
        self.asked.append(asked)

    def choose(self, visit: int, job_id: str, *, wanted: bool) -> None:
        self._note("choose", visit, job_id, wanted)

    def choose_all(self, visit: int) -> None:
        self._note("all", visit)

    def choose_none(self, visit: int) -> None:
        self._note("none", visit)

    def wish(self, visit: int, wishes: Wishes) -> None:
        self._note("wish", visit, wishes)

    def turn(self, visit: int) -> None:
        self._note("turn", visit)

    def print_chosen(self, visit: int, *, rest: bool = False) -> None:
        self._note("print-rest" if rest else "print", visit)

    def delete(self, visit: int) -> None:
        self._note("delete", visit)

    def leave(self, visit: int) -> None:
        self._note("leave", visit)

    def stay(self, visit: int) -> None:
        self._note("stay", visit)

    def touch(self, visit: int) -> None:
        self._note("touch", visit)

    def cancel(self, visit: int) -> None:
        self._note("cancel", visit)

    def enter_pin(self, visit: int, pin: str) -> None:
        self._note("pin", visit, pin)

    def associate(self, visit: int, user: str, code: str) -> None:
        self._note("associate", visit, user, code)

    def cancel_entry(self, visit: int) -> None:
        self._note("cancel-entry", visit)

    def answer(self, visit: int, number: int, answer: Answer) -> None:
        self._note("answer", visit, number, answer.kind.value, answer.pages)


def asked(view: View, *presses: Button, wishes: Wishes | None = None) -> list[tuple[object, ...]]:
    """What is asked of the desk but for more time."""
    desk = RecordedDesk(view)
    desk.wishes = wishes or desk.wishes
    keys = Keys(desk)
    for press in presses:
        keys.press(press)
    return desk.done


def digits(text: str) -> tuple[Button, ...]:
    return tuple(map(Button, text))
