"""What kind of document it is, by what is in it: a name's ending proves nothing."""

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass

HEAD_BYTES = 64 * 1024
"""Enough of a document's beginning for `recognise`."""
PDF_END_BYTES = 4096
"""Enough of a PDF's end for `has_pdf_end`."""


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of document: the MIME type that the printer is told, and its name for people."""

    mime: str
    name: str


PDF = Format("application/pdf", "PDF")
POSTSCRIPT = Format("application/postscript", "PostScript")
PWG_RASTER = Format("image/pwg-raster", "PWG raster")
JPEG = Format("image/jpeg", "JPEG")
TEXT = Format("text/plain", "text in UTF-8")
ACCEPTED = (PDF, POSTSCRIPT, PWG_RASTER, JPEG, TEXT)

_BOM = codecs.BOM_UTF8
_WHITE = b" \t\r\n\f\0"
_STARTS = (
    (b"RaS2PwgRaster\0", PWG_RASTER),  # PWG 5102.4, 4.2 and 4.3: the sync word, then the first page header
    (b"\xff\xd8\xff", JPEG),  # ITU-T T.81, B.1.1.3: SOI, then the first byte of a marker
    (b"%!", POSTSCRIPT),
    (b"\x04%!", POSTSCRIPT),  # some drivers send an end-of-job mark first
)
_PDF = re.compile(rb"%PDF-\d\.\d")  # ISO 32000-2, 7.5.2
_LEAST = {  # bytes below which there is no page in it, for certain
    PDF: 32,  # a header and a trailer alone are more
    JPEG: 27,  # T.81, B.2: SOI, one frame header, one scan header, EOI, each as short as it may be
    PWG_RASTER: 4 + 1796 + 1,  # PWG 5102.4, 4.1: sync word, a page header, and something of a page
}
_OTHERS = (
    (b"PK\x03\x04", "a ZIP archive, as office documents are"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old office document"),
    (b"{\\rtf", "a Rich Text document"),
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"GIF8", "a GIF image"),
    (b"II*\0", "a TIFF image"),
    (b"MM\0*", "a TIFF image"),
    (b"UNIRAST\0", "an Apple raster image"),
    (b"RaS", "a raster image, but not PWG raster"),
    (b"2SaR", "a raster image, but not PWG raster"),
    (b"\x1b", "data in a printer's own language"),
    (b") HP-PCL XL", "data in a printer's own language"),
    (b"\x1f\x8b", "compressed data"),
    (b"\xff\xfe", "text in UTF-16"),
    (b"\xfe\xff", "text in UTF-16"),
)
_MARKUP = (b"<!doctype html", b"<html", b"<?xml", b"<svg")
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")  # but tab, line ends and form feed (RFC 2046, 4.1)


def recognise(head: bytes) -> Format | None:
    """The kind of a document that begins with `head` (HEAD_BYTES, or all of it); None for one that is not accepted.
    TEXT is only what it looks like so far: ask `is_text` about all of it."""
    for start, found in _STARTS:
        if head.startswith(start):
            return found
    if _PDF.match(head.removeprefix(_BOM).lstrip(_WHITE)):
        return PDF
    if _other(head) or not is_text([head], whole=False):
        return None
    return TEXT


def is_text(chunks: Iterable[bytes], *, whole: bool = True) -> bool:
    """Whether the bytes are UTF-8 without control characters. Unless `whole`, the last character may be cut off."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for chunk in chunks:
            decoder.decode(chunk)
            if _CONTROLS.search(chunk):
                return False
        decoder.decode(b"", final=whole)
    except UnicodeDecodeError:
        return False
    return True


def is_too_short(found: Format, size: int) -> bool:
    """Whether a document of that kind and of `size` bytes was cut, for certain: it has no room for a page."""
    return size < _LEAST.get(found, 0)


def has_pdf_end(tail: bytes) -> bool:
    """Whether a PDF's last bytes (all of it, or PDF_END_BYTES) hold the mark of its end (ISO 32000-2, 7.5.5). Readers
    put up with one that does not, so that is only worth a warning."""
    return b"%%EOF" in tail or b"startxref" in tail


def describe(head: bytes) -> str:
    """In words for people, what a document that is not accepted seems to be."""
    return _other(head) or ("not UTF-8 text" if _is_other_text(head) else "of a kind that we do not know")


def accepted() -> str:
    """The accepted kinds, in words."""
    return ", ".join(found.name for found in ACCEPTED)


def _is_other_text(head: bytes) -> bool:
    """Mostly ASCII, without control characters: text in an older encoding, such as Latin-1."""
    return not _CONTROLS.search(head) and sum(byte < 0x80 for byte in head) * 2 > len(head)


def _other(head: bytes) -> str:
    for start, name in _OTHERS:
        if head.startswith(start):
            return name
    lowered = head[:1024].removeprefix(_BOM).lstrip(_WHITE).lower()
    return "a page in HTML, XML or SVG" if lowered.startswith(_MARKUP) else ""
