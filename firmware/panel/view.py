"""What is on the screen at one moment, as one frozen value: nothing in it but what the page shows."""

from dataclasses import dataclass, field
from enum import StrEnum

from firmware.core.conditions import Condition
from firmware.core.questions import Question
from firmware.core.signs import Notice
from firmware.panel.listed import ListedJob


class Screen(StrEnum):
    """Which page it is."""

    STARTING = "starting"
    READY = "ready"
    READING = "reading"
    PIN = "pin"
    WHO = "who"
    """The badge is unknown: name and code."""
    JOBS = "jobs"
    PRINTING = "printing"
    QUESTION = "question"
    PRINTER_NEEDS_YOU = "printer-needs-you"
    NOT_CONNECTED = "not-connected"
    OUT_OF_SERVICE = "out-of-service"
    PAIRING = "pairing"
    UPDATING = "updating"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Progress:
    """The delivery under way. `is_theirs`: of the person who stands here; of others nothing but that it prints is
    shown. `page` is 0 where the printer does not say, `pages` None where nobody counted; `queued` more wait."""

    is_theirs: bool
    page: int = 0
    pages: int | None = None
    queued: int = 0
    stage: str = ""

    @property
    def is_awaited(self) -> bool:
        """Whether whoever stands here waits for pages, be it behind another's."""
        return self.is_theirs or self.queued > 0

    @property
    def more(self) -> int:
        """Documents of theirs after the one that they wait for."""
        return self.queued - (not self.is_theirs)


@dataclass(frozen=True, slots=True)
class Said:
    """A passing notice over the screen (`done`, `refused`), gone by itself. The rest as in `core.effects.Tell`."""

    notice: Notice
    pages: int | None = None
    lacks: tuple[str, ...] = ()
    needs: tuple[Condition, ...] = ()
    code: str = ""


PREFS_SECONDS = 60.0
"""How long what nobody but a passer-by touched (contrast, size, language) stays, where nobody taps."""


@dataclass(frozen=True, slots=True)
class Prefs:
    """How whoever stands here wants the screen. `language`: the tag of the one touched, empty where none was."""

    contrast: bool = False
    large: bool = False
    language: str = ""


@dataclass(frozen=True, slots=True)
class Cost:
    """What is chosen would cost: in minor units of a currency (ISO 4217). `at_least`: of some of it nobody knows the
    pages."""

    minor: int
    currency: str
    at_least: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """`visit` numbers the person who stands here, 0: nobody. `deadline` is when the visit ends by itself unless
    something is done, in monotonic seconds of the clock, None: it does not. `stale_since` likewise: since when the mesh
    was not reached."""

    screen: Screen
    visit: int = 0
    language: str = ""
    said: Said | None = None
    jobs: tuple[ListedJob, ...] = field(default=(), repr=False)
    unsure: tuple[ListedJob, ...] = field(default=(), repr=False)
    """Theirs too, to be seen and not to be chosen: nobody knows whether these came out."""
    languages: tuple[str, ...] = ()
    """Tags of those that the site offers, the usual one first; empty: all that there are."""
    chosen: frozenset[str] = frozenset()
    copies: int | None = None
    two_sided: bool = False
    grey: bool = False
    progress: Progress | None = None
    needs: tuple[Condition, ...] = ()
    question: Question | None = None
    number: int = 0
    deadline: float | None = None
    stale_since: float | None = None
    pairing_code: str = field(default="", repr=False)
    handoff: str = field(default="", repr=False)
    """The address that a telephone opens to release here, for the QR code; empty: none."""
    prefs: Prefs = Prefs()
    shown: int = 20
    """So many of the list are on the page."""
    turned: int = 0
    """From which of a long list on, from 0, a keypad's digits name them."""
    keep: bool = False
    confirming: bool = False
    """Whether what is chosen shall really be deleted is being asked."""
    cost: Cost | None = None
    lacks: tuple[str, ...] = ()
    """What this printer cannot do of what is chosen: IPP attributes."""
    warning_seconds: float = 20.0
    """So long before the deadline the page warns."""
