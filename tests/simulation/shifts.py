"""Shifts: what happens to a station between morning and evening, drawn from a seed, and the quiet evening after it."""

import random
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from hal.sim.random_source import stream
from hal.sim.words import parse
from tests.simulation.invariants import check, check_the_record_is_whole
from tools.bench import deeds
from tools.bench.site import CannotDoError, Setting
from tools.bench.world import World
from tools.edgemesh.storage.records import Phase

PEOPLE = {"anna": "04a1b2c3", "bert": "04d4e5f6", "zoe": "04778899"}
DAILY = (
    *(f"tap {badge}" for badge in PEOPLE.values()),
    *(f"tap {badge}" for badge in PEOPLE.values()),
    *(f"submit {pages} pages as {name}" for name in PEOPLE for pages in (1, 3)),
    "submit 12 pages as anna",
    "tap 04ffffff",
    "garble tap",
    "choose 1",
    "choose 2",
    "choose all",
    "choose all",
    "cancel",
    "log out",
    "wait 100ms",
    "wait 3s",
    "wait 3s",
    "wait 12s",
    "wait 31s",
    "wait 5m",
)
FAULTS: dict[str, tuple[str, ...]] = {
    "reader": ("unplug reader", "plug reader"),
    "paper": ("jam", "jam at page 2", "clear jam", "paper out", "paper in", "cover open", "cover closed"),
    "supplies": (
        *("tray 1 has 1 sheets", "output takes 1 sheets", "output full", "output emptied", "toner out", "toner in"),
        *("printer says marker-waste-full-error", "printer says paused", "printer behaves"),
    ),
    "printer power": ("printer off", "printer on", "printer numbers on", "printer remembers jobs"),
    "printer manners": (
        *("printer sleeps 20s", "printer warms up 30s", "printer answers in 2s", "printer takes one job"),
        *("printer stuck incoming", "printer ignores cancel", "printer busy", "cancel", "printer behaves"),
    ),
    "counting": ("printer counts never", "printer counts zero", "printer counts sheets", "printer behaves"),
    "abilities": (
        *("printer lacks pdf", "printer lacks page-ranges", "printer lacks two-sided", "printer lacks job-uuids"),
        *("printer lacks events", "cancel", "jam at page 2", "clear jam", "printer behaves"),
    ),
    "answers": (
        *("printer silent", "printer hangs up", "printer html", "printer endless", "printer behaves"),
        *("printer silent after document", "printer hangs up after document"),
    ),
    "upload": ("printer cuts after 90000 bytes", "printer cuts after 1100000 bytes", "printer refuses application/pdf"),
    "printer words": ("printer malformed", "printer changes certificate", "printer behaves"),
    "network": ("cut network", "restore network"),
    "mesh words": (
        "mesh silent",
        "mesh html",
        "mesh foreign certificate",
        "slow mesh 3s",
        "slow mesh 12s",
        "mesh behaves",
    ),
    "bodies": (
        "mesh cuts after 600000 bytes",
        "mesh cuts after 0 bytes",
        "mesh flips byte 1048600",
        "mesh adds 5 bytes",
    ),
    "disk": ("disk full", "disk failing", "disk read-only", "disk ok"),
    "station": ("kill station", "cut power", "start station", "start station"),
    "mesh": ("kill mesh", "start mesh"),
    "parts": tuple(f"{verb} {part} part" for verb in ("withdraw", "restore") for part in ("job", "node", "org")),
}
LIES = (
    *("printer lies completed", "printer drops document", "printer loses jammed pages", "printer counts twice"),
    *("printer ignores page-ranges", "jam at page 2", "clear jam", "cancel", "printer behaves"),
)
"""What makes a printer claim pages that nobody will ever see: no station can know better."""
MENDS = (
    *("printer behaves", "clear jam", "paper in", "cover closed", "printer on", "disk ok", "plug reader"),
    *("tray 1 has 500 sheets", "toner in", "output emptied", "media in"),
    *("restore network", "mesh behaves", "start mesh", "restore job part", "restore node part", "restore org part"),
    *("start station", "kill station", "start station"),  # a disk that failed is trusted again by a new process only
)


