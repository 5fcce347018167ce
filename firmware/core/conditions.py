"""What keeps a printer from printing, for a person: in plain words, as a picture, and what they can do about it.

Keywords are those of the IANA registry of printer-state-reasons, bare: without `-error`, `-warning`, `-report`.
"""

from dataclasses import dataclass
from enum import StrEnum


class Picture(StrEnum):
    """The key of the picture that goes with the words."""

    PAPER = "paper"
    JAM = "jam"
    COVER = "cover"
    TONER = "toner"
    WASTE = "waste"
    OUTPUT = "output"
    TRAY = "tray"
    FINISHER = "finisher"
    HEAT = "heat"
    PAUSED = "paused"
    POWER = "power"
    MEMORY = "memory"
    SERVICE = "service"
    PRINTER = "printer"


@dataclass(frozen=True, slots=True)
class Condition:
    """`phrase` says what is the matter, `deed` what whoever stands there can do; both are plain sentences."""

    phrase: str
    deed: str
    picture: Picture

    def __str__(self) -> str:
        return f"{self.phrase} {self.deed}"


P = Picture
_NO_PAPER = Condition("There is no paper.", "Put paper in.", P.PAPER)
_OTHER_PAPER = Condition("It asks for other paper.", "Put in the paper its display asks for.", P.PAPER)
_JAM = Condition("Paper is jammed.", "Open the printer where it says so and take the paper out.", P.JAM)
_FEED = Condition("It cannot take the paper in.", "Take the paper out, put it in straight, close the tray.", P.JAM)
_COVER = Condition("A cover is open.", "Close it.", P.COVER)
_NO_TONER = Condition("The toner or ink is used up.", "Put in a new cartridge.", P.TONER)
_TONER_GONE = Condition("A cartridge is missing.", "Put it in until it clicks.", P.TONER)
_WASTE = Condition("The waste container is full.", "Put in an empty one.", P.WASTE)
_WASTE_GONE = Condition("The waste container is missing.", "Put it in.", P.WASTE)
_OUTPUT_FULL = Condition("The output tray is full.", "Take the paper out of it.", P.OUTPUT)
_OUTPUT_GONE = Condition("The output tray is missing.", "Put it in.", P.OUTPUT)
_TRAY_GONE = Condition("A paper tray is missing.", "Push it in until it stops.", P.TRAY)
_FINISHER = Condition("The stapler or another finisher has stopped.", "Look at what its display says.", P.FINISHER)
_HOT = Condition("It is too hot.", "Let it cool down; it goes on by itself.", P.HEAT)
_PAUSED = Condition("Somebody has paused it.", "Press its button to go on.", P.PAUSED)
_BREAK = Condition("A part of it does not work.", "Call whoever looks after it.", P.SERVICE)
_FULL = Condition("It has no room for another job.", "Wait until it has printed what it has.", P.MEMORY)
_OFF = Condition("It is being switched off.", "Switch it on again.", P.POWER)
_LOST = Condition("A part of it does not answer.", "Switch it off and on again.", P.POWER)
_CLOSED = Condition("It takes no jobs.", "Look at what its display says.", P.PRINTER)
_STOPPED = Condition("It has stopped and does not say why.", "Look at what its display says.", P.PRINTER)
_SILENT = Condition("The printer does not answer.", "See that it is on and its cable is in.", P.POWER)
_STRANGER = Condition("It is not the printer that was approved.", "Call whoever looks after it.", P.SERVICE)
_NONSENSE = Condition("It answers what makes no sense.", "Switch it off and on again.", P.POWER)
UNKNOWN = Condition("It needs a person, for a reason unknown here.", "Look at what its display says.", P.PRINTER)
"""For a keyword of no registry, and for one added to it later: nothing is guessed."""
UNSURE = Condition(
    "It is not known whether all pages came out.", "Look in the output tray, and tell whoever looks after it.", P.OUTPUT
)
"""Not of the printer but of a delivery, after all that could be asked was asked."""

