"""What the served twin says of itself over IPP: printer attributes of RFC 8011, PWG 5100.12, 5100.13 and 5100.14."""

from collections.abc import Sequence
from datetime import timedelta

from pyipp.enums import IppPrinterState

from hal.framing.ipp import IppOperation
from hal.ports.printer import Capabilities
from hal.sim.ipp_media import media_attributes
from hal.sim.ipp_message import (
    BOOL,
    CHARSET,
    DATE,
    ENUM,
    INT,
    KEYWORD,
    LANGUAGE,
    MIME,
    NAME,
    OCTETS,
    RANGE,
    RESOLUTION,
    TEXT,
    URI,
    Attr,
)
from hal.sim.printer import SimPrinter
from hal.sim.printer_abilities import capabilities
from hal.sim.printer_faults import Ability

FINISHINGS = {"none": 3, "staple": 4}
"""RFC 8011 5.2.6."""
TEMPLATES = (
    *("copies", "finishings", "job-hold-until", "media", "media-col", "multiple-document-handling", "output-bin"),
    *("orientation-requested", "page-ranges", "print-color-mode", "print-content-optimize", "print-quality"),
    *("print-rendering-intent", "printer-resolution", "sides"),
)
WHICH_JOBS = (
    *("completed", "not-completed", "all", "aborted", "canceled", "pending", "pending-held", "processing"),
    "processing-stopped",
)
EVENTS = (
    *("printer-state-changed", "printer-stopped", "printer-config-changed"),
    *("job-created", "job-state-changed", "job-completed", "job-progress"),
)
JOB_ATTRIBUTES = ("job-hold-until", "job-name", "ipp-attribute-fidelity", *TEMPLATES)


def printer_attributes(printer: SimPrinter, uri: str, operations: Sequence[IppOperation]) -> list[Attr]:
    """Everything it says of itself."""
    can = capabilities(printer.engine)
    return [
        *_identity(printer, uri),
        *_state(printer),
        *_protocol(uri, operations, can),
        *_templates(can),
        *_raster(can),
        *media_attributes(printer.engine.paper, can),
        *(() if Ability.EVENTS in printer.faults.lacks else _subscriptions()),
    ]


def up_time(printer: SimPrinter, at: float | None = None) -> int:
    """A printer-up-time, from 1, as its clock has it."""
    moment = printer.engine.clock.monotonic() if at is None else at
    return max(1, int(moment + printer.faults.clock_error) + 1)


def date_time(printer: SimPrinter, at: float | None = None) -> Attr | None:
    """The dateTime of a moment of its clock, right or wrong."""
    clock = printer.engine.clock
    ago = 0.0 if at is None else clock.monotonic() - at
    return Attr("", DATE, [clock.now() - timedelta(seconds=ago - printer.faults.clock_error)])


def named(name: str, attribute: Attr | None) -> Attr:
    """The attribute under a name; no-value where there is none."""
    return Attr(name, NAME, []) if attribute is None else Attr(name, attribute.tag, attribute.values)


def _identity(printer: SimPrinter, uri: str) -> list[Attr]:
    page = uri.replace("ipps:", "https:").replace("ipp:", "http:").removesuffix("/ipp/print") + "/"
    make, _, model = capabilities(printer.engine).model.partition(" ")
    return [
        Attr("printer-uri-supported", URI, [uri]),
        Attr("printer-name", NAME, [printer.name]),
        Attr("printer-info", TEXT, [printer.name]),
        Attr("printer-location", TEXT, [""]),
        Attr("printer-geo-location", 0x12, [b""]),
        Attr("printer-organization", TEXT, [""]),
        Attr("printer-organizational-unit", TEXT, [""]),
        Attr("printer-make-and-model", TEXT, [f"{make} {model}"]),
        Attr("printer-device-id", TEXT, [f"MFG:{make};MDL:{model};CMD:PDF,PWGRaster,URF,JPEG;"]),
        Attr("printer-uuid", URI, [printer.uuid]),
        Attr("printer-more-info", URI, [page]),
        Attr("printer-icons", URI, [f"{page}icon.png"]),
        Attr("printer-supply-info-uri", URI, [f"{page}supplies"]),
        Attr("printer-supply", OCTETS, [b"index=1;type=toner;maxcapacity=100;level=80;colorantname=black;"]),
        Attr("printer-supply-description", TEXT, ["Black toner"]),
        Attr("identify-actions-default", KEYWORD, ["display"]),
        Attr("identify-actions-supported", KEYWORD, ["display", "sound"]),
    ]


def _state(printer: SimPrinter) -> list[Attr]:
    engine = printer.engine
    status = engine.status(printer.name, printer.uuid)
    unfinished = sum(not job.state.final for job in engine.jobs.values())
    return [
        Attr("printer-state", ENUM, [IppPrinterState[status.state.name].value]),
        Attr("printer-state-reasons", KEYWORD, status.reasons or ["none"]),
        Attr("printer-state-message", TEXT, [""]),
        Attr("printer-is-accepting-jobs", BOOL, [status.accepting]),
        Attr("queued-job-count", INT, [unfinished]),
        Attr("printer-up-time", INT, [up_time(printer)]),
        named("printer-current-time", date_time(printer)),
        Attr("printer-state-change-time", INT, [up_time(printer, engine.changed_at)]),
        named("printer-state-change-date-time", date_time(printer, engine.changed_at)),
        Attr("printer-config-change-time", INT, [up_time(printer, engine.configured_at)]),
        named("printer-config-change-date-time", date_time(printer, engine.configured_at)),
        Attr("printer-impressions-completed", INT, [len(engine.sides)]),
        Attr("printer-media-sheets-completed", INT, [len(engine.paper.out)]),
        *_alerts(status.reasons),
    ]


