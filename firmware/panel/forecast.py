"""What would come of printing what is chosen: what it costs, and what this printer cannot do of it."""

from collections.abc import Iterable
from dataclasses import dataclass

from firmware.core.wishes import AS_SUBMITTED, Wishes
from firmware.delivery.converting import choose
from firmware.delivery.errors import DeliveryError
from firmware.delivery.matching import matched
from firmware.delivery.saving import GREYS, saved
from firmware.mesh.messages import Prices
from firmware.panel.listed import ListedJob
from firmware.panel.view import Cost
from firmware.vault.attributes import Attributes
from hal.ports.converter import Converter
from hal.ports.printer import Capabilities, JobTicket

FORMAT = "document-format"
MOST = 10**15
"""Minor units that are told: a client may say of its job that it has any number of pages."""


@dataclass(frozen=True, slots=True)
class Ability:
    """What can be printed here: by the printer itself, as it last said, or with the converter's help."""

    can: Capabilities
    converter: Converter

    def lacks(self, jobs: Iterable[ListedJob], wishes: Wishes) -> tuple[str, ...]:
        """The IPP attributes of these jobs that cannot be honoured, each once; `document-format` where there is no way
        to print one at all. Of a job that is not opened only that is known."""
        found: dict[str, None] = {}
        for job in jobs:
            found |= dict.fromkeys(self._of(job, wishes))
        return tuple(found)

    def _of(self, job: ListedJob, wishes: Wishes) -> tuple[str, ...]:
        wanted = _wanted(job, wishes)
        ticket = JobTicket(
            "", job.format, job.size, wanted.copies, wanted.sides, wanted.color_mode, wanted.media, wanted.finishings
        )
        try:
            choose(ticket, self.can, self.converter, job.size)
        except DeliveryError:
            return (FORMAT,)
        return matched(ticket, self.can).lacks


def cost(jobs: Iterable[ListedJob], wishes: Wishes, prices: Prices) -> Cost:
    """At the site's price for each printed side. What may be in colour counts as if it were: the printer decides it."""
    minor, at_least = 0, False
    for job in jobs:
        wanted = _wanted(job, wishes)
        side = prices.grey_side if wanted.color_mode in GREYS else prices.colour_side
        minor += side * (job.pages or 0) * wanted.copies
        at_least = at_least or job.pages is None
    return Cost(min(minor, MOST), prices.currency, at_least or minor > MOST)


def _wanted(job: ListedJob, wishes: Wishes) -> Attributes:
    """Wishes are for a person's own."""
    own = Attributes(
        "", copies=job.copies, sides=job.sides, color_mode=job.color_mode, media=job.media, finishings=job.finishings
    )
    return saved(own, AS_SUBMITTED if job.owner else wishes)
