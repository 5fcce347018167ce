"""The voice port: sentences of one closed list, spoken. Nothing else can be said: no name, no title, no free text."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Line(StrEnum):
    """Every sentence there is. The words belong to whoever knows the person's language; `number` and `of` below are
    those of `Sentence`."""

    # One for each signal
    READY = "ready"
    READING = "reading"
    GOOD = "good"
    NO_JOBS = "no-jobs"
    PIN_ASKED = "pin-asked"
    PIN_WRONG = "pin-wrong"
    WHO_ARE_YOU = "who-are-you"
    UNKNOWN_BADGE = "unknown-badge"
    REFUSED = "refused"
    NOT_CONNECTED = "not-connected"
    PRINTER_NEEDS_YOU = "printer-needs-you"
    PRINTING = "printing"
    QUESTION = "question"
    DONE = "done"
    HELD = "held"
    FAULT = "fault"

    # The list of jobs
    JOBS = "jobs"
    """`number` jobs."""
    JOBS_CHOSEN = "jobs-chosen"
    """`number` of `of` jobs are chosen."""
    NONE_CHOSEN = "none-chosen"
    JOB_AT = "job-at"
    """This is job `number` of `of`."""
    JOB_PAGES = "job-pages"
    """It has `number` pages."""
    DELEGATED = "delegated"
    """It is somebody else's, whom the person stands in for."""
    CHOSEN = "chosen"
    LEFT_OUT = "left-out"
    PRESS_TO_PRINT_ALL = "press-to-print-all"
    PRESS_TO_PRINT = "press-to-print"
    PRESS_TO_CHOOSE = "press-to-choose"
    PRESS_TO_TAKE = "press-to-take"
    PRESS_TO_LEAVE_OUT = "press-to-leave-out"
    PRESS_TO_GO_BACK = "press-to-go-back"
    PRESS_TO_LOG_OUT = "press-to-log-out"
    PRESS_TO_TURN = "press-to-turn"
    """The digit `number` has the others stand for the next of a long list."""
    ONE_IS = "one-is"
    """The digit 1 stands for document `number` now, and so on."""
    PRESS_FOR_MORE = "press-for-more"
    """After the digit `number` those of the deeds below are taken."""

    # What can be done with all that is chosen, by the digit `number`
    DEED_FEWER = "deed-fewer"
    DEED_MORE = "deed-more"
    DEED_TWO_SIDED = "deed-two-sided"
    DEED_GREY = "deed-grey"
    DEED_KEEP = "deed-keep"
    DEED_ALL = "deed-all"
    DEED_AGAIN = "deed-again"
    DEED_STOP = "deed-stop"
    DEED_DELETE = "deed-delete"
    DEED_LEAVE = "deed-leave"
    IS_ON = "is-on"
    IS_OFF = "is-off"
    COPIES = "copies"
    """`number` copies are made."""
    PRESS_TO_DO = "press-to-do"

    # While it prints
    PAGE_OF = "page-of"
    """Page `number` of `of`."""
    PAGE_AT = "page-at"
    """Page `number`, of nobody knows how many."""
    MORE_WAIT = "more-wait"
    """`number` more jobs come after it."""
    PRESS_TO_STOP = "press-to-stop"
    PRESS_NOUGHT_TO_LEAVE = "press-nought-to-leave"
    ANOTHER_PRINTS = "another-prints"

    # What is typed
    PRESS_DIGITS = "press-digits"
    DIGITS_TYPED = "digits-typed"
    """`number` digits so far: never which."""
    CODE_ASKED = "code-asked"
    """The badge is new: the code that an administrator gave is wanted."""

    # What is asked
    DID_PAGE_COME_OUT = "did-page-come-out"
    """Of page `number`, the last one."""
    DID_ALL_COME_OUT = "did-all-come-out"
    PRINT_ANYWAY = "print-anyway"
    PRINT_ALL_AGAIN = "print-all-again"
    PRESS_YES_OR_NO = "press-yes-or-no"
    TYPE_PAGES = "type-pages"
    """Where fewer came out, how many may be typed."""
    HOW_MANY_PAGES = "how-many-pages"
    DELETE_CHOSEN = "delete-chosen"
    """Of `number` jobs."""
    PRESS_DELETE_OR_KEEP = "press-delete-or-keep"

    # Why it did not work
    WHY_LIFTED = "why-lifted"
    WHY_UNREAD = "why-unread"
    WHY_TWO_CARDS = "why-two-cards"
    WHY_WRONG_BADGE = "why-wrong-badge"
    WHY_LOCKED = "why-locked"
    WHY_BLOCKED = "why-blocked"
    WHY_LATE = "why-late"
    WHY_BUSY = "why-busy"
    WHY_NOT_HERE = "why-not-here"
    WHY_NOT_YOURS = "why-not-yours"
    WHY_GONE = "why-gone"
    WHY_ARRIVING = "why-arriving"
    WHY_ELSEWHERE = "why-elsewhere"
    WHY_UNPRINTABLE = "why-unprintable"
    WHY_ENCRYPTED = "why-encrypted"
    WHY_BROKEN = "why-broken"
    WHY_CHECK = "why-check"
    WHY_STOPPED = "why-stopped"
    WHY_PRINTER_ENDED = "why-printer-ended"
    WHY_PART = "why-part"
    WHY_UNSURE = "why-unsure"
    WHY_SILENT = "why-silent"
    WHY_STATION = "why-station"

    # What the printer waits for
    NEEDS_PAPER = "needs-paper"
    NEEDS_JAM = "needs-jam"
    NEEDS_COVER = "needs-cover"
    NEEDS_TONER = "needs-toner"
    NEEDS_WASTE = "needs-waste"
    NEEDS_OUTPUT = "needs-output"
    NEEDS_TRAY = "needs-tray"
    NEEDS_FINISHER = "needs-finisher"
    NEEDS_HEAT = "needs-heat"
    NEEDS_PAUSED = "needs-paused"
    NEEDS_MEMORY = "needs-memory"
    NEEDS_POWER = "needs-power"
    NEEDS_PRINTER = "needs-printer"
    NEEDS_SERVICE = "needs-service"

    # The rest
    PAGES_CAME_OUT = "pages-came-out"
    """`number` pages came out."""
    SECONDS_LEFT = "seconds-left"
    """`number` seconds, then the visit ends by itself."""
    PRESS_FOR_TIME = "press-for-time"
    STARTING = "starting"
    STOPPED = "stopped"
    UPDATING = "updating"
    PAIRING = "pairing"
    PRESS_FOR_CODE = "press-for-code"
    PAIRING_CODE = "pairing-code"
    """Give it to the administrator; it follows, digit by digit."""
    DIGIT = "digit"
    """`number`, one of ten."""
    NOT_LET_IN = "not-let-in"
    """It tried to join its mesh in vain."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A line, and the numbers in it. It can hold nothing else: `TypeError` for what is neither."""

    line: Line
    number: int = 0
    of: int = 0

    def __post_init__(self) -> None:
        if type(self.line) is not Line or type(self.number) is not int or type(self.of) is not int:
            raise TypeError("a sentence is a line of the list, and whole numbers")


class Phrases(Protocol):
    """The words of one language."""

    @property
    def language(self) -> str:
        """BCP 47, such as `de` or `pt-BR`."""
        ...

    def phrase(self, sentence: Sentence) -> str:
        """The words of that sentence."""
        ...


class Voice(Protocol):
    """Speaks one thing at a time: the latest."""

    def say(self, sentences: tuple[Sentence, ...], phrases: Phrases) -> None:
        """Begin to say `sentences`, one after the other, and break off what is being said; none: be silent. Returns at
        once. Raises `DeviceError` where what was to be said before could not be."""
        ...

    async def aclose(self) -> None:
        """Silent at once, in the middle of a word; idempotent."""
        ...
