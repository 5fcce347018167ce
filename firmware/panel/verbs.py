"""What a form of the page asks for (POST /do/VERB), handed on to the desk; each wrong field is refused with a code."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from firmware.core.questions import Answer, AnswerKind
from firmware.core.wishes import MOST_COPIES
from firmware.errors import LockgateError
from firmware.panel.lobby import Lobby
from firmware.panel.refusals import DeskError

if TYPE_CHECKING:
    from firmware.panel.desk import Desk

Form = Mapping[str, Any]
"""Fields as they came: text, and whatever else a browser can send."""

LONGEST = 256
_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,4}", re.ASCII)
_YES_NO = {"yes": True, "on": True, "true": True, "1": True, "no": False, "off": False, "false": False, "0": False}


class FormError(LockgateError):
    """Codes: `verb-unknown`, `form-malformed` (no form at all), `field-missing`, `field-malformed`."""

    code = "field-malformed"


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of one form. Each method raises `FormError`."""

    form: Form

    def has(self, name: str) -> bool:
        return name in self.form

    def text(self, name: str, *, shortest: int = 1) -> str:
        """Of at most 256 characters, each of which can be printed."""
        value = self.form.get(name)
        if value is None:
            raise FormError(name, code="field-missing")
        if not isinstance(value, str) or not shortest <= len(value) <= LONGEST or not value.isprintable():
            raise FormError(name)
        return value

    def number(self, name: str, least: int, most: int) -> int:
        """In decimal digits."""
        text = self.text(name)
        if not _NUMBER.fullmatch(text) or not least <= int(text) <= most:
            raise FormError(name)
        return int(text)

    def yes(self, name: str) -> bool:
        """`yes` or `no`, or what a browser calls these."""
        text = self.text(name)
        if text not in _YES_NO:
            raise FormError(name)
        return _YES_NO[text]

    def answer(self) -> Answer:
        """`kind`, and `pages` where that is its kind."""
        try:
            kind = AnswerKind(self.text("kind"))
        except ValueError as exc:
            raise FormError("kind") from exc
        return Answer(kind, self.number("pages", 0, 10**6) if kind is AnswerKind.PAGES else None)

    def language(self) -> str:
        """A BCP 47 tag; empty: the person's own again."""
        tag = self.text("tag", shortest=0)
        if tag and not _LANGUAGE.fullmatch(tag):
            raise FormError("tag")
        return tag


def obey(desk: "Desk | Lobby", verb: str, form: Form) -> None:
    """Do what one form asks for. Raises `FormError`, `DeskError`; then nothing was changed. In the lobby there are only
    the verbs for how the screen looks."""
    if verb not in VERBS:
        raise FormError(code="verb-unknown")
    fields = Fields(form)
    visit = fields.number("visit", 0, 10**9)
    if not isinstance(desk, Lobby):
        VERBS[verb](desk, visit, fields)
    elif verb in LOOKS:
        LOOKS[verb](desk, visit, fields)
    else:
        raise DeskError("the station does not serve yet", code="not-now")


async def answer(desk: "Desk | Lobby", request: web.Request) -> web.Response:
    """204 when it was done; else 400, 404 for a verb that is none, 409 where it comes too late or too early, with the
    code as text. Where the answer is 409 the page is about to change by itself."""
    try:
        obey(desk, request.match_info["act"], await _form(request))
    except DeskError as exc:
        return web.Response(status=409, text=exc.code)
    except FormError as exc:
        return web.Response(status=404 if exc.code == "verb-unknown" else 400, text=exc.code)
    return web.Response(status=204)


async def _form(request: web.Request) -> Form:
    """Small forms only: a form in parts may carry a file, which would be put on a disk."""
    if request.content_type != "application/x-www-form-urlencoded":
        raise FormError(request.content_type, code="form-malformed")
    try:
        return await request.post()
    except (ValueError, LookupError) as exc:  # bytes, or a character set, that are none
        raise FormError(code="form-malformed") from exc


def _wish(desk: "Desk", visit: int, fields: Fields) -> None:
    """Only what the form names is changed."""
    changes: dict[str, Any] = {name: fields.yes(name) for name in ("two_sided", "grey", "keep") if fields.has(name)}
    if fields.has("copies"):
        is_set = fields.text("copies", shortest=0)
        changes["copies"] = fields.number("copies", 1, MOST_COPIES) if is_set else None
    if not changes:
        raise FormError("no wish", code="field-missing")
    desk.wish(visit, replace(desk.wishes, **changes))


def _ask_to_delete(desk: "Desk", visit: int, _fields: Fields) -> None:
    """Pressed twice by a hurried finger it still only asks: the answer is a button of the page that asks."""
    if visit != desk.view.visit or not desk.view.confirming:
        desk.delete(visit)


def _delete(desk: "Desk", visit: int, _fields: Fields) -> None:
    if visit == desk.view.visit and not desk.view.confirming:
        raise DeskError("nobody was asked", code="not-now")
    desk.delete(visit)


def _prefer(desk: "Desk | Lobby", visit: int, **changes: Any) -> None:
    desk.prefer(visit, replace(desk.view.prefs, **changes))


LOOKS: Final["Mapping[str, Callable[[Desk | Lobby, int, Fields], None]]"] = {
    "contrast": lambda desk, visit, _form: _prefer(desk, visit, contrast=not desk.view.prefs.contrast),
    "text-size": lambda desk, visit, _form: _prefer(desk, visit, large=not desk.view.prefs.large),
    "language": lambda desk, visit, form: _prefer(desk, visit, language=form.language()),
}
"""How the screen looks: also before anybody can tap."""

VERBS: Final["Mapping[str, Callable[[Desk, int, Fields], None]]"] = {
    "choose": lambda desk, visit, form: desk.choose(visit, form.text("job"), wanted=form.yes("wanted")),
    "all": lambda desk, visit, _form: desk.choose_all(visit),
    "none": lambda desk, visit, _form: desk.choose_none(visit),
    "more": lambda desk, visit, _form: desk.more(visit),
    "turn": lambda desk, visit, _form: desk.turn(visit),
    "wish": _wish,
    "print": lambda desk, visit, _form: desk.print_chosen(visit),
    "print-rest": lambda desk, visit, _form: desk.print_chosen(visit, rest=True),
    "delete": _ask_to_delete,
    "delete-for-good": _delete,
    "leave": lambda desk, visit, _form: desk.leave(visit),
    "stay": lambda desk, visit, _form: desk.stay(visit),
    "cancel": lambda desk, visit, _form: desk.cancel(visit),
    "pin": lambda desk, visit, form: desk.enter_pin(visit, form.text("pin")),
    "associate": lambda desk, visit, form: desk.associate(
        visit, form.text("user", shortest=0) if form.has("user") else "", form.text("code")
    ),
    "cancel-entry": lambda desk, visit, _form: desk.cancel_entry(visit),
    "answer": lambda desk, visit, form: desk.answer(visit, form.number("number", 0, 10**9), form.answer()),
    **LOOKS,
}
"""Each verb of the page. firmware/docs/panel.md says what they do."""
