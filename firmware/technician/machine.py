"""How the machine does: room on its storage, who can read it, warmth, memory. From files that a test can lay out."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from firmware.technician.told import told
from hal.ports.finding import Finding

MIB = 2**20
LEAST_BYTES, SCARCE_BYTES = 32 * MIB, 256 * MIB
"""Free, below which the station's files may not be written any more, and below which somebody should look."""
LEAST_INODES = 100
HOT, WARM = 90.0, 80.0
"""Degrees Celsius where the zone itself names no critical one: most boards slow down from 80 to 85 on."""
MARGIN = 5.0
"""Degrees below the critical one."""
LEAST_MEMORY, SCARCE_MEMORY = 48 * MIB, 128 * MIB
"""Available, as the kernel estimates it."""

PLACES = {
    "tpm": told(
        "what this box keeps is encrypted with a key that its TPM seals: a card that is taken out opens nowhere else, "
        "the whole box still does"
    ),
    "otp": told(
        "what this box keeps is encrypted with a key made of a secret burnt into its board: a card that is taken out "
        "opens nowhere else, the whole box still does"
    ),
    "card": told(
        "what this box keeps is encrypted with a key that lies on the same card: whoever has the card can open it"
    ),
}
"""Where the key of the data partition lives (images/docs/adr/0006), and what that is worth."""


@dataclass(frozen=True, slots=True)
class Machine:
    """Where to look."""

    data_dir: Path
    thermal: Path = Path("/sys/class/thermal")
    meminfo: Path = Path("/proc/meminfo")
    key: Path = Path("/run/lockgate-data/place")
    """Where the image says at each start where the key of what the box keeps lives; missing on other systems."""

    def findings(self) -> tuple[Finding, ...]:
        """A line for each thing, whether or not it is well."""
        return (*self.storage(), *self.keeping(), *self.temperature(), *self.memory())

    def storage(self) -> Iterator[Finding]:
        """Of the station's directory, or of what it will be made in."""
        place = next((place for place in (self.data_dir, *self.data_dir.parents) if place.exists()), Path("/"))
        try:
            room = os.statvfs(place)
        except OSError as exc:
            remedy = told("look at station.data_dir, and mount its medium")
            yield Finding("storage", f"{place}: {exc.strerror}", remedy)
            return
        if room.f_flag & os.ST_RDONLY:
            remedy = told("look into the kernel's log (dmesg) for errors of the medium; a card that fails is replaced")
            yield Finding("storage", told("%(place)s is read-only", place=self.data_dir), remedy)
        elif not os.access(place, os.W_OK):
            problem = told("%(place)s may not be written", place=self.data_dir)
            yield Finding("storage", problem, told("ask as the station's own user, or as root"))
        free, inodes = room.f_bavail * room.f_frsize, room.f_favail
        said = told("%(mib)s MiB are free at %(place)s", mib=free // MIB, place=self.data_dir)
        if free < LEAST_BYTES or (room.f_files and inodes < LEAST_INODES):
            yield Finding("storage", said, told("make room: du -x -d2 / | sort -n, journalctl --vacuum-size=50M"))
        elif free < SCARCE_BYTES:
            yield Finding("storage", said, told("make room soon: journalctl --vacuum-size=50M"), serious=False)
        else:
            yield Finding("storage", said, "", serious=False)

    def keeping(self) -> Iterator[Finding]:
        """What protects the storage from somebody who has it in hand. Nothing is said where nobody knows."""
        place = _text(self.key)
        if place in PLACES:
            remedy = (
                told("lock the box away; with a TPM, a factory reset puts the key there") if place == "card" else ""
            )
            yield Finding("storage", PLACES[place], remedy, serious=False)

    def temperature(self) -> Iterator[Finding]:
        """Of every zone that tells it."""
        zones = sorted(self.thermal.glob("thermal_zone*"))
        measured = [(zone, degrees) for zone in zones if (degrees := _degrees(zone / "temp")) is not None]
        for zone, degrees in measured:
            name = _text(zone / "type") or zone.name
            critical = _critical(zone)
            limit = HOT if critical is None else critical - MARGIN
            said = f"{name}: {degrees:.0f} °C"
            if degrees >= limit:
                yield Finding("temperature", said, told("give it air, away from the printer's exhaust"))
            elif degrees >= min(WARM, limit):
                yield Finding(
                    "temperature",
                    told("%(reading)s, warm", reading=said),
                    told("look at its place and case"),
                    serious=False,
                )
            else:
                yield Finding("temperature", said, "", serious=False)
        if not measured:
            yield Finding("temperature", told("this machine does not tell it"), "", serious=False)

    def memory(self) -> Iterator[Finding]:
        """What is available to programs."""
        free, total = _memory(_text(self.meminfo))
        if free is None or total is None:
            yield Finding("memory", told("this machine does not tell it"), "", serious=False)
            return
        said = told("%(free)s of %(all)s MiB are available", free=free // MIB, all=total // MIB)
        remedy = told("see which program has it: ps --sort=-rss -eo rss,comm | head; restart the kiosk")
        if free < LEAST_MEMORY:
            yield Finding("memory", said, remedy)
        else:
            yield Finding("memory", said, remedy if free < SCARCE_MEMORY else "", serious=False)


def _critical(zone: Path) -> float | None:
    """The lowest temperature at which the kernel would switch the machine off."""
    points = (point for point in zone.glob("trip_point_*_type") if _text(point) == "critical")
    found = (_degrees(point.with_name(point.name.replace("_type", "_temp"))) for point in points)
    return min((degrees for degrees in found if degrees is not None and degrees > 0), default=None)


def _degrees(file: Path) -> float | None:
    text = _text(file)
    digits = text.removeprefix("-")
    return int(text) / 1000 if digits.isascii() and digits.isdecimal() and len(digits) < 8 else None


def _memory(text: str) -> tuple[int | None, int | None]:
    """MemAvailable and MemTotal of proc_meminfo(5), in bytes."""
    rows = (line.split() for line in text.splitlines())
    known = {row[0]: int(row[1]) * 1024 for row in rows if len(row) == 3 and row[1].isdecimal()}
    return known.get("MemAvailable:"), known.get("MemTotal:")


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""
