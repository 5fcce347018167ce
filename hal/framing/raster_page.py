"""One page of raster as PWG and Apple headers both say it, and how the back of a sheet is turned."""

from dataclasses import dataclass

LONG_EDGE, SHORT_EDGE = "two-sided-long-edge", "two-sided-short-edge"

BACKS = {
    ("flipped", LONG_EDGE): (1, -1),
    ("flipped", SHORT_EDGE): (-1, 1),
    ("rotated", LONG_EDGE): (-1, -1),
    ("manual-tumble", SHORT_EDGE): (-1, -1),
}
"""CrossFeedTransform and FeedTransform of a back side (PWG 5102.4 4.3), by pwg-raster-document-sheet-back and sides;
(1, 1) for all others."""


@dataclass(frozen=True, slots=True)
class RasterPage:
    """`width` and `height` in pixels, `points` the sheet's size in 1/72 inch, `media` its PWG 5101.1 name, empty where
    there is none. `total` are the pages of the whole document, 0 where nobody knows; `turned` as in `BACKS`."""

    width: int
    height: int
    dpi: int
    color: bool = False
    sides: str = "one-sided"
    points: tuple[int, int] = (0, 0)
    media: str = ""
    total: int = 0
    turned: tuple[int, int] = (1, 1)

    @property
    def pixel_bytes(self) -> int:
        return 3 if self.color else 1

    @property
    def two_sided(self) -> bool:
        return self.sides in (LONG_EDGE, SHORT_EDGE)


def turned(index: int, sides: str, sheet_back: str) -> tuple[int, int]:
    """What has to be done to page `index` of a document, from 0: every other one is a back."""
    return BACKS.get((sheet_back, sides), (1, 1)) if index % 2 else (1, 1)
