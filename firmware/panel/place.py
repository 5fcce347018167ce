"""What the screens say of where the station stands, as its site has configured it."""

from dataclasses import dataclass
from typing import Final

SIDES: Final = ("left", "right", "below")


@dataclass(frozen=True, slots=True)
class Place:
    """`contact`: whom to call, as the site words it. `reader`: on which of `SIDES` of the screen the badge reader is;
    either is empty where nobody said."""

    contact: str = ""
    reader: str = ""


def is_side(side: str) -> bool:
    """Whether a reader can be there."""
    return side in SIDES