@dataclass(frozen=True, slots=True)
class Deed:
    """One command; `gap` seconds later comes the next one, or once the station has answered when it is None. With
    `power_in`, the power goes at that write to the disk from now."""

    words: str
    gap: float | None = None
    power_in: int = 0


def shift(seed: int, length: int, *, lies: bool = False) -> list[Deed]:
    """At least so many deeds. Each seed knows only some kinds of faults, or none would get deep (swarm testing)."""
    chance = stream(seed, "shift")
    kinds = chance.sample(sorted(FAULTS), chance.randint(0, 5))
    faults = [words for kind in kinds for words in FAULTS[kind]] + list(LIES if lies else ())
    drawn: list[Deed] = []
    while len(drawn) < length:
        if chance.random() < 0.4:
            drawn += _visit(chance, faults, cuts_power="station" in kinds)
        else:
            drawn.append(_deed(chance, chance.choice(faults if faults and chance.random() < 0.4 else DAILY)))
    return drawn


def _visit(chance: random.Random, faults: list[str], *, cuts_power: bool) -> Iterator[Deed]:
    """Somebody submits, taps and chooses, and most of the time something happens just then."""
    name = chance.choice(list(PEOPLE))
    yield Deed(f"submit {chance.choice((1, 2, 3, 12))} pages as {name}")
    if faults and chance.random() < 0.4:
        yield _deed(chance, chance.choice(faults))
    power_in = chance.randint(1, 6) if cuts_power and chance.random() < 0.3 else 0
    yield Deed(f"tap {PEOPLE[name]}", round(chance.random() * 0.06, 4), power_in)
    yield Deed("choose all", round(chance.random() ** 4, 4))
    for _ in range(chance.randint(0, 3) if faults else 0):
        yield _deed(chance, chance.choice(faults))
    yield Deed(chance.choice(("wait 1s", "wait 8s", "wait 1m", "wait 5m")))


def _deed(chance: random.Random, words: str) -> Deed:
    return Deed(words, round(chance.random() ** 3, 4) if chance.random() < 0.5 else None)


async def live(seed: int, deeds_: list[Deed], *, auto_release: bool, honest_printer: bool = True) -> World:
    """Do all of it in a world of that seed, with the invariants checked after each deed; then a quiet evening, in which
    everything works again: then nothing is on its way any more, and everything held prints at its owner's tap."""
    world = World(seed, Setting(PEOPLE, auto_release=auto_release))
    await world.begin()
    try:
        for deed in deeds_:
            await _do(world, deed)
            check(world, honest_printer=honest_printer)
        await _evening(world, honest_printer=honest_printer)
    finally:
        await world.aclose()
    return world


async def _do(world: World, deed: Deed) -> None:
    if deed.power_in:
        world.box.storage.cut_power_in(deed.power_in)
    command = parse(deed.words)
    if deed.gap is None:
        await world.do(command)
        return
    with suppress(CannotDoError):
        await deeds.perform(world, command)
    await world.clock.sleep(deed.gap)


async def _evening(world: World, *, honest_printer: bool) -> None:
    for words in MENDS:
        await world.do(parse(words))
    await world.do(parse("wait 20m"))
    check(world, honest_printer=honest_printer)
    phases = {state.phase for state in world.site.states().values()}
    assert Phase.RELEASED not in phases, "still on its way"
    assert world.box.indicator.lit == "ready"
    for badge in PEOPLE.values():
        for words in (f"tap {badge}", "choose all", "wait 30m"):
            await world.do(parse(words))
    check(world, honest_printer=honest_printer)
    check_the_record_is_whole(world)
    left = {state.phase for state in world.site.states().values()}
    assert left <= {Phase.PRINTED, Phase.UNKNOWN}, f"held, and a tap does not print it: {left}"
