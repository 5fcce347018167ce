"""What a person may still change as they stand there: fewer copies, both sides, no colour; never the other way."""

from dataclasses import replace

from firmware.core.wishes import Wishes
from firmware.vault.attributes import Attributes

TWO_SIDED = "two-sided-long-edge"
GREY = "monochrome"
ONE_SIDED = ("", "one-sided")
GREYS = frozenset({GREY, "auto-monochrome", "process-monochrome", "bi-level", "process-bi-level"})
"""IPP print-color-mode values (PWG 5100.13) that use no colour."""


def saved(attributes: Attributes, wishes: Wishes) -> Attributes:
    """The job's own settings, and of the wishes what makes less of it. A setting that was left to the printer may be
    anything, so a wish decides it."""
    copies = attributes.copies if wishes.copies is None else max(1, min(attributes.copies, wishes.copies))
    sides = TWO_SIDED if wishes.two_sided and attributes.sides in ONE_SIDED else attributes.sides
    color_mode = GREY if wishes.grey and attributes.color_mode not in GREYS else attributes.color_mode
    return replace(attributes, copies=copies, sides=sides, color_mode=color_mode)
