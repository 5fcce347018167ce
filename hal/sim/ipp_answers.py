"""The printer twin's words as IPP: what a request asks of it, and what it says of itself and its jobs."""

from collections.abc import Sequence

from pyipp.enums import IppJobState, IppPrinterState

from hal.framing.ipp import Attribute, IppOperation, IppTag, Message
from hal.ports.printer import Capabilities, JobStatus, JobTicket, PrinterStatus

WANTED = (
    "requested-attributes",
    "document-format",
    "last-document",
    "job-id",
    "job-name",
    "copies",
    "sides",
    "print-color-mode",
    "media",
)
EVERYTHING = {"all", "printer-description", "job-description", "job-template"}
OPERATIONS = (
    IppOperation.PRINT_JOB,
    IppOperation.VALIDATE_JOB,
    IppOperation.CREATE_JOB,
    IppOperation.SEND_DOCUMENT,
    IppOperation.CANCEL_JOB,
    IppOperation.GET_JOB_ATTRIBUTES,
    IppOperation.GET_JOBS,
    IppOperation.GET_PRINTER_ATTRIBUTES,
)


def read_ticket(message: Message, default_format: str) -> JobTicket:
    """What Create-Job or Print-Job asks for. Raises `ValueError` for values of another type."""
    job = message.jobs[0] if message.jobs else {}
    return JobTicket(
        name=str(first(message.operation.get("job-name", ())) or "untitled"),
        format=str(first(message.operation.get("document-format", ())) or default_format),
        copies=int(first(job.get("copies", ())) or 1),
        sides=str(first(job.get("sides", ())) or ""),
        color_mode=str(first(job.get("print-color-mode", ())) or ""),
        media=str(first(job.get("media", ())) or ""),
    )


def first(values: Sequence[object]) -> int | str | None:
    """The first value, None where there is none."""
    value = next(iter(values), None)
    return value if isinstance(value, int | str) else None


def only_requested(message: Message, attributes: Sequence[Attribute]) -> list[Attribute]:
    """Those the request names; all of them when it names none or a whole group (RFC 8011 4.2.5.1)."""
    names = set(message.operation.get("requested-attributes", ()))
    return [one for one in attributes if not names or names & EVERYTHING or one.name in names]


def printer_attributes(status: PrinterStatus, can: Capabilities, uri: str, uptime: float) -> list[Attribute]:
    """The attributes RFC 8011 5.4 requires, and the templates the port knows."""
    return [
        Attribute("printer-uri-supported", IppTag.URI, [uri]),
        Attribute("uri-security-supported", IppTag.KEYWORD, ["tls" if uri.startswith("ipps") else "none"]),
        Attribute("uri-authentication-supported", IppTag.KEYWORD, ["none"]),
        Attribute("printer-name", IppTag.NAME, [status.name]),
        Attribute("printer-info", IppTag.TEXT, ["A printer twin"]),
        Attribute("printer-location", IppTag.TEXT, [""]),
        Attribute("printer-make-and-model", IppTag.TEXT, ["Lockgate printer twin"]),
        Attribute("printer-uuid", IppTag.URI, [status.uuid]),
        Attribute("printer-up-time", IppTag.INTEGER, [int(uptime) + 1]),
        Attribute("printer-state", IppTag.ENUM, [IppPrinterState[status.state.name].value]),
        Attribute("printer-state-reasons", IppTag.KEYWORD, status.reasons or ["none"]),
        Attribute("printer-is-accepting-jobs", IppTag.BOOLEAN, [status.accepting]),
        Attribute("queued-job-count", IppTag.INTEGER, [int(status.state.value != "idle")]),
        Attribute("operations-supported", IppTag.ENUM, [one.value for one in OPERATIONS]),
        Attribute("ipp-versions-supported", IppTag.KEYWORD, ["1.1", "2.0"]),
        Attribute("charset-configured", IppTag.CHARSET, ["utf-8"]),
        Attribute("charset-supported", IppTag.CHARSET, ["utf-8"]),
        Attribute("natural-language-configured", IppTag.LANGUAGE, ["en"]),
        Attribute("generated-natural-language-supported", IppTag.LANGUAGE, ["en"]),
        Attribute("compression-supported", IppTag.KEYWORD, ["none"]),
        Attribute("pdl-override-supported", IppTag.KEYWORD, ["attempted"]),
        Attribute("document-format-default", IppTag.MIME_TYPE, [can.formats[0]]),
        Attribute("document-format-supported", IppTag.MIME_TYPE, can.formats),
        *_templates(),
    ]


def _templates() -> list[Attribute]:
    sides = ["one-sided", "two-sided-long-edge", "two-sided-short-edge"]
    media = ["iso_a4_210x297mm", "na_letter_8.5x11in"]
    return [
        Attribute("copies-default", IppTag.INTEGER, [1]),
        Attribute("copies-supported", IppTag.RANGE, [(1, 999)]),
        Attribute("sides-default", IppTag.KEYWORD, sides[:1]),
        Attribute("sides-supported", IppTag.KEYWORD, sides),
        Attribute("print-color-mode-default", IppTag.KEYWORD, ["auto"]),
        Attribute("print-color-mode-supported", IppTag.KEYWORD, ["auto", "color", "monochrome"]),
        Attribute("color-supported", IppTag.BOOLEAN, [True]),
        Attribute("media-default", IppTag.KEYWORD, media[:1]),
        Attribute("media-supported", IppTag.KEYWORD, media),
        Attribute("printer-resolution-default", IppTag.RESOLUTION, [(600, 600)]),
        Attribute("printer-resolution-supported", IppTag.RESOLUTION, [(600, 600)]),
    ]


def job_attributes(status: JobStatus, uri: str) -> list[Attribute]:
    """The job description attributes of RFC 8011 5.3 that the port knows."""
    return [
        Attribute("job-id", IppTag.INTEGER, [status.job_id]),
        Attribute("job-uri", IppTag.URI, [f"{uri}/{status.job_id}"]),
        Attribute("job-printer-uri", IppTag.URI, [uri]),
        Attribute("job-name", IppTag.NAME, [status.name]),
        Attribute("job-state", IppTag.ENUM, [IppJobState[status.state.name].value]),
        Attribute("job-state-reasons", IppTag.KEYWORD, status.reasons or ["none"]),
        Attribute(
            "job-impressions-completed", IppTag.INTEGER, [] if status.impressions is None else [status.impressions]
        ),
    ]
