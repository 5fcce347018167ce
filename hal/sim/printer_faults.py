"""What can be wrong with the printer twin: its body, its manners, its answers; and the table of all of it."""

from dataclasses import dataclass, field
from enum import StrEnum


class Condition(StrEnum):
    """Something that stops paper until a person puts it right; the value is the printer-state-reason it shows."""

    JAM = "media-jam-error"
    PAPER_OUT = "media-empty-error"
    MEDIA_NEEDED = "media-needed-error"
    COVER_OPEN = "cover-open-error"
    TONER_OUT = "toner-empty-error"
    OUTPUT_FULL = "output-area-full-error"


class CutLeaves(StrEnum):
    """What becomes of a job whose document was cut off. All three have been measured on one real printer."""

    COMPLETED = "completed"
    """It prints the pages it has and reports success."""
    ABORTED = "aborted"
    INCOMING = "incoming"
    """It waits for the rest for ever; cancelling is accepted and changes nothing."""


class Answers(StrEnum):
    """How the printer answers requests."""

    GOOD = "good"
    MALFORMED = "malformed"
    OVERSIZED = "oversized"
    """A 10 MB attribute group."""
    ENDLESS = "endless"
    """Attributes without end, for as long as somebody listens."""
    HTML = "html"
    SILENT = "silent"
    """It takes requests and says nothing."""
    CUT = "cut"
    """It closes the connection instead of answering."""


class Counting(StrEnum):
    """How it counts impressions and sheets."""

    RIGHT = "right"
    NEVER = "never"
    """It says no number at all."""
    ZERO = "zero"
    """It always says 0."""
    TWICE = "twice"
    SHEETS = "sheets"
    """It calls a sheet an impression, however many sides are printed."""


class PowerCut(StrEnum):
    """What it makes of its jobs when its power goes."""

    FORGETS = "forgets jobs"
    """They are gone, and their numbers are given again."""
    NUMBERS_ON = "numbers on"
    """They are gone; new jobs get new numbers."""
    REMEMBERS = "remembers jobs"
    """It prints on where it was."""


class Ability(StrEnum):
    """What a lesser printer does without."""

    PDF = "pdf"
    """It takes raster and JPEG alone."""
    TWO_SIDED = "two-sided"
    COLOR = "color"
    COPIES = "copies"
    PAGE_RANGES = "page-ranges"
    STAPLER = "stapler"
    UUIDS = "job-uuids"
    EVENTS = "events"
    """It has no subscriptions, and has to be asked."""
    SPEED = "speed"
    """It does not say how fast it is."""


