"""The printer port's words as cupsd's job options, and what pycups says of a queue or a job as the port's words."""

from collections.abc import Mapping

from hal.drivers.printer_attributes import ABILITIES
from hal.framing.ipp_finishings import NAMES
from hal.ports.errors import PrinterProtocolError
from hal.ports.printer import (
    Capabilities,
    JobState,
    JobStatus,
    JobTicket,
    PrinterState,
    PrinterStatus,
    RasterNeeds,
)

Said = Mapping[str, object]
"""As pycups gives attributes: integers, strings, booleans, tuples for ranges and resolutions, lists of them; one value
or a list, as it happens."""

PRINTER = [
    "printer-state",
    "printer-state-reasons",
    "printer-state-message",
    "printer-is-accepting-jobs",
    "printer-info",
    "printer-uuid",
]
CAPABILITIES = [*ABILITIES]
JOB = [
    "job-id",
    "job-name",
    "job-uuid",
    "job-state",
    "job-state-reasons",
    "job-impressions-completed",
]

PRINTER_STATES = {3: PrinterState.IDLE, 4: PrinterState.PROCESSING, 5: PrinterState.STOPPED}
JOB_STATES = {
    3: JobState.PENDING,
    4: JobState.HELD,
    5: JobState.PROCESSING,
    6: JobState.STOPPED,
    7: JobState.CANCELED,
    8: JobState.ABORTED,
    9: JobState.COMPLETED,
}
MEANINGS = {
    "offline-report": "connecting-to-device",
    "offline": "connecting-to-device",
    "cups-missing-filter-warning": "other-error",
    "cups-insecure-filter-warning": "other-error",
    "cups-remote-pending": "",
    "cups-waiting-for-job-completed": "",
}
"""CUPS' own words, which IANA's registry lacks."""
SILENT = (
    "The printer is not responding.",
    "The printer is unreachable at this time.",
    "The printer may not exist or is unavailable at this time.",
)
"""What backends say, in the C locale, of a device that does not answer; it has no reason's keyword of its own."""
OWN_FORMATS = ("application/vnd.cups-", "application/octet-stream")
"""Formats that say nothing of a document: CUPS' inner ones, and whatever."""
DOTS_PER_INCH = 3
MAX_TEXT = 255


def queue_status(said: Said) -> PrinterStatus:
    """Raises `PrinterProtocolError` where it has no state."""
    state = PRINTER_STATES.get(_number(said, "printer-state") or 0)
    if state is None:
        raise PrinterProtocolError("cups", "a queue without a state")
    words = [MEANINGS.get(word, word) for word in _texts(said, "printer-state-reasons")]
    if state is PrinterState.PROCESSING and _text(said, "printer-state-message") in SILENT:
        words.append("connecting-to-device")
    return PrinterStatus(
        state=state,
        reasons=tuple(dict.fromkeys(word for word in words if word not in ("", "none"))),
        accepting=said.get("printer-is-accepting-jobs") is not False,
        name=_text(said, "printer-info"),
        uuid=_text(said, "printer-uuid"),
    )


def queue_capabilities(said: Said) -> Capabilities:
    """What the driver and the filters make of the printer: the formats are those that can be converted."""
    copies = said.get("copies-supported")
    formats = _texts(said, "document-format-supported")
    finishings = (NAMES.get(one, "") for one in _listed(said, "finishings-supported") if isinstance(one, int))
    return Capabilities(
        formats=tuple(one for one in formats if not one.startswith(OWN_FORMATS)),
        media=_texts(said, "media-supported"),
        media_ready=_texts(said, "media-ready"),
        sides=_texts(said, "sides-supported"),
        color_modes=_texts(said, "print-color-mode-supported"),
        finishings=tuple(filter(None, finishings)),
        resolutions=_dpi(said, "printer-resolution-supported"),
        max_copies=copies[1] if isinstance(copies, tuple) and len(copies) == 2 and isinstance(copies[1], int) else None,
        page_ranges=said.get("page-ranges-supported") is True,
        raster=RasterNeeds(
            types=_texts(said, "pwg-raster-document-type-supported"),
            dpi=_dpi(said, "pwg-raster-document-resolution-supported"),
            sheet_back=_text(said, "pwg-raster-document-sheet-back") or "normal",
            urf=_texts(said, "urf-supported"),
        ),
        features=_texts(said, "ipp-features-supported"),
        model=_text(said, "printer-make-and-model"),
    )


def job_status(said: Said, job_id: int) -> JobStatus:
    """Raises `PrinterProtocolError` where it has no state.

    What cupsd calls impressions are pages that a filter has made: so many are expected, and of none is it known whether
    it is on paper. That it is about to stop a job's programs it goes on saying of one that is over."""
    state = JOB_STATES.get(_number(said, "job-state") or 0)
    if state is None:
        raise PrinterProtocolError("cups", "a job without a state")
    return JobStatus(
        job_id=job_id,
        state=state,
        reasons=tuple(
            word for word in _texts(said, "job-state-reasons") if word != "none" and not _is_stale(word, state)
        ),
        name=_text(said, "job-name"),
        uuid=_text(said, "job-uuid"),
        expected=_number(said, "job-impressions-completed") or None,
    )


def job_options(ticket: JobTicket) -> dict[str, str]:
    """What the ticket sets, as lp(1) would write it."""
    numbers = {name: number for number, name in NAMES.items()}
    options = {
        "copies": str(ticket.copies),
        "sides": ticket.sides,
        "print-color-mode": ticket.color_mode,
        "media": ticket.media,
        "finishings": ",".join(str(numbers[one]) for one in ticket.finishings if one in numbers),
        "printer-resolution": f"{ticket.resolution}dpi" if ticket.resolution else "",
        "page-ranges": ",".join(f"{first}-{last}" for first, last in ticket.pages),
    }
    return {name: value for name, value in options.items() if value}


def _is_stale(word: str, state: JobState) -> bool:
    return state.final and word == "processing-to-stop-point"


def _listed(said: Said, name: str) -> list[object]:
    value = said.get(name)
    return value if isinstance(value, list) else [] if value is None else [value]


def _texts(said: Said, name: str) -> tuple[str, ...]:
    texts = (one for one in _listed(said, name) if isinstance(one, str) and one)
    return tuple("".join(filter(str.isprintable, one))[:MAX_TEXT] for one in texts)


def _text(said: Said, name: str) -> str:
    return next(iter(_texts(said, name)), "")


def _number(said: Said, name: str) -> int | None:
    value = said.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _dpi(said: Said, name: str) -> tuple[int, ...]:
    """Resolutions that are the same both ways and in dots per inch, ascending."""
    found = set()
    for one in _listed(said, name):
        match one:
            case (int(across), int(down), unit) if across == down > 0 and unit == DOTS_PER_INCH:
                found.add(across)
    return tuple(sorted(found))
