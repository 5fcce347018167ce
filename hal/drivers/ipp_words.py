"""The printer port's words as IPP requests, and IPP responses as the port's words (RFC 8011)."""

from collections.abc import Mapping, Sequence

from hal.framing.ipp import (
    Attribute,
    IppFormatError,
    IppOperation,
    IppTag,
    Message,
    Value,
    Values,
    encode_request,
)
from hal.ports.printer import (
    Capabilities,
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
    "printer-uuid",
)
CAPABILITY_ATTRIBUTES = (
    "document-format-supported",
    "media-supported",
    "media-ready",
    "sides-supported",
    "print-color-mode-supported",
    "printer-make-and-model",
)
JOB_ATTRIBUTES = (
    "job-id",
    "job-name",
    "job-uuid",
    "job-state",
    "job-state-reasons",
    "job-impressions-completed",
    "job-media-sheets-completed",
)
WANTED = (*PRINTER_ATTRIBUTES, *CAPABILITY_ATTRIBUTES, *JOB_ATTRIBUTES)
MAX_TEXT = 255


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

    def jobs(self) -> bytes:
        """Get-Jobs (4.2.6) of ours that are not over."""
        asked = {"requesting-user-name": USER, "my-jobs": True, "requested-attributes": JOB_ATTRIBUTES}
        return self._encode(IppOperation.GET_JOBS, asked)

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

    def _encode(self, operation: IppOperation, rest: Mapping[str, object], job: Sequence[Attribute] = ()) -> bytes:
        self._last = self._last % 0x7FFFFFFF + 1
        return encode_request(operation, self._last, {"printer-uri": self._uri, **rest}, job)


def _template(ticket: JobTicket) -> list[Attribute]:
    chosen = [Attribute("copies", IppTag.INTEGER, [ticket.copies])] if ticket.copies != 1 else []
    keywords = {"sides": ticket.sides, "print-color-mode": ticket.color_mode, "media": ticket.media}
    return chosen + [Attribute(name, IppTag.KEYWORD, [value]) for name, value in keywords.items() if value]


def read_printer(message: Message) -> PrinterStatus:
    """Raises `IppFormatError` where the printer does not say its state."""
    said = _only(message.printers, "printer")
    return PrinterStatus(
        state=PrinterState[said.enum("printer-state")],
        reasons=said.keywords("printer-state-reasons"),
        accepting=said.first("printer-is-accepting-jobs") is not False,
        name=said.text("printer-name"),
        uuid=said.text("printer-uuid"),
    )


def read_capabilities(message: Message) -> Capabilities:
    """Raises `IppFormatError` for an answer without a printer."""
    said = _only(message.printers, "printer")
    return Capabilities(
        formats=said.texts("document-format-supported"),
        media=said.texts("media-supported"),
        media_ready=said.texts("media-ready"),
        sides=said.texts("sides-supported"),
        color_modes=said.texts("print-color-mode-supported"),
        model=said.text("printer-make-and-model"),
    )


def read_created(message: Message) -> CreatedJob:
    """What Create-Job opened. Raises `IppFormatError` where that has no job-id."""
    said = _only(message.jobs, "job")
    job_id = said.number("job-id")
    if job_id is None or job_id < 1:
        raise IppFormatError("no job-id")
    return CreatedJob(job_id, said.text("job-uuid"))


def read_job(message: Message, job_id: int) -> JobStatus:
    """Raises `IppFormatError` where the answer has no state or is about another job.

    `impressions` is job-impressions-completed; a printer that counts only sheets gives those."""
    said = _only(message.jobs, "job")
    if said.number("job-id") not in (job_id, None):
        raise IppFormatError("an answer about another job")
    return _job(said, job_id)


def read_named(message: Message, name: str) -> JobStatus | None:
    """The job of that job-name in a Get-Jobs answer. Raises `IppFormatError`."""
    for group in message.jobs:
        said = _Said(group)
        job_id = said.number("job-id")
        if job_id and said.text("job-name") == name:
            return _job(said, job_id)
    return None


def _job(said: "_Said", job_id: int) -> JobStatus:
    counted, sheets = said.number("job-impressions-completed"), said.number("job-media-sheets-completed")
    return JobStatus(
        job_id=job_id,
        state=JobState[said.enum("job-state")],
        reasons=said.keywords("job-state-reasons"),
        impressions=sheets if counted is None else counted,
        name=said.text("job-name"),
        uuid=said.text("job-uuid"),
        sheets=sheets,
    )


class _Said:
    """One group of a response. Texts are a stranger's: cut short, and without control characters."""

    def __init__(self, group: Values) -> None:
        self._group = group

    def first(self, name: str) -> Value | None:
        return next(iter(self._group.get(name, ())), None)

    def number(self, name: str) -> int | None:
        value = self.first(name)
        return int(value) if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None

    def enum(self, name: str) -> str:
        """The name that the value has in `pyipp`'s enum, which is the port's name too."""
        value = self.first(name)
        known = getattr(value, "name", None)
        if not isinstance(known, str):
            raise IppFormatError(f"{name} is {value!r}")
        return known

    def texts(self, name: str) -> tuple[str, ...]:
        values = (value for value in self._group.get(name, ()) if isinstance(value, str) and value)
        return tuple("".join(filter(str.isprintable, value))[:MAX_TEXT] for value in values)

    def text(self, name: str) -> str:
        return next(iter(self.texts(name)), "")

    def keywords(self, name: str) -> tuple[str, ...]:
        return tuple(word for word in self.texts(name) if word != "none")


def _only(groups: tuple[Values, ...], kind: str) -> _Said:
    if len(groups) != 1:
        raise IppFormatError(f"{len(groups)} {kind} groups instead of one")
    return _Said(groups[0])
