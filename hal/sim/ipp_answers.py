"""The served twin's requests and answers: what is asked of it, what it says of jobs, and which part of that."""

from collections.abc import Collection, Sequence
from typing import Any

from pyipp.enums import IppJobState

from hal.framing.ipp import IppStatus
from hal.ports.errors import PrinterRefusedError
from hal.ports.printer import Capabilities, JobTicket
from hal.sim.ipp_description import FINISHINGS, TEMPLATES, date_time, named, up_time
from hal.sim.ipp_media import named_by
from hal.sim.ipp_message import (
    CHARSET,
    ENUM,
    INT,
    KEYWORD,
    LANGUAGE,
    NAME,
    RANGE,
    RESOLUTION,
    URI,
    Attr,
    Request,
)
from hal.sim.printer import SimPrinter
from hal.sim.printer_jobs import Job

OPERATION_GROUP, JOB_GROUP, PRINTER_GROUP, UNSUPPORTED_GROUP = 1, 2, 4, 5
Groups = list[tuple[int, list[Attr]]]
NEVER_UNASKED = ("media-col-database",)
"""PWG 5100.7: a long one, told only to who names it."""
SETTLED = {"sides": "sides", "print-color-mode": "color_modes", "media": "media"}
"""Job template attributes, and the capability that lists their values."""


def common() -> tuple[int, list[Attr]]:
    """How every answer begins."""
    return OPERATION_GROUP, [
        Attr("attributes-charset", CHARSET, ["utf-8"]),
        Attr("attributes-natural-language", LANGUAGE, ["en"]),
    ]


def check(request: Request, device: str) -> None:
    """What RFC 8011 4.1 demands of every request. Raises `PrinterRefusedError`."""
    if request.version[0] not in (1, 2):
        raise PrinterRefusedError(device, "version", IppStatus.ERROR_VERSION_NOT_SUPPORTED)
    begins = request.order[:2] == ("attributes-charset", "attributes-natural-language")
    target = "printer-uri" in request.operation or "job-uri" in request.operation
    if request.request_id < 1 or not begins or not target:
        raise PrinterRefusedError(device, "no proper request", IppStatus.ERROR_BAD_REQUEST)
    if str(request.value("attributes-charset")).lower() not in ("utf-8", "us-ascii"):
        raise PrinterRefusedError(device, "charset", IppStatus.ERROR_CHARSET)


def ticket_of(request: Request, can: Capabilities) -> JobTicket:
    """What Create-Job, Print-Job or Validate-Job asks for. Raises `ValueError` for values of another type."""
    column = request.value("media-col", job=True)
    medium = named_by(column, can.media) if column else request.value("media", job=True)
    resolution = request.value("printer-resolution", job=True)
    finishings, ranges = request.job.get("finishings"), request.job.get("page-ranges")
    by_number = {number: name for name, number in FINISHINGS.items()}
    return JobTicket(
        name=str(request.value("job-name") or "untitled"),
        format=str(request.value("document-format") or can.formats[0]),
        copies=int(request.value("copies", job=True) or 1),
        sides=str(request.value("sides", job=True) or ""),
        color_mode=str(request.value("print-color-mode", job=True) or ""),
        media=str(medium or ""),
        finishings=tuple(by_number.get(one, str(one)) for one in finishings.values) if finishings else (),
        resolution=int(resolution[0]) if resolution else None,
        pages=tuple((int(first), int(last)) for first, last in ranges.values) if ranges else (),
    )


def unsupported(request: Request, can: Capabilities) -> list[Attr]:
    """The job template attributes that it cannot honour (RFC 8011 4.1.7)."""
    return [
        attribute
        for name, attribute in request.job.items()
        if name not in (*TEMPLATES, "job-hold-until") or any(not _can(name, value, can) for value in attribute.values)
    ]


def _can(name: str, value: Any, can: Capabilities) -> bool:
    if name in SETTLED:
        return value in getattr(can, SETTLED[name])
    if name == "copies":
        return bool(1 <= value <= (can.max_copies or 1))
    if name == "finishings":
        return any(FINISHINGS[one] == value for one in can.finishings)
    if name == "page-ranges":
        return can.page_ranges and bool(1 <= value[0] <= value[1])
    if name == "printer-resolution":
        return value[0] in can.resolutions
    return name != "media-col" or named_by(value, can.media) in can.media


def only_requested(request: Request, attributes: Sequence[Attr], default: Collection[str] = ()) -> list[Attr]:
    """Those the request names, by themselves or by their group; where it names none, `default`, else all."""
    names = set(request.values("requested-attributes")) or set(default) or {"all"}
    template = "job-template" in names
    description = bool(names & {"printer-description", "job-description"})
    return [
        one
        for one in attributes
        if one.name in names
        or (one.name not in NEVER_UNASKED and ("all" in names or (template if _is_template(one) else description)))
    ]


def _is_template(one: Attr) -> bool:
    base = one.name
    for ending in ("-default", "-supported", "-ready"):
        base = base.removesuffix(ending)
    return base in TEMPLATES


def job_attributes(printer: SimPrinter, job: Job, uri: str) -> list[Attr]:
    """What it says of a job (RFC 8011 5.3, PWG 5100.13)."""
    status = printer.engine.report(job.job_id)
    return [
        Attr("job-id", INT, [job.job_id]),
        Attr("job-uri", URI, [f"{uri}/{job.job_id}"]),
        Attr("job-printer-uri", URI, [uri]),
        Attr("job-name", NAME, [job.ticket.name]),
        Attr("job-originating-user-name", NAME, [job.user or "anonymous"]),
        *([Attr("job-uuid", URI, [job.uuid])] if job.uuid else []),
        Attr("job-state", ENUM, [IppJobState[status.state.name].value]),
        Attr("job-state-reasons", KEYWORD, status.reasons or ["none"]),
        *_counts("job-impressions", status.impressions, status.expected),
        *_counts("job-media-sheets", status.sheets, job.expected_sheets if job.pages else None),
        Attr("job-k-octets", INT, [(job.received + 1023) // 1024]),
        *_times(printer, job),
        Attr("job-printer-up-time", INT, [up_time(printer)]),
        *_template_of(job.ticket),
    ]


def _counts(name: str, done: int | None, expected: int | None) -> list[Attr]:
    of_all = [] if expected is None else [Attr(name, INT, [expected])]
    return of_all if done is None else [*of_all, Attr(f"{name}-completed", INT, [done])]


def _times(printer: SimPrinter, job: Job) -> list[Attr]:
    moments = {"creation": job.created_at, "processing": job.started_at, "completed": job.ended_at}
    said = []
    for name, at in moments.items():
        known = at is not None
        said.append(Attr(f"time-at-{name}", INT, [up_time(printer, at)] if known else []))
        said.append(named(f"date-time-at-{name}", date_time(printer, at) if known else None))
    return said


def _template_of(ticket: JobTicket) -> list[Attr]:
    dpi = ticket.resolution
    numbers = [FINISHINGS[one] for one in ticket.finishings if one in FINISHINGS]
    set_ones = {"sides": ticket.sides, "print-color-mode": ticket.color_mode, "media": ticket.media}
    return [
        Attr("copies", INT, [ticket.copies]),
        *(Attr(name, KEYWORD, [value]) for name, value in set_ones.items() if value),
        *([Attr("finishings", ENUM, numbers)] if numbers else []),
        *([Attr("page-ranges", RANGE, ticket.pages)] if ticket.pages else []),
        *([Attr("printer-resolution", RESOLUTION, [(dpi, dpi)])] if dpi else []),
    ]
