"""How many pages a document has, guessed from its bytes as they pass: enough for a twin, not for an invoice."""

import re

LONGEST = 64
"""Bytes a pattern may span; that many are looked at again with the next chunk."""

MARKS = {
    "application/pdf": re.compile(rb"/Type\s{0,8}/Page(?![A-Za-z])"),
    "application/postscript": re.compile(rb"(?<=[\r\n])%%Page:"),
    "image/pwg-raster": re.compile(rb"PwgRaster\0"),
    "text/plain": re.compile(rb"\f(?=.)", re.DOTALL),
}
FIRST_PAGE_UNMARKED = ("text/plain",)


class PageCounter:
    """Counts the marks of `format` in any chunking of the document."""

    def __init__(self, format: str) -> None:
        self._mark = MARKS.get(format)
        self._marks = 1 if format in FIRST_PAGE_UNMARKED else 0
        self._tail = b""
        self._from = 0

    def feed(self, data: bytes) -> None:
        """The next bytes of the document."""
        window = self._tail + data
        settled = len(window) - LONGEST
        if settled > 0:
            self._marks += self._count(window, settled)
            window, self._from = window[settled - 1 :], 1  # one byte more, to look behind
        self._tail = window

    @property
    def pages(self) -> int:
        """Pages so far, at least 1."""
        return max(1, self._marks + self._count(self._tail, len(self._tail)))

    def _count(self, window: bytes, end: int) -> int:
        found = self._mark.finditer(window) if self._mark else ()
        return sum(self._from <= mark.start() < end for mark in found)