CONDITIONS: dict[str, Condition] = {
    "media-empty": _NO_PAPER,
    "media-path-input-empty": _NO_PAPER,
    "media-needed": _OTHER_PAPER,
    "media-path-input-request": _OTHER_PAPER,
    "media-path-cannot-duplex-media-selected": _OTHER_PAPER,
    "input-manual-input-request": _OTHER_PAPER,
    "input-cannot-feed-size-selected": _OTHER_PAPER,
    "input-media-color-change": _OTHER_PAPER,
    "input-media-form-parts-change": _OTHER_PAPER,
    "input-media-size-change": _OTHER_PAPER,
    "input-media-type-change": _OTHER_PAPER,
    "input-media-weight-change": _OTHER_PAPER,
    "media-jam": _JAM,
    "media-path-jam": _JAM,
    "media-path-input-jam": _JAM,
    "media-path-output-jam": _JAM,
    "input-media-tray-jam": _JAM,
    "output-media-tray-jam": _JAM,
    "input-media-tray-feed-error": _FEED,
    "input-media-tray-failure": _FEED,
    "media-path-input-feed-error": _FEED,
    "media-path-output-feed-error": _FEED,
    "output-media-tray-feed-error": _FEED,
    "cover-open": _COVER,
    "door-open": _COVER,
    "interlock-open": _COVER,
    "toner-empty": _NO_TONER,
    "developer-empty": _NO_TONER,
    "marker-supply-empty": _NO_TONER,
    "marker-ink-empty": _NO_TONER,
    "marker-developer-empty": _NO_TONER,
    "marker-print-ribbon-empty": _NO_TONER,
    "marker-supply-missing": _TONER_GONE,
    "marker-ink-missing": _TONER_GONE,
    "marker-toner-missing": _TONER_GONE,
    "marker-toner-cartridge-missing": _TONER_GONE,
    "marker-developer-missing": _TONER_GONE,
    "marker-print-ribbon-missing": _TONER_GONE,
    "marker-waste-full": _WASTE,
    "marker-waste-ink-receptacle-full": _WASTE,
    "marker-waste-toner-receptacle-full": _WASTE,
    "marker-waste-missing": _WASTE_GONE,
    "marker-waste-ink-receptacle-missing": _WASTE_GONE,
    "marker-waste-toner-receptacle-missing": _WASTE_GONE,
    "output-area-full": _OUTPUT_FULL,
    "media-path-output-full": _OUTPUT_FULL,
    "media-path-media-tray-full": _OUTPUT_FULL,
    "output-tray-missing": _OUTPUT_GONE,
    "media-path-media-tray-missing": _OUTPUT_GONE,
    "input-tray-missing": _TRAY_GONE,
    "fuser-over-temp": _HOT,
    "subunit-over-temperature": _HOT,
    "paused": _PAUSED,
    "moving-to-paused": _PAUSED,
    "hold-new-jobs": _PAUSED,
    "stopping": _PAUSED,
    "spool-area-full": _FULL,
    "shutdown": _OFF,
    "power-down": _OFF,
    "deactivated": _OFF,
    "timed-out": _LOST,
    "connecting-to-device": _LOST,
    "printer-not-accepting": _CLOSED,
    "printer-stopped": _STOPPED,
    "printer-unreachable": _SILENT,
    "printer-untrusted": _STRANGER,
    "printer-protocol": _NONSENSE,
    "other": UNKNOWN,
}
"""What is common, exactly. What begins with `printer-` is Lockgate's own: the printer gave no reason, or no answer."""

FINISHERS = (
    *("bander", "binder", "die-cutter", "folder", "imprinter", "inserter", "make-envelope", "perforater", "puncher"),
    *("separation-cutter", "sheet-rotator", "slitter", "stacker", "stapler", "stitcher", "trimmer", "wrapper"),
)
"""Sub-units of PWG 5100.1, which the registry gives some thirty reasons each."""

_ENDINGS = (
    (("-cover-open", "-interlock-open", "-opened"), _COVER),
    (("-jam",), _JAM),
    (("-over-temperature", "-temperature-high"), _HOT),
    (("-offline", "-turned-off"), _LOST),
    (("-failure", "-unrecoverable-storage-error", "-life-over", "-eol", "-at-eol"), _BREAK),
)


def condition(reason: str) -> Condition:
    """The condition of a bare keyword, in any case."""
    keyword = reason.lower()
    if exact := CONDITIONS.get(keyword):
        return exact
    for endings, found in _ENDINGS:
        if keyword.endswith(endings):
            return found
    return _FINISHER if keyword.startswith(tuple(f"{unit}-" for unit in FINISHERS)) else UNKNOWN


def conditions(reasons: tuple[str, ...]) -> tuple[Condition, ...]:
    """What a person is to be told of these, each thing once, in their order; what is known comes before what is not."""
    found = dict.fromkeys(map(condition, reasons))
    return tuple(sorted(found, key=lambda one: one is UNKNOWN))
