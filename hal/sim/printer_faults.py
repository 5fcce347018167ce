"""What can be wrong with the printer twin: its body, its manners, its answers."""

from dataclasses import dataclass, field
from enum import StrEnum


class Condition(StrEnum):
    """Something that stops paper until a person puts it right; the value is the printer-state-reason it shows."""

    JAM = "media-jam-error"
    PAPER_OUT = "media-empty-error"
    COVER_OPEN = "cover-open-error"
    TONER_OUT = "toner-empty-error"


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
    HTML = "html"
    SILENT = "silent"
    """It takes requests and says nothing."""
    CUT = "cut"
    """It closes the connection instead of answering."""


@dataclass(slots=True)
class Faults:
    """Set a field, and from then on the printer is like that; a new `Faults()` behaves.

    `cut_after` bytes of the next document the connection is closed; that happens once. `jam_at_page` counts from 1
    over what the printer prints next; that happens once too. `warm_up` is in seconds, before a page after idleness.
    """

    jam_at_page: int | None = None
    cut_after: int | None = None
    cut_leaves: CutLeaves = CutLeaves.COMPLETED
    refused_formats: set[str] = field(default_factory=set)
    lies_completed: bool = False
    drops_document: bool = False
    stuck_incoming: bool = False
    busy: bool = False
    untrusted: bool = False
    warm_up: float = 0.0
    answers: Answers = Answers.GOOD
    document_answer: Answers = Answers.GOOD

    @property
    def to_document(self) -> Answers:
        """How it answers Send-Document: as `document_answer` says, else like everything."""
        return self.answers if self.document_answer is Answers.GOOD else self.document_answer
