"""Linux's disks, as /sys/block, /proc/self/mountinfo and /proc/swaps tell of them; nothing is opened."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.flash.disks import Disk

SECTOR = 512
"""What /sys/block/*/size counts in, whatever the disk's own sectors are."""
_SYSTEM_MOUNTS = frozenset({"/", "/boot", "/boot/efi", "/boot/firmware", "/usr", "/var", "/home", "/nix"})
_VIRTUAL = ("ram", "zram", "dm-", "md", "nbd", "sr", "fd", "mtdblock")
_ESCAPE = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class Machine:
    """Where the kernel tells; another root in tests."""

    sys: Path = Path("/sys")
    proc: Path = Path("/proc")
    dev: Path = Path("/dev")

    def disks(self) -> tuple[Disk, ...]:
        """Every disk that is one, removable or not, by name."""
        mounted, swaps = self._mounted(), self._swaps()
        blocks = sorted((self.sys / "block").iterdir()) if (self.sys / "block").is_dir() else []
        return tuple(self._disk(block, mounted, swaps) for block in blocks if not block.name.startswith(_VIRTUAL))

    def _disk(self, block: Path, mounted: dict[str, list[str]], swaps: set[str]) -> Disk:
        parts = [block, *sorted(path.parent for path in block.glob(f"{block.name}*/partition"))]
        places = [place for part in parts for place in self._places(part, mounted)]
        mounts = list(dict.fromkeys(places))
        holders = [holder.name for part in parts for holder in sorted(_inside(part / "holders"))]
        above = [place for name in holders for place in self._above(name, mounted)]
        swapped = [part.name for part in parts if str(self.dev / part.name) in swaps]
        bus, card = _bus(block), block.name.startswith("mmcblk")
        return Disk(
            name=block.name,
            path=str(self.dev / block.name),
            size=_number(block / "size") * SECTOR,
            bus=bus,
            model=" ".join(filter(None, (_text(block / "device" / one) for one in ("vendor", "model", "name")))),
            removable=bus == "usb" or (bus == "sd" and card) or (_number(block / "removable") == 1 and not card),
            read_only=_number(block / "ro") == 1,
            system=bool(_SYSTEM_MOUNTS & {*mounts, *above}) or bool(swapped),
            mounts=tuple(mounts),
            holders=(*holders, *(f"swap on {name}" for name in swapped)),
            mark=f"{_text(block / 'dev')} {_text(block / 'diskseq')} {_text(block / 'device' / 'serial')}",
            zeroes=_number(block / "queue" / "write_zeroes_max_bytes") > 0,
            buffered=str(self.dev / block.name),
        )

    def _above(self, name: str, mounted: dict[str, list[str]], depth: int = 8) -> Iterator[str]:
        """Where what is built upon a disk is mounted: encryption, volumes, arrays."""
        block = self.sys / "block" / name
        yield from self._places(block, mounted)
        for holder in _inside(block / "holders") if depth else ():
            yield from self._above(holder.name, mounted, depth - 1)

    def _places(self, block: Path, mounted: dict[str, list[str]]) -> list[str]:
        """Where a disk, a partition or what is built upon them is mounted."""
        names = (_text(block / "dev"), str(self.dev / block.name), f"{self.dev}/mapper/{_text(block / 'dm' / 'name')}")
        return [place for name in names for place in mounted.get(name, ())]

    def _mounted(self) -> dict[str, list[str]]:
        """Places by device number and by source (proc_pid_mountinfo(5), fields 3, 5 and 10): a file system of many
        disks, such as btrfs, has a number of its own."""
        found: dict[str, list[str]] = {}
        for line in _text(self.proc / "self" / "mountinfo").splitlines():
            fields, _, more = line.partition(" - ")
            head, source = fields.split(" "), [*more.split(" "), "", ""][1]
            if len(head) > 4:
                place = _ESCAPE.sub(lambda code: chr(int(code[1], 8)), head[4])
                for name in (head[2], source):
                    found.setdefault(name, []).append(place)
        return found

    def _swaps(self) -> set[str]:
        return {line.split()[0] for line in _text(self.proc / "swaps").splitlines()[1:] if line.split()}


def _bus(block: Path) -> str:
    """What a disk hangs on, by the devices above it and, of a card, by what it says of itself."""
    if block.name.startswith("loop"):
        return "loop"
    if block.name.startswith("mmcblk"):
        return _text(block / "device" / "type").lower() or "mmc"
    places = block.resolve().parts
    return "usb" if any(re.fullmatch(r"usb\d+", place) for place in places) else block.name.rstrip("0123456789")[:4]


def _inside(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace").strip()
    except OSError:  # not every disk tells everything
        return ""


def _number(path: Path) -> int:
    text = _text(path)
    return int(text) if text.isdecimal() else 0
