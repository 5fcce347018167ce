"""What mutool says of a document's pages, and where each of them goes on its sheet."""

from dataclasses import dataclass, field

from hal.ports.converter import ConversionError

MOST_PAGES = 20_000
MOST_PIXELS = 80_000_000
"""Of one sheet: A3 at 600 dpi has 70 million."""
LONGEST_LINE = 64
SLIGHT = 0.01
"""A page that is off the sheet's size by no more is made to fit exactly: A4 in whole points is."""

SURVEY = b"""var doc = new Document(scriptArgs[0]);
if (doc.needsPassword()) quit(%d);
var count = doc.countPages();
if (count > %d) quit(%d);
for (var i = 0; i < count; ++i) {
    var box = doc.loadPage(i).bound();
    print((box[2] - box[0]).toFixed(2) + " " + (box[3] - box[1]).toFixed(2));
}
"""
"""Run by mutool: a line for each page, its width and height in points as it is shown."""

ENCRYPTED, TOO_MANY = 41, 42
"""Exit statuses of the survey."""
SURVEY_SCRIPT = SURVEY % (ENCRYPTED, MOST_PAGES, TOO_MANY)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page goes: turned by `rotate` degrees clockwise and drawn `width` by `height` pixels large, `left` and
    `top` from the corner of a sheet of `sheet` pixels and `points`."""

    rotate: int
    width: int
    height: int
    left: int
    top: int
    sheet: tuple[int, int]
    points: tuple[int, int] = field(default=(0, 0))


def parse_survey(said: bytes) -> tuple[tuple[float, float], ...]:
    """Pages' sizes in points. Raises `ValueError`."""
    lines = said.split(b"\n")
    if lines.pop() or len(lines) > MOST_PAGES:
        raise ValueError("cut, or too long")
    return tuple(_size(line) for line in lines)


def _size(line: bytes) -> tuple[float, float]:
    if len(line) > LONGEST_LINE:
        raise ValueError("a line too long")
    width, height = (float(word) for word in line.split(b" "))
    if not (0 < width < float("inf") and 0 < height < float("inf")):
        raise ValueError("a page without a size")
    return width, height


def place(page: tuple[float, float], medium: tuple[float, float] | None, dpi: int) -> Place:
    """The page in the middle of the medium, made smaller where it is too large and turned where it lies the other way;
    without a medium the sheet is as the page. Sizes in points. Raises `ConversionError`: `document-too-heavy` for a
    sheet of too many pixels."""
    sheet = medium or page
    width, height = (max(1, round(length * dpi / 72)) for length in sheet)
    if width * height > MOST_PIXELS:
        raise ConversionError("document-too-heavy", "a page is too large")
    points = (round(sheet[0]), round(sheet[1]))
    rotate = 90 if (page[0] > page[1]) != (sheet[0] > sheet[1]) and page[0] != page[1] else 0
    shown = (page[1], page[0]) if rotate else page
    if all(abs(is_ - wanted) <= SLIGHT * wanted for is_, wanted in zip(shown, sheet, strict=True)):
        return Place(rotate, width, height, 0, 0, (width, height), points)
    scale = min(1.0, sheet[0] / shown[0], sheet[1] / shown[1]) * dpi / 72
    drawn = (min(width, max(1, round(shown[0] * scale))), min(height, max(1, round(shown[1] * scale))))
    return Place(rotate, *drawn, (width - drawn[0]) // 2, (height - drawn[1]) // 2, (width, height), points)


def chosen(count: int, ranges: tuple[tuple[int, int], ...]) -> list[int]:
    """Page numbers from 1, in the ranges' order; all where there is none. What is past the end is left out."""
    if not ranges:
        return list(range(1, count + 1))
    return [page for first, last in ranges for page in range(max(1, first), min(last, count) + 1)]