@dataclass(slots=True)
class Faults:
    """Set a field, and from then on the printer is like that; a new `Faults()` behaves.

    `cut_after` bytes of the next document the connection is closed; that happens once. `jam_at_page` counts from 1
    over what the printer prints next; that happens once too. `warm_up` and `sleeps` are in seconds, before a page after
    idleness; `slow`, before each answer; `clock_error`, by how much its clock is wrong. `said` are
    printer-state-reasons that it shows besides true ones; an `-error` or a pause among them stops it.
    """

    jam_at_page: int | None = None
    jam_loses_page: bool = False
    cut_after: int | None = None
    cut_leaves: CutLeaves = CutLeaves.COMPLETED
    refused_formats: set[str] = field(default_factory=set)
    lacks: set[Ability] = field(default_factory=set)
    said: set[str] = field(default_factory=set)
    lies_completed: bool = False
    drops_document: bool = False
    stuck_incoming: bool = False
    ignores_cancel: bool = False
    ignores_page_ranges: bool = False
    one_job: bool = False
    busy: bool = False
    untrusted: bool = False
    warm_up: float = 0.0
    sleeps: float = 0.0
    slow: float = 0.0
    clock_error: float = 0.0
    counting: Counting = Counting.RIGHT
    power_cut: PowerCut = PowerCut.FORGETS
    answers: Answers = Answers.GOOD
    document_answer: Answers = Answers.GOOD

    @property
    def to_document(self) -> Answers:
        """How it answers Send-Document: as `document_answer` says, else like everything."""
        return self.answers if self.document_answer is Answers.GOOD else self.document_answer

    @property
    def stopping(self) -> bool:
        """Whether something it shows besides true conditions stops it."""
        return any(reason.endswith("-error") or reason == "paused" for reason in self.said)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that can be wrong: `words` bring it about (`hal.sim.words`), `mend` puts it right, `truth` is what then
    happens to paper and bytes, whatever the printer claims."""

    name: str
    words: str
    truth: str
    mend: str = "printer behaves"


FAULTS = (
    Fault(
        "jam", "jam at page 2", "Page 2 is torn and pulled out; once the jam is cleared it is made again.", "clear jam"
    ),
    Fault("jam-loses-page", "printer loses jammed pages", "The page that jams is counted and never made again."),
    Fault("paper-out", "paper out", "Nothing more comes out until paper is put in.", "paper in"),
    Fault(
        "paper-runs-out",
        "tray 1 has 1 sheets",
        "One more sheet comes out, then nothing until paper is put in.",
        "paper in",
    ),
    Fault("other-paper", "tray 1 holds iso_a5_148x210mm", "Jobs for the other paper wait for it.", "media in"),
    Fault("cover-open", "cover open", "Nothing comes out until the cover is closed.", "cover closed"),
    Fault("toner-out", "toner out", "Nothing comes out until there is toner.", "toner in"),
    Fault("output-full", "output full", "Nothing comes out until the output tray is emptied.", "output emptied"),
    Fault(
        "output-fills",
        "output takes 1 sheets",
        "One more sheet comes out, then none until the tray is emptied.",
        "output emptied",
    ),
    Fault("stopped-reason", "printer says marker-waste-full-error", "Nothing comes out until the reason is gone."),
    Fault("warning", "printer says toner-low-warning", "Everything is printed."),
    Fault("paused", "printer says paused", "Nothing comes out until somebody lets it go on."),
    Fault("asleep", "printer sleeps 20s", "It wakes when a document came; every page comes, that much later."),
    Fault("cold", "printer warms up 30s", "Every page comes, that much later."),
    Fault("slow", "printer answers in 2s", "Everything is printed; each answer takes its time."),
    Fault("cut", "printer cuts after 100 bytes", "What arrived in time may be printed; the rest never came."),
    Fault("cut-aborts", "printer calls cut jobs aborted", "Of a document that is cut nothing is printed."),
    Fault(
        "cut-waits",
        "printer calls cut jobs incoming",
        "A document that is cut is never printed, and blocks its job for ever.",
    ),
    Fault("stuck-incoming", "printer stuck incoming", "The whole document arrives, and nothing is printed."),
    Fault(
        "completed-early",
        "printer lies completed",
        "It says completed before the first page is out; pages follow, or jam.",
    ),
    Fault("drops", "printer drops document", "It says completed, and no page ever comes."),
    Fault("ignores-cancel", "printer ignores cancel", "Cancelling is accepted, and everything is printed."),
    Fault("not-counted", "printer counts never", "Everything is printed; it tells no number."),
    Fault("counts-zero", "printer counts zero", "Everything is printed; it says 0."),
    Fault("counts-twice", "printer counts twice", "Everything is printed once; it says twice as much."),
    Fault("counts-sheets", "printer counts sheets", "Everything is printed; it counts sheets for sides."),
    Fault("other-key", "printer changes certificate", "No byte of a document reaches it."),
    Fault("malformed", "printer malformed", "It obeys; what it answers makes no sense."),
    Fault("oversized", "printer oversized", "It obeys; what it answers is 10 MB long."),
    Fault("endless", "printer endless", "It obeys; what it answers never ends."),
    Fault("html", "printer html", "It obeys; what it answers is a web page."),
    Fault("silent", "printer silent", "It obeys, and never answers."),
    Fault("hangs-up", "printer hangs up", "It obeys, and closes the connection instead of answering."),
    Fault("silent-at-end", "printer silent after document", "Everything is printed; nobody is told."),
    Fault("hangs-up-at-end", "printer hangs up after document", "Everything is printed; the connection ends first."),
    Fault("wrong-clock", "printer clock -10 years", "Everything is printed; its times are wrong."),
    Fault(
        "off",
        "printer off",
        "What is out is out, and no more comes; its jobs and their numbers are forgotten.",
        "printer on",
    ),
    Fault("off-numbers-on", "printer numbers on", "A power cut takes its jobs, and new ones get new numbers."),
    Fault("off-remembers", "printer remembers jobs", "After a power cut it prints on where it was."),
    Fault("busy", "printer busy", "It takes no new job."),
    Fault("one-job", "printer takes one job", "While a job is with it, it takes no other."),
    Fault("refuses-format", "printer refuses application/pdf", "It lists the format; a document in it is refused."),
    Fault("no-pdf", "printer lacks pdf", "It takes raster and JPEG alone."),
    Fault("no-two-sided", "printer lacks two-sided", "Every page comes on a sheet of its own."),
    Fault("no-color", "printer lacks color", "Every page comes in grey."),
    Fault("no-copies", "printer lacks copies", "One copy comes, whatever was asked for."),
    Fault("no-page-ranges", "printer lacks page-ranges", "A job for a part of a document is refused."),
    Fault("ignores-page-ranges", "printer ignores page-ranges", "It says that it can, and prints the whole document."),
    Fault("no-stapler", "printer lacks stapler", "Sheets come loose."),
    Fault("no-job-uuids", "printer lacks job-uuids", "Everything is printed; jobs are known by number and name alone."),
    Fault("no-events", "printer lacks events", "Everything is printed; it tells nothing unasked."),
    Fault("no-speed", "printer lacks speed", "Everything is printed; it does not say how fast it is."),
)
"""All that the twin can do wrong. What a person sees of each, what the ledger says and what the mesh is told is for
whoever plays them to find out."""
