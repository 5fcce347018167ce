"""Views of every screen, and how their HTML is read: what is well-formed, what is said, what is only heard."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from gettext import NullTranslations
from html.parser import HTMLParser
from typing import Final

from firmware.core.conditions import CONDITIONS
from firmware.core.questions import Question, QuestionKind
from firmware.core.signs import Notice
from firmware.panel.listed import ListedJob
from firmware.panel.render import Place, Renderer
from firmware.panel.speech import English, EnglishOnly, Formatter, Speech, Translations
from firmware.panel.view import Cost, Prefs, Progress, Said, Screen, View

TODAY: Final = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)
NOW: Final = 1000.0
_VOID: Final = frozenset({"meta", "link", "input", "br"})
_SVG_EMPTY: Final = frozenset({"path", "rect", "circle"})


def job(number: int, title: str = "", **more: object) -> ListedJob:
    """A held job of `number` pages."""
    made = ListedJob(f"j{number}", TODAY - timedelta(minutes=number), 1_200_000, "application/pdf", title, pages=number)
    return replace(made, **more)  # type: ignore[arg-type] # its fields by name


JOBS: Final = (
    job(3, "7777", copies=2, pages_out=1),
    job(2),
    job(5, refused="manifest-signature"),
    job(4, "8888", owner="9999"),
    replace(job(6), submitted_at=None, pages=None),
)
LISTED: Final = View(Screen.JOBS, visit=7, jobs=JOBS, chosen=frozenset({"j3", "j2"}), deadline=NOW + 30)


def _views() -> Iterator[tuple[str, View]]:
    theirs = Progress(is_theirs=True, page=3, pages=12, queued=2, stage="printing")
    needs = tuple({found.picture: found for found in CONDITIONS.values()}.values())
    for screen in Screen:
        question = Question(QuestionKind.CAME_OUT, 3) if screen is Screen.QUESTION else None
        progress = theirs if screen is Screen.PRINTING else None
        yield str(screen), View(screen, visit=7, question=question, progress=progress, deadline=NOW + 30)
    yield "jobs", LISTED
    yield (
        "jobs-all",
        replace(LISTED, cost=Cost(120, "EUR", at_least=True), lacks=("sides", "?"), needs=needs, progress=theirs),
    )
    yield "jobs-fresh", replace(LISTED, chosen=frozenset({"j2"}), two_sided=True, grey=True, keep=True)
    yield "jobs-cost", replace(LISTED, cost=Cost(120, "EUR"), chosen=frozenset())
    yield "jobs-more", replace(LISTED, jobs=tuple(job(number) for number in range(1, 501)))
    yield "jobs-jam", replace(LISTED, needs=needs[:1], said=Said(Notice.PRINTER_NEEDS_YOU, needs=needs[:1]))
    yield "jobs-unsure", replace(LISTED, unsure=(job(8, "6666"), job(9)))
    yield "unsure", replace(LISTED, jobs=(), chosen=frozenset(), unsure=(job(8),))
    yield "jobs-new", replace(LISTED, jobs=(job(1, is_new=True), *JOBS))
    yield "delete", replace(LISTED, confirming=True)
    yield "ready-phone", View(Screen.READY, handoff="https://mesh.example/1")
    yield "ready-busy", View(Screen.PRINTING, progress=Progress(is_theirs=False, page=0))
    yield "queued", View(Screen.PRINTING, visit=7, progress=Progress(is_theirs=False, queued=2))
    yield "preparing", View(Screen.PRINTING, visit=7, progress=Progress(is_theirs=True, stage="converting"))
    yield "unknown", View(Screen.PRINTING, visit=7, progress=Progress(is_theirs=True, stage="sending"))
    yield "uncounted", View(Screen.PRINTING, visit=7, progress=replace(theirs, pages=None))
    yield "stuck", View(Screen.PRINTER_NEEDS_YOU, visit=7, needs=needs[:1], progress=theirs)
    yield "offline", View(Screen.NOT_CONNECTED, stale_since=NOW - 90)
    yield "pairing", View(Screen.PAIRING, pairing_code="482199 303110")
    yield "pairing-alone", View(Screen.PAIRING, said=Said(Notice.REFUSED, code="mesh-unreachable"))
    lacks = Question(QuestionKind.PRINT_ANYWAY, lacks=("sides", "media"))
    yield "anyway", View(Screen.QUESTION, visit=7, question=lacks, number=2, deadline=NOW + 5)
    for need in needs:
        yield f"needs-{need.picture}", View(Screen.PRINTER_NEEDS_YOU, needs=(need, *needs[:2]))
    for notice in Notice:
        yield f"said-{notice}", View(Screen.READY, said=Said(notice, 2, ("sides",), needs[:1]))
        yield f"over-{notice}", View(Screen.PIN, visit=7, said=Said(notice, code="code-wrong"))


VIEWS: Final[Mapping[str, View]] = dict(_views())
MANNERS: Final = {
    "plain": Prefs(),
    "contrast": Prefs(contrast=True),
    "large": Prefs(large=True),
    "both": Prefs(contrast=True, large=True),
}
_LETTERS: Final = re.compile("[A-Za-z]")


class Starred(NullTranslations):
    """Says every letter of a message as a star, and leaves its places alone: a letter left over was never asked for."""

    def gettext(self, message: str) -> str:
        parts = re.split(r"(%\(\w+\)s)", message)
        return "".join(part if part.startswith("%(") else _LETTERS.sub("*", part) for part in parts)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


class Figures:
    """Formats with figures alone."""

    def number(self, value: int) -> str:
        return str(value)

    def size(self, size: int) -> str:
        return str(size)

    def moment(self, moment: datetime, now: datetime) -> str:
        return self.clock(moment)

    def clock(self, moment: datetime) -> str:
        return f"{moment:%H:%M}"

    def money(self, minor: int, currency: str) -> str:
        return str(minor)


@dataclass(frozen=True)
class StarSpeech:
    """A language of stars, written from the right."""

    tag: str = "ar"
    direction: str = "rtl"
    name: str = "****"
    translations: Translations = field(default_factory=Starred)
    fmt: Formatter = field(default_factory=Figures)


class Stars(EnglishOnly):
    """Two languages to choose from, of which the stars are spoken."""

    def offered(self, site: Sequence[str] = ()) -> tuple[Speech, ...]:
        return (StarSpeech(), English(name="++++"))

    def of(self, touched: str, person: str, site: Sequence[str] = ()) -> Speech:
        return StarSpeech()


@cache
def renderer(*, stars: bool = False) -> Renderer:
    """One for all: it reads each template once."""
    return Renderer(Stars() if stars else None, Place("4711", "right"), lambda: TODAY)


class Checked(HTMLParser):
    """What is on a page: its tags with their attributes, its words and those that are only heard. Raises `ValueError`
    for a tag that closes none."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()
        if self.open:
            raise ValueError(f"left open: {self.open}")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if len(found) != len(attrs):
            raise ValueError(f"an attribute twice: {attrs}")
        self.tags.append((tag, found))
        self.words += [
            found[name] for name in ("aria-label", "data-say", "data-warning", "title", "alt") if name in found
        ]
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _SVG_EMPTY:
            raise ValueError(f"{tag} closes itself")
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            raise ValueError(f"{tag} closes nothing")

    def handle_data(self, data: str) -> None:
        if data.strip() and self.open[-1:] != ["title"]:
            self.words.append(data)

    def ids(self) -> list[str]:
        return [found["id"] for _, found in self.tags if "id" in found]
