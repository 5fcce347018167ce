"""Self-describing media size names (PWG 5101.1 5.1), such as `iso_a4_210x297mm`: what they say."""

import re

POINTS = {"mm": 72 / 25.4, "in": 72.0}
NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,80}_([0-9]{1,5}(?:\.[0-9]{1,4})?)x([0-9]{1,5}(?:\.[0-9]{1,4})?)(mm|in)")
"""Class, name, and width by height."""


def parse_media(name: str) -> tuple[float, float]:
    """Width and height in points (1/72 inch). Raises `ValueError` for a name that does not say them."""
    found = NAME.fullmatch(name)
    if found is None:
        raise ValueError("not a media size name")
    width, height = (float(found[part]) * POINTS[found[3]] for part in (1, 2))
    if not width or not height:
        raise ValueError("a medium without a size")
    return width, height
