"""The converter port: a document made into pages that a printer takes, in memory, while they are being made."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol

from hal.ports.errors import DeviceError
from hal.ports.printer import Document, RasterNeeds


class ConversionError(DeviceError):
    """A document that cannot be made into pages. Codes: `document-encrypted` (it wants a password), `document-broken`,
    `document-too-large` (for the memory there is), `document-too-heavy` (a page wants more time or memory than a page
    may), `converter-failed` (not the document's fault)."""

    def __init__(self, code: str, detail: str = "") -> None:
        self.code = code
        super().__init__("converter", detail)


@dataclass(frozen=True, slots=True)
class Conversion:
    """What to make of a document: `source` and `target` are media types (`application/pdf` to `image/pwg-raster`,
    `image/urf`, or `application/pdf` for a part of it). `needs` are the printer's; `dpi` in dots per inch; `media` a
    PWG 5101.1 size name, empty for the document's own; `pages` as in `JobTicket`."""

    source: str
    target: str
    needs: RasterNeeds
    dpi: int = 300
    color: bool = False
    sides: str = "one-sided"
    media: str = ""
    pages: tuple[tuple[int, int], ...] = ()


class Converter(Protocol):
    """Makes pages. Nothing of a document ever reaches a file."""

    most_bytes: int
    """Of a document: it has to be whole in memory before its first page can be made."""

    def targets(self, source: str) -> tuple[str, ...]:
        """What documents of that media type can be made into, the best first; nothing where there is no way."""
        ...

    def convert(self, document: Document, wanted: Conversion) -> AsyncGenerator[bytes, None]:
        """Take in all of `document`, then give the result in chunks of at most 1 MiB, pages as they are made. Raises
        `ConversionError`, and whatever `document` raises. Closing it ends the work at once."""
        ...
