"""A job in the printer twin: what it claims of it, and what really became of it."""

from dataclasses import dataclass

from hal.ports.printer import JobState, JobTicket
from hal.sim.printer_faults import Counting

INCOMING, HELD_BACK = "job-incoming", "job-hold-until-specified"
DONE = "job-completed-successfully"


@dataclass(slots=True)
class Job:
    """One job. `state` and `reasons` are what the printer claims; `printed` sides and `sheets` are what came out of it.
    `chosen` are the document's pages that are to be printed, in order; all where it is None. Times are seconds of the
    clock."""

    job_id: int
    ticket: JobTicket
    state: JobState = JobState.HELD
    reasons: tuple[str, ...] = (INCOMING,)
    received: int = 0
    whole: bool = False
    stuck: bool = False
    pages: int = 0
    printed: int = 0
    sheets: int = 0
    uuid: str = ""
    user: str = ""
    held_back: bool = False
    two_sided: bool = False
    copies: int | None = None
    chosen: tuple[int, ...] | None = None
    created_at: float = 0.0
    started_at: float | None = None
    ended_at: float | None = None

    @property
    def selection(self) -> tuple[int, ...]:
        """The pages of one copy."""
        return tuple(range(1, self.pages + 1)) if self.chosen is None else self.chosen

    @property
    def impressions(self) -> int:
        """What it has to print in all."""
        return len(self.selection) * self._copies

    @property
    def expected_sheets(self) -> int:
        return (len(self.selection) + self.two_sided) // (1 + self.two_sided) * self._copies

    @property
    def next_pages(self) -> tuple[int, ...]:
        """What the next sheet has on its sides. A copy begins on a sheet of its own."""
        pages = self.selection
        start = self.printed % len(pages)
        return pages[start : start + 1 + self.two_sided]

    def claim(self, state: JobState, *reasons: str) -> None:
        self.state, self.reasons = state, reasons

    def select(self, *, page_ranges: bool) -> None:
        """Now that the number of pages is known: which of them are wanted (PWG page-ranges; those beyond the end are
        none)."""
        if self.ticket.pages and page_ranges:
            wanted = (page for first, last in self.ticket.pages for page in range(first, min(last, self.pages) + 1))
            self.chosen = tuple(wanted)

    def claims(self, counting: Counting) -> tuple[int | None, int | None]:
        """job-impressions-completed and job-media-sheets-completed, as the printer counts."""
        over = self.state is JobState.COMPLETED
        sides, sheets = (self.impressions, self.expected_sheets) if over else (self.printed, self.sheets)
        match counting:
            case Counting.NEVER:
                return None, None
            case Counting.ZERO:
                return 0, 0
            case Counting.TWICE:
                return sides * 2, sheets * 2
            case Counting.SHEETS:
                return sheets, sheets
        return sides, sheets

    @property
    def _copies(self) -> int:
        return self.ticket.copies if self.copies is None else self.copies
