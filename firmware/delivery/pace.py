"""How soon a printer can have printed: a claim of pages that comes sooner is none to believe."""

from firmware.delivery.counting import Extent
from hal.ports.clock import Clock
from hal.ports.printer import Capabilities, JobStatus

FASTER = 4
"""So many times as fast as it announces a printer may be in good faith: its rate is nominal (RFC 8011
5.4.36), that of plain pages on the usual paper, and these may be drafts, or half as large."""
LEAST_SECONDS = 5.0
"""A job that the printer makes in less, at the rate that it announces, is not timed: how long a job waits in queues and
answers says more there than its pages do."""
LEAST_IMPRESSIONS = 2
"""A single one may be out at once, of a printer that was warm: rates are those of many."""
PLACEHOLDER = 1
"""What drivers' files say (`*Throughput: "1"`, which a cupsd passes on), and PAPPL, where nobody told them a rate."""
NO_RATE = "no-rate"
"""Quirk of printers (hal/quirks/printers.py): what it announces is not its rate."""


class Pace:
    """One release's, at a printer that announces so many `pages_per_minute`; of one that announces none, or whose word
    on that is known to be worth nothing, no claim comes too soon. Used once."""

    def __init__(self, clock: Clock, can: Capabilities) -> None:
        self._clock = clock
        said = can.pages_per_minute or 0
        self._rate = 0 if NO_RATE in can.quirks or said <= PLACEHOLDER else said
        self._began: float | None = None

    def begin(self) -> None:
        """From now on the printer may have a byte of the document, and not before."""
        self._began = self._clock.monotonic()

    def is_beyond(self, status: JobStatus, extent: Extent) -> bool:
        """Whether, by now, it cannot have made what it claims: the impressions that are to come out, or where nobody
        knows how many those are, those that it counted."""
        claimed = extent.expected(status) or status.impressions or 0
        if self._began is None or not self._rate or claimed < LEAST_IMPRESSIONS:
            return False
        needed = claimed * 60 / self._rate
        return needed >= LEAST_SECONDS and (self._clock.monotonic() - self._began) * FASTER < needed
