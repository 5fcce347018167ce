"""What is chosen on a list, and what can be wished of it: worked out of a view, for the page, the keypad and the
voice."""

from typing import Final

from firmware.panel.listed import ListedJob
from firmware.panel.view import View

DIGITS: Final = 9
_IPP_ONE_SIDED: Final = ("", "one-sided")
_IPP_GREY: Final = ("monochrome", "process-monochrome", "auto-monochrome", "bi-level", "process-bi-level")


class Choice:
    """Of one view."""

    def __init__(self, view: View) -> None:
        self.view = view

    @property
    def printable(self) -> int:
        """How many of the list can be chosen at all."""
        return sum(not job.refused for job in self.view.jobs)

    @property
    def chosen(self) -> tuple[ListedJob, ...]:
        """What would be printed."""
        return tuple(job for job in self.view.jobs if job.job_id in self.view.chosen)

    @property
    def is_all(self) -> bool:
        """Whether everything is chosen that can be."""
        return bool(self.chosen) and len(self.chosen) == self.printable

    @property
    def own(self) -> tuple[ListedJob, ...]:
        """What is chosen of their own: wishes are for these alone, and nothing else can be deleted."""
        return tuple(job for job in self.chosen if not job.owner)

    @property
    def most_copies(self) -> int:
        """The most copies that any chosen document asks for."""
        return max((job.copies for job in self.own), default=1)

    @property
    def copies(self) -> int:
        """How many are made of that one now."""
        return min(self.view.copies or self.most_copies, self.most_copies)

    @property
    def may_two_side(self) -> bool:
        """Whether printing on both sides would be another thing than what was asked for."""
        return any(job.sides in _IPP_ONE_SIDED for job in self.own)

    @property
    def may_grey(self) -> bool:
        """Whether printing without colour would be another thing than what was asked for."""
        return any(job.color_mode not in _IPP_GREY for job in self.own)

    @property
    def has_rest(self) -> bool:
        """Whether a chosen document came out in part before."""
        return any(job.pages_out for job in self.chosen)

    @property
    def numbered(self) -> range:
        """Which of the list, from 0 on, the digits from 1 on name now: nine, or eight where 9 goes on to the next."""
        count = len(self.view.jobs)
        if count <= DIGITS:
            return range(count)
        return range(min(self.view.turned, count - 1), min(self.view.turned + DIGITS - 1, count))

    @property
    def is_turning(self) -> bool:
        """Whether 9 has the digits name the next of the list."""
        return len(self.view.jobs) > DIGITS

    def digit(self, number: int) -> str:
        """The digit of the list's document of that number, from 1 on; empty where it has none now."""
        return str(number - self.numbered.start) if number - 1 in self.numbered else ""
