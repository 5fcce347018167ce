"""What the printer twin says that it can do, by what it lacks."""

from hal.ports.printer import Capabilities, RasterNeeds
from hal.sim.printer_engine import PrinterEngine
from hal.sim.printer_faults import Ability
from hal.sim.printer_paper import MEDIA

MODEL = "Lockgate printer twin"
SIDES = ("one-sided", "two-sided-long-edge", "two-sided-short-edge")
COLOR_MODES = ("auto", "color", "monochrome")
RESOLUTIONS = (300, 600)
FEATURES = ("ipp-everywhere", "page-overrides", "subscription-object")
MAX_COPIES = 999
URF = ("V1.5", "CP1", "W8", "RS300-600", "DM1")
"""Apple raster: version, one copy, 8-bit grey, 300 and 600 dpi, and how the back of a sheet is turned."""


def capabilities(engine: PrinterEngine) -> Capabilities:
    """The same through the port's methods and over IPP."""
    lacks = engine.faults.lacks
    color = Ability.COLOR not in lacks
    return Capabilities(
        engine.takes,
        media=MEDIA,
        media_ready=tuple(dict.fromkeys(tray.media for tray in engine.paper.trays)),
        sides=SIDES[:1] if Ability.TWO_SIDED in lacks else SIDES,
        color_modes=COLOR_MODES if color else ("monochrome",),
        finishings=("none",) if Ability.STAPLER in lacks else ("none", "staple"),
        resolutions=RESOLUTIONS,
        max_copies=1 if Ability.COPIES in lacks else MAX_COPIES,
        page_ranges=Ability.PAGE_RANGES not in lacks,
        pages_per_minute=None if Ability.SPEED in lacks else engine.pages_per_minute,
        raster=RasterNeeds(("sgray_8", "srgb_8") if color else ("sgray_8",), RESOLUTIONS, "normal", urf(color=color)),
        features=FEATURES[:2] if Ability.EVENTS in lacks else FEATURES,
        model=MODEL,
    )


def urf(*, color: bool) -> tuple[str, ...]:
    return (*URF, "SRGB24") if color else URF
