"""Magnetic stripes as their readers type them: tracks between a start and an end sentinel (ISO/IEC 7811-2, 7811-6)."""

import re

from hal.ports.badge_reader import Fault

SENTINELS = "%;+"
"""Of tracks 1, 2 and 3. All end with `?`, and a check character may follow, which readers mostly keep to themselves."""

_STRIPE = re.compile(r"[%;+].*\?[^%;+?]?", re.DOTALL)
_TRACK = re.compile(
    r"(?:(?P<one>%)(?P<letters>[^%?]*)|(?P<other>[;+])(?P<digits>[0-9:<=>]*|E))\?"
    r"(?:[^%;+?](?=[%;+]|$))?"  # the check character
)
ERROR = "E"
"""All that a reader gives of a track it could not read."""


def is_stripe(text: str) -> bool:
    """Whether `text` is framed as tracks are. Other readers may begin a number with `;` too, but end none with `?`."""
    return _STRIPE.fullmatch(text) is not None


def track(text: str, wanted: int | None) -> str | Fault | None:
    """What stands on track `wanted` (1 to 3; None: the first that was sent), without sentinels; None where `text` has
    no such track, `Fault.TRACK` where its reader could not read it, `Fault.GARBLED` where `text` is no tracks."""
    found: dict[int, str] = {}
    at = 0
    while at < len(text):
        match = _TRACK.match(text, at)
        if match is None:
            return Fault.GARBLED
        number = SENTINELS.index(match["one"] or match["other"]) + 1
        found.setdefault(number, match["letters"] if match["one"] else match["digits"])
        at = match.end()
    number = wanted or next(iter(found), 0)
    if number not in found:
        return None
    data = found[number].strip()
    return Fault.TRACK if data in ("", ERROR) else data
