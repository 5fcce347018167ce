"""Each screen at one moment that never changes, for pictures and for looking at all of them in all languages."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final

from firmware.core.conditions import CONDITIONS, UNSURE
from firmware.core.questions import Question, QuestionKind
from firmware.core.signs import Notice
from firmware.panel.listed import ListedJob
from firmware.panel.view import Cost, Prefs, Progress, Said, Screen, View

TODAY: Final = datetime(2026, 3, 9, 14, 5, tzinfo=UTC)
"""When it always is."""
NOW: Final = 10_000.0
"""The same moment in monotonic seconds."""
LEFT: Final = 42.0

_A_DAY: Final = timedelta(days=1)
_OWN: Final = (
    ListedJob("j-1", TODAY - timedelta(minutes=3), 1_240_000, "application/pdf", "Seminar handout", pages=4),
    ListedJob("j-2", TODAY - timedelta(minutes=48), 86_000, "application/pdf", "Boarding pass", pages=1),
    ListedJob(
        "j-3", TODAY - _A_DAY, 23_900_000, "application/pdf", "Thesis, third draft, with all of the figures",
        pages=186, copies=2, color_mode="color", pages_out=12,
    ),
)  # fmt: skip
_LENT: Final = ListedJob("j-4", TODAY - 3 * _A_DAY, 410_000, "application/pdf", "Minutes", owner="ben", pages=7)
_JAM: Final = (CONDITIONS["media-jam"],)
_PAGE: Final = Progress(is_theirs=True, page=2, pages=4)
_FRESH: Final = ListedJob("j-5", TODAY, 586, "application/pdf", "Ticket", pages=1, is_new=True)
_UNSURE: Final = (
    ListedJob("j-6", TODAY - timedelta(minutes=20), 310_000, "application/pdf", "Timetable", pages=2),
    ListedJob("j-7", TODAY - timedelta(hours=2), 57_000, "application/pdf", "Receipt", pages=1),
)
_MAYBE: Final = Said(Notice.PRINTER_NEEDS_YOU, needs=(UNSURE,))
_MANY: Final = tuple(
    ListedJob(f"j-{n}", TODAY - timedelta(hours=n), 100_000 * n, "application/pdf", f"Sheet {n}", pages=n)
    for n in range(1, 44)
)
_READY: Final = View(Screen.READY)
_VISIT: Final = View(Screen.READING, visit=7, deadline=NOW + LEFT)
_JOBS: Final = replace(_VISIT, screen=Screen.JOBS, jobs=(*_OWN, _LENT), chosen=frozenset({"j-1", "j-2"}))
_PRINTING: Final = replace(
    _VISIT, screen=Screen.PRINTING, deadline=None, progress=Progress(is_theirs=True, page=3, pages=4, queued=1)
)
_STUCK: Final = View(Screen.PRINTER_NEEDS_YOU, needs=(CONDITIONS["media-empty"],))


def _said(notice: Notice, **more: object) -> View:
    return replace(_READY, said=Said(notice, **more))  # type: ignore[arg-type] # its fields by name


def _asked(question: Question) -> View:
    return replace(_VISIT, screen=Screen.QUESTION, question=question, number=3)


SCENES: Final[Mapping[str, View]] = MappingProxyType({
    "starting": View(Screen.STARTING),
    "pairing": View(Screen.PAIRING, pairing_code="417282 905316"),
    "pairing-alone": View(Screen.PAIRING, said=Said(Notice.REFUSED, code="mesh-unreachable")),
    "pairing-refused": View(Screen.PAIRING, said=Said(Notice.REFUSED, code="enrolment-refused")),
    "ready": _READY,
    "ready-phone": replace(_READY, handoff="https://mesh.example/r/8QzFm2XvT0s"),
    "ready-busy": replace(_READY, progress=Progress(is_theirs=False)),
    "reading": replace(_VISIT, deadline=None),
    "pin": replace(_VISIT, screen=Screen.PIN),
    "pin-wrong": replace(_VISIT, screen=Screen.PIN, said=Said(Notice.PIN_WRONG)),
    "who": replace(_VISIT, screen=Screen.WHO),
    "jobs": _JOBS,
    "jobs-cost": replace(_JOBS, cost=Cost(45, "EUR"), grey=True),
    "jobs-lacks": replace(_JOBS, lacks=("sides",), chosen=frozenset({"j-1"})),
    "jobs-rest": replace(_JOBS, chosen=frozenset({"j-3"})),
    "jobs-many": replace(_JOBS, jobs=_MANY, chosen=frozenset(job.job_id for job in _MANY)),
    "jobs-ending": replace(_JOBS, deadline=NOW + 8),
    "jobs-jam": replace(_JOBS, needs=_JAM, said=Said(Notice.PRINTER_NEEDS_YOU), progress=_PAGE),
    "jobs-running": replace(_JOBS, progress=_PAGE),
    "jobs-new": replace(_JOBS, jobs=(_FRESH, *_OWN, _LENT)),
    "jobs-unsure": replace(_JOBS, jobs=_OWN[:1], chosen=frozenset({"j-1"}), unsure=_UNSURE),
    "unsure": replace(_JOBS, jobs=(), chosen=frozenset(), unsure=_UNSURE[:1], said=_MAYBE),
    "delete": replace(_JOBS, confirming=True),
    "printing": _PRINTING,
    "printing-unknown": replace(_PRINTING, progress=Progress(is_theirs=True)),
    "paper": replace(_STUCK, progress=Progress(is_theirs=True, page=2, pages=4), visit=7),
    "jam": replace(_STUCK, needs=_JAM),
    "cover": replace(_STUCK, needs=(CONDITIONS["cover-open"],)),
    "came-out": _asked(Question(QuestionKind.CAME_OUT)),
    "print-anyway": _asked(Question(QuestionKind.PRINT_ANYWAY, lacks=("sides",))),
    "done": _said(Notice.DONE, pages=4),
    "held": _said(Notice.HELD, pages=2),
    "no-jobs": _said(Notice.NO_JOBS),
    "unknown-badge": _said(Notice.UNKNOWN_BADGE),
    "maybe": replace(_READY, said=_MAYBE),
    "refused": _said(Notice.REFUSED),
    "not-connected": View(Screen.NOT_CONNECTED, stale_since=NOW - 720),
    "out-of-service": View(Screen.OUT_OF_SERVICE),
    "updating": View(Screen.UPDATING),
    "stopped": View(Screen.STOPPED),
})  # fmt: skip


def scene(name: str, language: str = "", *, contrast: bool = False, large: bool = False) -> View:
    """One of them, as somebody wants the screen. Raises `KeyError`."""
    return replace(SCENES[name], language=language, prefs=Prefs(contrast, large, language))
