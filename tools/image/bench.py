"""How long the image takes to be ready, and how much room, beside a bare Debian of the same packages.

Starts alternate, so that whatever else the machine does meets both. Beside the clock stands the processor time of QEMU
up to the same moment, which another load changes much less.
"""

import os
import re
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.image import bare, probe
from tools.image.disk import IMAGE
from tools.image.firmware_twin import FirmwareTwin
from tools.image.rig import BOARD, LONGEST, READY, new_card
from tools.image.workplace import Workplace

MOST_RATIO, MOST_PACKED, MOST_RESIDENT = 1.3, 220, 220
"""The goals: of the clock, in MB of a million bytes, in MiB."""
ASKED = {"memory": "cat /proc/meminfo", "sync": "sync"}


@dataclass(frozen=True, slots=True)
class System:
    """What is started: its workplace, the unit that tells that it is ready, and the words by which it does."""

    name: str
    place: Workplace
    unit: str
    ready: str


@dataclass(frozen=True, slots=True)
class Start:
    """One of them: seconds by the clock and of processors until it was ready, KiB in use then."""

    clock: float
    processor: float
    resident: int


def start(system: System, card: Path) -> Start:
    """Boot the card once. Raises `ImageError`."""
    words = f"systemd.default_device_timeout_sec=1800 {probe.words(ASKED, after=system.unit)}"
    with FirmwareTwin(system.place, card, BOARD).boot("bench", words=words) as machine:
        machine.wait(system.ready, LONGEST)
        clock, processor = machine.seconds(), processor_seconds(machine.process.pid)
        said = probe.answers(machine, LONGEST)
    return Start(clock, processor, resident(said["memory"]))


def measured(ours: System, other: System, times: int, tell: Callable[[str], None]) -> dict[str, list[Start]]:
    """So many starts of each, alternately, after one of ours that does not count: on a new card it has more to do, and
    the other one has nothing of its own there. Raises `ImageError`."""
    cards = {one.name: new_card(one.place, name="bench.img") for one in (ours, other)}
    found: dict[str, list[Start]] = {one.name: [] for one in (ours, other)}
    try:
        tell(_told("new card", start(ours, cards[ours.name])))
        for _ in range(times):
            for one in (other, ours):
                found[one.name].append(start(one, cards[one.name]))
                tell(_told(one.name, found[one.name][-1]))
    finally:
        for card in cards.values():
            card.unlink(missing_ok=True)
    return found


def _told(name: str, one: Start) -> str:
    return f"{name:8} {one.clock:6.1f} s, {one.processor:6.1f} s of processors"


def bench(place: Workplace, epoch: int, times: int, tell: Callable[[str], None]) -> bool:
    """Measure, tell, and say whether every goal was met. Raises `ImageError`."""
    other = bare.make_bare(place, epoch)
    found = measured(
        System("lockgate", place, "lockgate.service", READY), System("bare", other, bare.UNIT, bare.READY), times, tell
    )
    sizes = [(one.out / f"{IMAGE}.zst").stat().st_size for one in (place, other)]
    verdicts = report(found["lockgate"], found["bare"], (sizes[0], sizes[1]))
    for words, _ in verdicts:
        tell(words)
    return all(is_met for _, is_met in verdicts)


def report(ours: Sequence[Start], other: Sequence[Start], sizes: tuple[int, int]) -> list[tuple[str, bool]]:
    """Lines with figures, ours beside the bare system's, and whether the goal of each was met; medians of several."""
    clock, processor = (medians(ours, other, name) for name in ("clock", "processor"))
    memory = [kib / 1024 for kib in medians(ours, other, "resident")]
    packed = [size / 1e6 for size in sizes]
    ratio = clock[0] / clock[1]
    return [
        (_line("start to ready", "s", clock, f"{ratio:.2f}, at most {MOST_RATIO}"), ratio <= MOST_RATIO),
        (_line("by processors", "s", processor, f"{processor[0] / processor[1]:.2f}"), True),
        (_line("memory in use", "MiB", memory, f"at most {MOST_RESIDENT}"), memory[0] <= MOST_RESIDENT),
        (_line("image, packed", "MB", packed, f"at most {MOST_PACKED}"), packed[0] <= MOST_PACKED),
    ]


def medians(ours: Sequence[Start], other: Sequence[Start], name: str) -> tuple[float, float]:
    """Of one field of both."""
    one, two = ([getattr(start, name) for start in starts] for starts in (ours, other))
    return statistics.median(one), statistics.median(two)


def resident(meminfo: str) -> int:
    """KiB that programs and the kernel hold, by /proc/meminfo: what is not available to others."""
    sizes = {name: int(size) for name, size in re.findall(r"^(\w+): +(\d+) kB", meminfo, re.MULTILINE)}
    return sizes["MemTotal"] - sizes["MemAvailable"]


def processor_seconds(pid: int) -> float:
    """That a process of this machine has used, by /proc/PID/stat (proc(5): utime and stime)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _line(what: str, unit: str, sizes: Sequence[float], goal: str) -> str:
    return f"{what:15} {sizes[0]:7.1f} {unit:3}  bare {sizes[1]:7.1f} {unit:3}  {goal}"