def _alerts(reasons: Sequence[str]) -> list[Attr]:
    """PWG 5100.9: one alert for each reason."""
    if not reasons:
        return []
    severity = ("critical" if reason.endswith("-error") else "warning" for reason in reasons)
    alerts = [f"code=other;severity={one}".encode() for one in severity]
    return [Attr("printer-alert", OCTETS, alerts), Attr("printer-alert-description", TEXT, reasons)]


def _protocol(uri: str, operations: Sequence[IppOperation], can: Capabilities) -> list[Attr]:
    return [
        Attr("uri-security-supported", KEYWORD, ["tls" if uri.startswith("ipps") else "none"]),
        Attr("uri-authentication-supported", KEYWORD, ["requesting-user-name"]),
        Attr("operations-supported", ENUM, [one.value for one in operations]),
        Attr("ipp-versions-supported", KEYWORD, ["1.1", "2.0"]),
        Attr("ipp-features-supported", KEYWORD, can.features),
        Attr("charset-configured", CHARSET, ["utf-8"]),
        Attr("charset-supported", CHARSET, ["us-ascii", "utf-8"]),
        Attr("natural-language-configured", LANGUAGE, ["en"]),
        Attr("generated-natural-language-supported", LANGUAGE, ["en"]),
        Attr("compression-supported", KEYWORD, ["deflate", "gzip", "none"]),
        Attr("pdl-override-supported", KEYWORD, ["attempted"]),
        Attr("document-format-default", MIME, [can.formats[0]]),
        Attr("document-format-supported", MIME, can.formats),
        Attr("job-creation-attributes-supported", KEYWORD, JOB_ATTRIBUTES),
        Attr("job-ids-supported", BOOL, [True]),
        Attr("multiple-document-jobs-supported", BOOL, [False]),
        Attr("multiple-operation-time-out", INT, [120]),
        Attr("multiple-operation-time-out-action", KEYWORD, ["abort-job"]),
        Attr("overrides-supported", KEYWORD, ["document-number", "pages"]),
        Attr("preferred-attributes-supported", BOOL, [False]),
        Attr("printer-get-attributes-supported", KEYWORD, ["document-format"]),
        Attr("which-jobs-supported", KEYWORD, WHICH_JOBS),
    ]


def _templates(can: Capabilities) -> list[Attr]:
    color = "color" in can.color_modes
    rates = ("pages-per-minute", "pages-per-minute-color")[: 1 + color] if can.pages_per_minute else ()
    return [
        Attr("color-supported", BOOL, [color]),
        Attr("copies-default", INT, [1]),
        Attr("copies-supported", RANGE, [(1, can.max_copies or 1)]),
        Attr("finishings-default", ENUM, [3]),
        Attr("finishings-supported", ENUM, [FINISHINGS[one] for one in can.finishings]),
        Attr("job-hold-until-default", KEYWORD, ["no-hold"]),
        Attr("job-hold-until-supported", KEYWORD, ["no-hold", "indefinite"]),
        Attr("multiple-document-handling-default", KEYWORD, ["separate-documents-collated-copies"]),
        Attr("multiple-document-handling-supported", KEYWORD, ["separate-documents-collated-copies"]),
        Attr("orientation-requested-default", ENUM, [3]),
        Attr("orientation-requested-supported", ENUM, [3, 4, 5, 6]),
        Attr("output-bin-default", KEYWORD, ["face-down"]),
        Attr("output-bin-supported", KEYWORD, ["face-down"]),
        Attr("page-ranges-supported", BOOL, [can.page_ranges]),
        *(Attr(rate, INT, [can.pages_per_minute]) for rate in rates),
        Attr("print-color-mode-default", KEYWORD, can.color_modes[:1]),
        Attr("print-color-mode-supported", KEYWORD, can.color_modes),
        Attr("print-content-optimize-default", KEYWORD, ["auto"]),
        Attr("print-content-optimize-supported", KEYWORD, ["auto"]),
        Attr("print-quality-default", ENUM, [4]),
        Attr("print-quality-supported", ENUM, [3, 4, 5]),
        Attr("print-rendering-intent-default", KEYWORD, ["auto"]),
        Attr("print-rendering-intent-supported", KEYWORD, ["auto"]),
        Attr("printer-resolution-default", RESOLUTION, [(600, 600)]),
        Attr("printer-resolution-supported", RESOLUTION, [(dpi, dpi) for dpi in can.resolutions]),
        Attr("sides-default", KEYWORD, ["one-sided"]),
        Attr("sides-supported", KEYWORD, can.sides),
    ]


def _raster(can: Capabilities) -> list[Attr]:
    return [
        Attr("pwg-raster-document-resolution-supported", RESOLUTION, [(dpi, dpi) for dpi in can.raster.dpi]),
        Attr("pwg-raster-document-sheet-back", KEYWORD, [can.raster.sheet_back]),
        Attr("pwg-raster-document-type-supported", KEYWORD, can.raster.types),
        Attr("urf-supported", KEYWORD, can.raster.urf),
    ]


def _subscriptions() -> list[Attr]:
    """RFC 3995 5.3 and 6.1."""
    return [
        Attr("notify-events-default", KEYWORD, ["job-completed"]),
        Attr("notify-events-supported", KEYWORD, EVENTS),
        Attr("notify-lease-duration-default", INT, [3600]),
        Attr("notify-lease-duration-supported", RANGE, [(0, 86400)]),
        Attr("notify-max-events-supported", INT, [len(EVENTS)]),
        Attr("notify-pull-method-supported", KEYWORD, ["ippget"]),
        Attr("ippget-event-life", INT, [300]),
    ]
