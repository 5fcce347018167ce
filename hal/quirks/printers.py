"""What printers do that their attributes do not say: one row a fault of a model, seen by somebody who wrote it down."""

from dataclasses import dataclass
from fnmatch import fnmatchcase

NAMES = {
    "completed-early": "its `completed` is not to be believed while no impression was counted",
    "cancels-printed": "says canceled of jobs whose pages came out",
    "no-impressions": "counts no impressions, or only zero of them",
    "forgets-jobs": "does not know a job any more as soon as it is over",
    "chunked-refused": "takes no document without Content-Length",
    "no-pdf": "lists application/pdf, and fails over documents of that format",
    "no-pwg-raster": "lists image/pwg-raster, and fails over documents of that format",
    "no-rate": "its pages-per-minute says nothing of how fast it prints",
    "no-raster-resolution": "states a resolution for PWG raster that no sheet can have",
}
"""The quirks that a row may have, and what follows from them."""


@dataclass(frozen=True, slots=True)
class Quirk:
    """`match` is a glob on printer-make-and-model in lower case; `name` is one of `NAMES`."""

    match: str
    name: str
    reason: str
    link: str


QUIRKS = (
    Quirk(
        match="*livebox*",
        name="chunked-refused",
        reason="the router's print server knows no chunked requests",
        link="https://github.com/apple/cups/issues/3987",
    ),
    Quirk(
        match="*evolis*primacy*2*",
        name="completed-early",
        reason="completed within seconds, with job-impressions-completed 0 and no card printed",
        link="https://github.com/gmuth/ipp-client-kotlin/issues/26",
    ),
    Quirk(
        match="*konica minolta*bizhub c458*",
        name="cancels-printed",
        reason="the pages come out, and the job's end is canceled (`Reset Modes` on its panel)",
        link="https://github.com/OpenPrinting/cups/issues/428",
    ),
    Quirk(
        match="*brother mfc*6900*",
        name="no-pdf",
        reason="takes PDF, ends with document-format-error and 0 impressions, and lets the job not be cancelled",
        link="https://github.com/OpenPrinting/cups/issues/1703",
    ),
    Quirk(
        match="*epson et-7700*",
        name="no-pwg-raster",
        reason="answers document-format-error to PWG raster, and prints Apple raster",
        link="https://github.com/OpenPrinting/cups-filters/pull/168",
    ),
    Quirk(
        match="*brother mfc-9340cdw*",
        name="no-raster-resolution",
        reason="says 600 by 2 dpi in pwg-raster-document-resolution-supported",
        link="https://github.com/apple/cups/issues/5088",
    ),
    Quirk(
        match="example printer",
        name="no-rate",
        reason="ippeveprinter, which prints nothing, and announces what it was told to on its command line, or 10",
        link="https://openprinting.github.io/cups/doc/man-ippeveprinter.html",
    ),
)


def quirks_of(model: str) -> frozenset[str]:
    """By printer-make-and-model; none for most, and for a printer that does not say what it is."""
    known = model.lower()
    return frozenset(quirk.name for quirk in QUIRKS if fnmatchcase(known, quirk.match))
