"""What a browser says of the languages that its person reads: Accept-Language (RFC 9110 12.5.4)."""

import re
from typing import Final

from firmware.panel.tags import is_offered

_LONGEST: Final = 1024
"""Characters that are looked at: no browser sends so many."""
_RANGE: Final = re.compile(
    r"[ \t]*(?P<tag>[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8}){0,8})"
    r"(?:[ \t]*;[ \t]*[qQ]=(?P<weight>0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?[ \t]*",
    re.ASCII,
)


def parse_accepted(header: str) -> tuple[str, ...]:
    """The tags (BCP 47), the dearest first; of several that are as dear, the first. What is none is passed over, so is
    `*`, and what somebody does not want (`q=0`)."""
    found = [one for part in header[:_LONGEST].split(",") if (one := _RANGE.fullmatch(part)) is not None]
    weighed = [(float(one["weight"] or 1), one["tag"]) for one in found]
    return tuple(tag for weight, tag in sorted(weighed, key=lambda one: -one[0]) if weight > 0)


def accepted(header: str) -> str:
    """The first of them that is offered; empty where none is."""
    return next((tag for tag in parse_accepted(header) if is_offered(tag)), "")
