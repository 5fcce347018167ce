"""Plays every fault of the printer twin in virtual time and writes down what comes of it, as firmware/docs/
printer-faults.md: `python -m tools.docs [--check]`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import takewhile
from pathlib import Path

from firmware.delivery.ledger import FILE
from firmware.delivery.records import Entry, Step, read
from hal.ports.indicator import Signal
from hal.sim import virtual_time
from hal.sim.printer_faults import FAULTS, Fault
from hal.sim.words import parse
from tools.bench.site import Setting
from tools.bench.trace import Line, Of
from tools.bench.world import World

PAGE = Path(__file__).parents[2] / "firmware" / "docs" / "printer-faults.md"
SEED = 1
HORIZON = 86_400.0

INTRODUCTION = """\
# What a station makes of everything that a printer does wrong

Written by `python -m tools.docs`, which plays each fault of the printer twin (`hal/sim/printer_faults.py`) against the
station as it is and a real edge mesh, in virtual time; a test keeps it fresh. Do not edit.

Somebody prints three pages. The fault is there before they tap, or it comes while page 2 is being made. Nobody answers
what the station asks: that is the worst case, and where a question stands, their word would have settled it. Five
minutes later the printer is put right, and nothing else is done.

**On paper** is what really came out, however the printer calls it. **The person** gets what stands there, one after the
other: the signal, and where there is a screen the key of a picture and these words ([all of them](telling.md)); what
goes with every print, from `reading` to `printing` and `ready`, is left out. **Ledger** is the station's last entry of
the release: its step, outcome, code, and how many pages are known to be out. **Mesh** is where the job then stands, by
the mesh's own account: `held` can be released again, `unknown` waits for a person's word, `printed` is gone for ever.
"""

ASKED = "submit 3 pages as ada"
TAP = "tap 04a1b2c3"
PRINTING = "wait 2500ms"
"""Page 1 is out by then, and page 2 is not."""

BEFORE: dict[str, tuple[str, ...]] = {
    "no-two-sided": ("submit 3 pages two-sided as ada",),
    "counts-sheets": ("submit 3 pages two-sided as ada",),
}
"""What is submitted, where the usual would not show the fault."""
WITH: dict[str, tuple[str, ...]] = {
    "jam-loses-page": ("jam at page 2",),
    "cut-aborts": ("printer cuts after 100 bytes",),
    "cut-waits": ("printer cuts after 100 bytes",),
    "off-numbers-on": ("printer off",),
    "off-remembers": ("printer off",),
}
"""What has to happen besides, for the fault to show."""
THEN: dict[str, tuple[str, ...]] = {"ignores-cancel": (PRINTING, "cancel")}
"""What the person does besides."""
PASSING = (Signal.READING.value, Signal.GOOD.value, Signal.PRINTING.value, Signal.READY.value)
ALSO_MENDED = ("printer on", "clear jam")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one fault."""

    fault: Fault
    paper: str
    person: str
    ledger: str
    mesh: str

    @property
    def is_plain(self) -> bool:
        """Whether it went as if nothing were wrong."""
        return (self.paper, self.person, self.ledger) == ("pages 1, 2, 3", "`done`", "printed, 3 out")

    @property
    def line(self) -> str:
        cells = (f"`{self.fault.name}`", self.fault.truth, self.paper, self.person, self.ledger, self.mesh)
        return f"| {' | '.join(cells)} |"


def page() -> str:
    """The whole document."""
    return "\n".join([INTRODUCTION, *_chapter("Before the tap", early=True), *_chapter("While it prints", early=False)])


def _chapter(title: str, *, early: bool) -> Iterator[str]:
    yield f"## {title}\n"
    if not early:
        yield "Faults that are not named here make no difference any more.\n"
    yield "| fault | what it is | on paper | the person | ledger | mesh |"
    yield "|---|---|---|---|---|---|"
    for fault in FAULTS:
        came = outcome(fault, early=early)
        if early or not came.is_plain:
            yield came.line
    yield ""


@cache
def outcome(fault: Fault, *, early: bool) -> Outcome:
    """Play one fault that is there before the tap, or comes while page 2 is being made."""
    return virtual_time.run(_played(fault, early=early), timeout=HORIZON)


async def _played(fault: Fault, *, early: bool) -> Outcome:
    world = World(SEED, Setting())
    await world.begin()
    try:
        broken = (fault.words, *WITH.get(fault.name, ()))
        script = (*broken, TAP) if early else (TAP, PRINTING, *broken)
        for words in (*BEFORE.get(fault.name, (ASKED,)), *script, *THEN.get(fault.name, ()), "wait 5m"):
            await world.do(parse(words))
        for words in (fault.mend, *ALSO_MENDED, "wait 5m"):
            await world.do(parse(words))
        return _told(world, fault)
    finally:
        await world.aclose()


def _told(world: World, fault: Fault) -> Outcome:
    sheets = [sheet.page for sheet in world.printer.sheets()]
    paper = f"page{'s' * (len(sheets) > 1)} {', '.join(map(str, sheets))}" if sheets else "nothing"
    (state,) = world.site.states().values()
    out = f", {state.pages_out} out" if state.pages_out else ""
    entries = list(read(world.box.storage.read(FILE) or b"").entries.values())
    ledger = _entry(entries[-1]) if entries else "nothing: the mesh was not asked"
    return Outcome(fault, paper, "; ".join(_seen(world.trace.lines)), ledger, f"{state.phase}{out}")


def _seen(lines: Sequence[Line]) -> Iterator[str]:
    """Each signal with what the screen says; what every print shows is left out, and so are repetitions."""
    before = ""
    for place, line in enumerate(lines):
        if line.of is not Of.LIGHT or line.text in PASSING:
            continue
        captions = takewhile(lambda later: later.of is Of.SCREEN, lines[place + 1 :])
        shown = " ".join((f"`{line.text}`", *(caption.text for caption in captions)))
        if shown != before:
            yield shown
            before = shown


def _entry(entry: Entry) -> str:
    words = [entry.step.value, entry.outcome.value if entry.outcome else "", f"`{entry.code}`" if entry.code else ""]
    counted = f"{entry.pages} out" if entry.pages is not None else ""
    return ", ".join(word for word in (*words, counted) if word and word != Step.REPORTED)
