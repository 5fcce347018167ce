"""What the served twin says of paper over IPP (PWG 5100.7 media-col, PWG 5101.1 sizes)."""

import re
from collections.abc import Sequence

from hal.ports.printer import Capabilities
from hal.sim.ipp_message import COLLECTION, INT, KEYWORD, Attr
from hal.sim.printer_paper import Paper

MARGIN = 423
"""Hundredths of a millimetre, a sixth of an inch."""
UNITS = {"mm": 100, "in": 2540}
SIZE = re.compile(r".*_([\d.]+)x([\d.]+)(mm|in)")
MEMBERS = (
    *("media-bottom-margin", "media-left-margin", "media-right-margin", "media-size", "media-size-name"),
    *("media-source", "media-top-margin", "media-type"),
)


def media_attributes(paper: Paper, can: Capabilities) -> list[Attr]:
    """Sizes, sources and what is in the trays."""
    ready = [_column(tray.media, tray.name) for tray in paper.trays]
    sources = [tray.name for tray in paper.trays]
    return [
        Attr("media-default", KEYWORD, can.media[:1]),
        Attr("media-supported", KEYWORD, can.media),
        Attr("media-ready", KEYWORD, can.media_ready),
        Attr("media-col-default", COLLECTION, [_column(can.media[0], "auto")]),
        Attr("media-col-ready", COLLECTION, ready),
        Attr("media-col-database", COLLECTION, [_column(media) for media in can.media]),
        Attr("media-col-supported", KEYWORD, MEMBERS),
        Attr("media-size-supported", COLLECTION, [size(media) for media in can.media]),
        Attr("media-source-supported", KEYWORD, ["auto", *sources]),
        Attr("media-type-supported", KEYWORD, ["auto", "stationery"]),
        *(Attr(f"media-{side}-margin-supported", INT, [MARGIN]) for side in ("bottom", "left", "right", "top")),
    ]


def size(media: str) -> tuple[Attr, ...]:
    """A media-size in hundredths of a millimetre. Raises `ValueError` for a name without a size."""
    found = SIZE.fullmatch(media)
    if found is None:
        raise ValueError(f"{media} has no size")
    width, height = (round(float(found[number]) * UNITS[found[3]]) for number in (1, 2))
    return Attr("x-dimension", INT, [width]), Attr("y-dimension", INT, [height])


def named_by(column: Sequence[Attr], known: Sequence[str]) -> str | None:
    """The medium that a media-col means, by its name or its size; None for one that isn't known."""
    members = {member.name: member.values[0] for member in column if member.values}
    if "media-size-name" in members:
        return str(members["media-size-name"])
    wanted = {member.name: tuple(member.values) for member in members.get("media-size", ())}
    return next((one for one in known if {member.name: tuple(member.values) for member in size(one)} == wanted), None)


def _column(media: str, source: str = "") -> tuple[Attr, ...]:
    sides = ("bottom", "left", "right", "top")
    return (
        Attr("media-size", COLLECTION, [size(media)]),
        Attr("media-size-name", KEYWORD, [media]),
        *(Attr(f"media-{side}-margin", INT, [MARGIN]) for side in sides),
        *([Attr("media-source", KEYWORD, [source])] if source else []),
        Attr("media-type", KEYWORD, ["stationery"]),
    )
