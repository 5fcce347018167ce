"""How a delivery ended, and how the journal says it."""

from dataclasses import dataclass

from firmware.core.events import Outcome
from firmware.core.words import pages, plain


@dataclass(frozen=True, slots=True)
class End:
    """How a delivery ended; `code` says why when it did not print, `part` which key part was missing, `pages` how many
    of the document's are known to have come out. `told`: by a person's word. `lacks`: what the printer cannot do
    that was asked for (IPP attributes), where that is why."""

    outcome: Outcome
    code: str = ""
    impressions: int | None = None
    part: str = ""
    pages: int | None = None
    told: bool = False
    lacks: tuple[str, ...] = ()

    def __str__(self) -> str:
        why = f": {plain(self.code)}" if self.code else ""
        why += f" ({plain(self.part)} part)" if self.part else ""
        if self.outcome is not Outcome.PRINTED and self.pages is not None:
            why += f" after {pages(self.pages)}"
        elif self.outcome is not Outcome.PRINTED and self.impressions is not None:
            why += f" after {self.impressions} impressions"
        return f"{self.outcome}{why}" + (", by a person's word" if self.told else "")
