"""The finishings of the IANA IPP registry: the number that goes over the wire, and the keyword that people write."""

_SIDES = ("left", "top", "right", "bottom")
_CORNERS = ("top-left", "bottom-left", "top-right", "bottom-right")


def _row(first: int, stem: str, ends: tuple[str, ...]) -> dict[int, str]:
    return {first + index: f"{stem}-{end}" for index, end in enumerate(ends)}


NAMES: dict[int, str] = {
    3: "none",
    4: "staple",
    5: "punch",
    6: "cover",
    7: "bind",
    8: "saddle-stitch",
    9: "edge-stitch",
    10: "fold",
    11: "trim",
    12: "bale",
    13: "booklet-maker",
    14: "jog-offset",
    15: "coat",
    16: "laminate",
    **_row(20, "staple", _CORNERS),
    **_row(24, "edge-stitch", _SIDES),
    **_row(28, "staple-dual", _SIDES),
    **_row(32, "staple-triple", _SIDES),
    **_row(50, "bind", _SIDES),
    **_row(60, "trim-after", ("pages", "documents", "copies", "job")),
    **_row(70, "punch", _CORNERS),
    **_row(74, "punch-dual", _SIDES),
    **_row(78, "punch-triple", _SIDES),
    **_row(82, "punch-quad", _SIDES),
    **_row(86, "punch-multiple", _SIDES),
    **_row(90, "fold", ("accordion", "double-gate", "gate", "half", "half-z", "left-gate", "letter", "parallel")),
    **_row(98, "fold", ("poster", "right-gate", "z", "engineering-z")),
}
"""PWG 5100.1 table 3, and RFC 8011 5.2.6 for the first ones."""
NUMBERS = {name: number for number, name in NAMES.items()}
