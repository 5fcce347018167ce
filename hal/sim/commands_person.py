"""What a person does at a simulated station and before: cards, PINs, jobs, choices and answers."""

from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class TapBadge:
    """A badge at the reader; `text` is what the reader sends."""

    text: str = field(repr=False)


class Hand(StrEnum):
    """Which card somebody holds to the reader, and how."""

    CARD = "card"
    """One of the site's, until the beep."""
    BRUSHED = "brushed"
    """One of the site's, lifted too soon."""
    CLONE = "clone"
    """A copy with the number and the application, by somebody who does not have the key."""
    BLANK = "blank"
    """A copy with the number alone."""


@dataclass(frozen=True, slots=True)
class HoldCard:
    """A card that can be spoken to, at the reader."""

    uid: bytes = field(repr=False)
    hand: Hand = Hand.CARD


@dataclass(frozen=True, slots=True)
class EnterPin:
    """The person types a PIN."""

    pin: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Associate:
    """The person types their name and a one-time code; without one, that which an administrator issued last."""

    user: str = field(repr=False)
    code: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Submit:
    """`user` prints a document of so many pages; `sides` as IPP says it, empty where they do not care."""

    pages: int
    user: str
    sides: str = ""


@dataclass(frozen=True, slots=True)
class Choose:
    """The person chooses jobs on the panel, by their places from 1 in the list shown; None means all. `rest`: of what
    came out in part, only the pages that did not."""

    places: tuple[int, ...] | None
    rest: bool = False


@dataclass(frozen=True, slots=True)
class CameOut:
    """The person says to the station's question that so many pages came out, and no more."""

    pages: int
