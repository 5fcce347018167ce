"""The printer port's words as IPP requests, and IPP responses as the port's words (RFC 8011)."""

from collections.abc import Mapping, Sequence

from hal.drivers.ipp_capabilities import CAPABILITY_ATTRIBUTES, STAMP_ATTRIBUTES
from hal.drivers.ipp_said import Said, only
from hal.framing.ipp import (
    Attribute,
    IppFormatError,
    IppOperation,
    IppTag,
    Message,
    encode_request,
)
from hal.framing.ipp_finishings import NUMBERS
from hal.ports.printer import (
    CreatedJob,
    JobState,
    JobStatus,
    JobTicket,
    PrinterState,
    PrinterStatus,
)

USER = "lockgate"
"""The requesting-user-name: whose job it is, is no business of the printer's."""

PRINTER_ATTRIBUTES = (
    "printer-state",
    "printer-state-reasons",
    "printer-is-accepting-jobs",
    "printer-name",
    *STAMP_ATTRIBUTES,
)
JOB_ATTRIBUTES = (
    "job-id",
    "job-name",
    "job-uuid",
    "job-state",
    "job-state-reasons",
    "job-impressions",
    "job-impressions-completed",
    "job-media-sheets-completed",
)
WANTED = (*PRINTER_ATTRIBUTES, *CAPABILITY_ATTRIBUTES, *JOB_ATTRIBUTES)
MOST_JOBS = 100
"""Of the jobs that are over the newest come first (RFC 8011 4.2.6.2); ours is not an old one."""


class Requests:
    """Encodes requests to one printer, numbered from 1."""

    def __init__(self, printer_uri: str) -> None:
        self._uri = printer_uri
        self._last = 0

    def printer_attributes(self) -> bytes:
        """Get-Printer-Attributes (RFC 8011 4.2.5)."""
        asked = {"requesting-user-name": USER, "requested-attributes": PRINTER_ATTRIBUTES}
        return self._encode(IppOperation.GET_PRINTER_ATTRIBUTES, asked)

    def capabilities(self) -> bytes:
        """Get-Printer-Attributes, for what it can do."""
        asked = {"requesting-user-name": USER, "requested-attributes": CAPABILITY_ATTRIBUTES}
        return self._encode(IppOperation.GET_PRINTER_ATTRIBUTES, asked)

    def jobs(self, which: str, *, mine: bool) -> bytes:
        """Get-Jobs (4.2.6): `which` is `not-completed` or `completed`; `mine`, only those of our user name, which not
        every printer knows how to tell."""
        whose = {"my-jobs": True} if mine else {}
        asked = {"requesting-user-name": USER, "which-jobs": which, **whose, "requested-attributes": JOB_ATTRIBUTES}
        limit = [Attribute("limit", IppTag.INTEGER, [MOST_JOBS])] if which == "completed" else []
        return self._encode(IppOperation.GET_JOBS, asked, more=limit)

    def identify(self) -> bytes:
        """Identify-Printer (PWG 5100.13 5.1)."""
        return self._encode(IppOperation.IDENTIFY_PRINTER, {"requesting-user-name": USER})

    def create_job(self, ticket: JobTicket) -> bytes:
        """Create-Job (4.2.4) with the template attributes that the ticket sets."""
        named = {"requesting-user-name": USER, "job-name": ticket.name}
        return self._encode(IppOperation.CREATE_JOB, named, _template(ticket))

    def send_document(self, job_id: int, ticket: JobTicket) -> bytes:
        """Send-Document (4.3.1), the document to follow."""
        what = {"document-format": ticket.format, "last-document": True}
        return self._encode(IppOperation.SEND_DOCUMENT, {"job-id": job_id, "requesting-user-name": USER, **what})

    def job_attributes(self, job_id: int) -> bytes:
        """Get-Job-Attributes (4.3.4)."""
        asked = {"job-id": job_id, "requesting-user-name": USER, "requested-attributes": JOB_ATTRIBUTES}
        return self._encode(IppOperation.GET_JOB_ATTRIBUTES, asked)

    def cancel_job(self, job_id: int) -> bytes:
        """Cancel-Job (4.3.3)."""
        return self._encode(IppOperation.CANCEL_JOB, {"job-id": job_id, "requesting-user-name": USER})

    def _encode(
        self,
        operation: IppOperation,
        rest: Mapping[str, object],
        job: Sequence[Attribute] = (),
        *,
        more: Sequence[Attribute] = (),
        subscription: Sequence[Attribute] = (),
    ) -> bytes:
        self._last = self._last % 0x7FFFFFFF + 1
        named = {"printer-uri": self._uri, **rest}
        return encode_request(operation, self._last, named, job, more=more, subscription=subscription)


def _template(ticket: JobTicket) -> list[Attribute]:
    keywords = {"sides": ticket.sides, "print-color-mode": ticket.color_mode, "media": ticket.media}
    chosen = [Attribute(name, IppTag.KEYWORD, [value]) for name, value in keywords.items() if value]
    if ticket.copies != 1:
        chosen.append(Attribute("copies", IppTag.INTEGER, [ticket.copies]))
    if ticket.finishings:
        chosen.append(Attribute("finishings", IppTag.ENUM, [_finishing(name) for name in ticket.finishings]))
    if ticket.resolution is not None:
        chosen.append(Attribute("printer-resolution", IppTag.RESOLUTION, [(ticket.resolution, ticket.resolution)]))
    if ticket.pages:
        chosen.append(Attribute("page-ranges", IppTag.RANGE, sorted(ticket.pages)))
    return chosen


def _finishing(name: str) -> int:
    if name not in NUMBERS:
        raise IppFormatError(f"no finishing {name!r}")
    return NUMBERS[name]


def read_printer(message: Message) -> PrinterStatus:
    """Raises `IppFormatError` where the printer does not say its state."""
    said = only(message.printers, "printer")
    return PrinterStatus(
        state=PrinterState[said.enum("printer-state")],
        reasons=said.keywords("printer-state-reasons"),
        accepting=said.first("printer-is-accepting-jobs") is not False,
        name=said.text("printer-name"),
        uuid=said.text("printer-uuid"),
    )


def read_created(message: Message) -> CreatedJob:
    """What Create-Job opened. Raises `IppFormatError` where that has no job-id."""
    said = only(message.jobs, "job")
    job_id = said.number("job-id")
    if job_id is None or job_id < 1:
        raise IppFormatError("no job-id")
    return CreatedJob(job_id, said.text("job-uuid"))


def read_job(message: Message, job_id: int) -> JobStatus:
    """Raises `IppFormatError` where the answer has no state or is about another job.

    `impressions` is job-impressions-completed; a printer that counts only sheets gives those."""
    said = only(message.jobs, "job")
    if said.number("job-id") not in (job_id, None):
        raise IppFormatError("an answer about another job")
    return _job(said, job_id)


def read_named(message: Message, name: str) -> JobStatus | None:
    """The job of that job-name in a Get-Jobs answer. Raises `IppFormatError`."""
    for group in message.jobs:
        said = Said(group)
        job_id = said.number("job-id")
        if job_id and said.text("job-name") == name:
            return _job(said, job_id)
    return None


def _job(said: Said, job_id: int) -> JobStatus:
    counted, sheets = said.number("job-impressions-completed"), said.number("job-media-sheets-completed")
    return JobStatus(
        job_id=job_id,
        state=JobState[said.enum("job-state")],
        reasons=said.keywords("job-state-reasons"),
        impressions=sheets if counted is None else counted,
        name=said.text("job-name"),
        uuid=said.text("job-uuid"),
        sheets=sheets,
        expected=said.number("job-impressions"),
    )
