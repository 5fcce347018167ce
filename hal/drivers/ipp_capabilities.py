"""What a printer says it can do (RFC 8011 5.2 and 5.4, PWG 5100.1, 5100.7, 5102.4), as the port's words."""

from dataclasses import dataclass

from hal.drivers.ipp_said import Said, only
from hal.drivers.printer_attributes import ABILITIES
from hal.framing.ipp import Message
from hal.framing.ipp_finishings import NAMES
from hal.ports.printer import Capabilities, RasterNeeds
from hal.quirks.printers import quirks_of

STAMP_ATTRIBUTES = ("printer-config-change-time", "printer-config-change-date-time", "printer-uuid")
CUPS = "cups-version"
"""What every queue of a cupsd says of itself, and nothing else does."""
CAPABILITY_ATTRIBUTES = (*STAMP_ATTRIBUTES, *ABILITIES, "pages-per-minute", "pages-per-minute-color", CUPS)
LEAST_DPI = 75
"""Some printers state resolutions such as 600 by 2 (https://github.com/apple/cups/issues/5088): no sheet looks so."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells one configuration of a printer from the next (PWG 5100.13), and one printer from another."""

    since: int | None
    dated: str
    uuid: str


def read_stamp(message: Message) -> Stamp:
    """Raises `IppFormatError` for an answer without a printer."""
    said = only(message.printers, "printer")
    since = said.number("printer-config-change-time")
    return Stamp(since, said.text("printer-config-change-date-time"), said.text("printer-uuid"))


def read_capabilities(message: Message) -> Capabilities:
    """Raises `IppFormatError` for an answer without a printer."""
    said = only(message.printers, "printer")
    model = said.text("printer-make-and-model")
    return Capabilities(
        formats=said.texts("document-format-supported"),
        media=said.texts("media-supported"),
        media_ready=said.texts("media-ready"),
        sides=said.texts("sides-supported"),
        color_modes=said.texts("print-color-mode-supported"),
        finishings=tuple(NAMES[one] for one in said.numbers("finishings-supported") if one in NAMES),
        resolutions=_dpi(said, "printer-resolution-supported"),
        max_copies=_copies(said),
        page_ranges=said.first("page-ranges-supported") is True,
        pages_per_minute=_rate(said),
        raster=_raster(said),
        features=said.keywords("ipp-features-supported"),
        model=model,
        quirks=quirks_of(model) | _shared(said),
    )


def _shared(said: Said) -> frozenset[str]:
    """A queue that a cupsd passes on announces the rate of a driver's file, which says nothing of the printer's."""
    return frozenset({"no-rate"} if said.text(CUPS) else ())


def _copies(said: Said) -> int | None:
    """The most; a printer may state a plain number instead of a range."""
    most = max((*(upper for _, upper in said.pairs("copies-supported")), *said.numbers("copies-supported")), default=0)
    return most if most > 0 else None


def _rate(said: Said) -> int | None:
    """The faster of the two (RFC 8011 5.4.36, 5.4.37); 0 is less than one a minute, and not told apart from silence."""
    return max(said.number("pages-per-minute") or 0, said.number("pages-per-minute-color") or 0) or None


def _raster(said: Said) -> RasterNeeds:
    return RasterNeeds(
        types=said.texts("pwg-raster-document-type-supported"),
        dpi=_dpi(said, "pwg-raster-document-resolution-supported"),
        sheet_back=said.text("pwg-raster-document-sheet-back") or "normal",
        urf=said.texts("urf-supported"),
    )


def _dpi(said: Said, name: str) -> tuple[int, ...]:
    """The resolutions that are the same both ways, ascending."""
    return tuple(sorted({across for across, along in said.pairs(name) if across == along >= LEAST_DPI}))
