"""What may be meant by the text that is printed on a card: blanks, dashes, leading zeros and letters in front."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from firmware.badges.number import BadgeUnreadableError, card_number
from firmware.badges.wiegand import FORMATS

_PARTS = re.compile(r"[0-9A-Za-z]+")
_PREFIX = re.compile(r"^[A-Za-z]+(?=[0-9]+$)")
LONGEST = 100
"""Characters of a printed text that are looked at."""


@dataclass(frozen=True, slots=True)
class Printed:
    """One way to understand the printed texts, the same for all cards: their canonical numbers, and what it costs in
    plausibility. `filled`: the digits that they were given by zeros which are not printed; 0: as printed."""

    numbers: tuple[str, ...] = field(repr=False)
    cost: int
    filled: int = 0


def _whole(text: str) -> str:
    return "".join(_PARTS.findall(text))


def _without_prefix(text: str) -> str:
    return _PREFIX.sub("", _whole(text))


def _last_part(text: str) -> str:
    """Of `104-00989`, where a facility code stands in front of the card's own number."""
    return _PARTS.findall(text)[-1] if _PARTS.search(text) else ""


def _without_zeros(of: Callable[[str], str]) -> Callable[[str], str]:
    return lambda text: of(text).lstrip("0")


def _facility_card(digits: int) -> Callable[[str], str]:
    """Of `104-989`: the facility code and the card number with zeros up to `digits`, as a Wiegand rule gives them."""

    def both(text: str) -> str:
        found = _PARTS.findall(text)
        return found[0].lstrip("0") + found[1].zfill(digits) if len(found) == 2 else ""

    return both


def _filled(digits: int) -> Callable[[str], str]:
    """With zeros up to the digits that any card of a Wiegand format may have: the small ones would be too short."""

    def filled(text: str) -> str:
        whole = _whole(text)
        return whole.zfill(digits) if whole.isdecimal() else ""

    return filled


_WAYS: tuple[tuple[int, Callable[[str], str]], ...] = (
    (0, _whole),
    (1, _without_prefix),
    (2, _without_zeros(_whole)),
    (3, _without_zeros(_without_prefix)),
    (2, _facility_card(5)),
    (2, _facility_card(6)),
    (2, _facility_card(7)),
    (3, _last_part),
    (4, _without_zeros(_last_part)),
)
_FILLED = 4
"""What it costs to understand zeros that are not there; more of them cost more."""
_DIGITS = sorted({layout.digits for layout in FORMATS.values()})


def understood(texts: Sequence[str]) -> tuple[Printed, ...]:
    """Every way to understand `texts` that gives each card a canonical number, most plausible first; none where a
    text holds no number."""
    found: dict[tuple[str, ...], Printed] = {}
    ways = [(cost, 0, way) for cost, way in _WAYS]
    ways += [(_FILLED + place, digits, _filled(digits)) for place, digits in enumerate(_DIGITS)]
    for cost, filled, way in ways:
        try:
            numbers = tuple(card_number(way(text[:LONGEST]).encode("ascii")) for text in texts)
        except BadgeUnreadableError:
            continue
        found.setdefault(numbers, Printed(numbers, cost, filled))
    return tuple(found.values())
