"""What the technician's page says by a name that elsewhere is one: of which device a finding is, what a row is of."""

from typing import Final

from firmware.panel.words import N_

DEVICES: Final = (
    N_("storage"),
    N_("temperature"),
    N_("memory"),
    N_("certificate"),
    N_("deny list"),
    N_("clock"),
    N_("mesh"),
    N_("panel"),
    N_("technician"),
    N_("kiosk"),
    N_("update"),
)
"""Of `firmware.technician`'s findings."""
ROWS: Final = (
    N_("printer"),
    N_("uri"),
    N_("state"),
    N_("what to do"),
    N_("says also"),
    N_("formats"),
    N_("sides"),
    N_("colour"),
    N_("paper in it"),
    N_("paper"),
    N_("finishings"),
    N_("part of a document"),
)
"""Of `firmware.technician.printer_words.Shown`."""
