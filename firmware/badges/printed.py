"""What may be meant by the text that is printed on a card: blanks, dashes, leading zeros and letters in front."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from firmware.badges.number import BadgeUnreadableError, card_number

_PARTS = re.compile(r"[0-9A-Za-z]+")
_PREFIX = re.compile(r"^[A-Za-z]+(?=[0-9]+$)")
LONGEST = 100
"""Characters of a printed text that are looked at."""


@dataclass(frozen=True, slots=True)
class Printed:
    """One way to understand the printed texts, the same for all cards: their canonical numbers, and what it costs in
    plausibility."""

    numbers: tuple[str, ...] = field(repr=False)
    cost: int


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


def _lengthened(text: str) -> str:
    """A card number of fewer digits than any number may have, as 16 bits have it."""
    return whole.zfill(5) if (whole := _whole(text)) else ""


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
    (4, _lengthened),
)


def understood(texts: Sequence[str]) -> tuple[Printed, ...]:
    """Every way to understand `texts` that gives each card a canonical number, most plausible first; none where a
    text holds no number."""
    found: dict[tuple[str, ...], int] = {}
    for cost, way in _WAYS:
        try:
            numbers = tuple(card_number(way(text[:LONGEST]).encode("ascii")) for text in texts)
        except BadgeUnreadableError:
            continue
        found.setdefault(numbers, cost)
    return tuple(Printed(numbers, cost) for numbers, cost in found.items())
