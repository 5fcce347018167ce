"""What is known of an update: what the mesh offers, and how far this box is with it. Values only."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import total_ordering

from firmware.errors import LockgateError

_VERSION = re.compile(r"(0|[1-9]\d{0,8})(\.(0|[1-9]\d{0,8})){0,3}", re.ASCII)


class UpdateError(LockgateError):
    """Codes: `update-record-damaged` (what was kept of an update cannot be read), `version-malformed`."""

    code = "update-record-damaged"


@total_ordering
@dataclass(frozen=True, slots=True)
class Version:
    """One to four numbers with dots between; what is missing is 0."""

    text: str

    def __post_init__(self) -> None:
        if not _VERSION.fullmatch(self.text):
            raise UpdateError("numbers with dots between are wanted, such as 1.4.2", code="version-malformed")

    @property
    def _numbers(self) -> tuple[int, ...]:
        numbers = tuple(map(int, self.text.split(".")))
        return numbers + (0,) * (4 - len(numbers))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and self._numbers == other._numbers

    def __lt__(self, other: "Version") -> bool:
        return self._numbers < other._numbers

    def __hash__(self) -> int:
        return hash(self._numbers)


class Phase(StrEnum):
    """How far an update is. It is written down before each step that a power cut may fall into."""

    NONE = "none"
    INSTALLING = "installing"
    """The other slot is being written."""
    READY = "ready"
    """The other slot is whole; it is to be tried as soon as nobody is disturbed."""
    TRYING = "trying"
    """The machine is to come up in the other slot, once, and be looked at."""
    BACK = "back"
    """It came up, and was not healthy: back to the slot before."""
    ENDED = "ended"
    """Good or failed, by `code`."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A bundle for this station: `digest` its SHA-256 in hex, by which it is asked for, `size` in bytes."""

    digest: str
    version: Version
    compatible: str
    size: int


@dataclass(frozen=True, slots=True)
class Record:
    """What is kept. `slot` and `before` are the slot and version that the update began in, `target` the version it is
    to become; `tries` counts within the phase; `known` are the faults that were there before, which are not the
    update's. `code` is empty where it ended well; `told`: whether the mesh knows how it ended. `offered` is for people:
    the version that the mesh offered last, empty for none."""

    phase: Phase = Phase.NONE
    digest: str = ""
    target: str = ""
    before: str = ""
    slot: str = ""
    tries: int = 0
    known: tuple[str, ...] = ()
    code: str = ""
    told: bool = True
    offered: str = ""
