"""What can be done with a list as a whole by two digits, zero and that of the deed: as the page shows them, a keypad
takes them and the voice says them."""

from enum import StrEnum

from firmware.panel.choice import Choice
from firmware.panel.view import View


class Deed(StrEnum):
    """By its digit. The page's templates name the same: `00`, `01` and so on."""

    LEAVE = "0"
    FEWER = "1"
    MORE = "2"
    TWO_SIDED = "3"
    GREY = "4"
    KEEP = "5"
    ALL = "6"
    AGAIN = "7"
    STOP = "8"
    DELETE = "9"


def deeds(view: View) -> tuple[Deed, ...]:
    """Those that make sense now, in the order of their digits, but for leaving, which comes last."""
    choice = Choice(view)
    makes_sense = {
        Deed.FEWER: choice.copies > 1,
        Deed.MORE: choice.copies < choice.most_copies,
        Deed.TWO_SIDED: choice.may_two_side,
        Deed.GREY: choice.may_grey,
        Deed.KEEP: bool(choice.own),
        Deed.ALL: choice.printable > 0,
        Deed.AGAIN: choice.has_rest,
        Deed.STOP: view.progress is not None and view.progress.is_theirs,
        Deed.DELETE: bool(choice.own),
        Deed.LEAVE: True,
    }
    return tuple(deed for deed, is_sensible in makes_sense.items() if is_sensible)


def is_on(view: View, deed: Deed) -> bool | None:
    """Whether what it switches is on; None for one that switches nothing."""
    return {Deed.TWO_SIDED: view.two_sided, Deed.GREY: view.grey, Deed.KEEP: view.keep}.get(deed)
