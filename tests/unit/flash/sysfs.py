"""A tree as /sys, /proc and /dev are, with the disks that a test wants."""

from pathlib import Path

from tools.flash.linux import Machine


class Tree:
    """Disks are added by where they hang; `mount` and `swap` as the kernel tells of them."""

    def __init__(self, root: Path) -> None:
        self.machine = Machine(root / "sys", root / "proc", root / "dev")
        (root / "sys" / "block").mkdir(parents=True)
        (root / "proc" / "self").mkdir(parents=True)
        self._root, self._mounts, self._swaps = root, [""], ["Filename Type Size Used Priority"]
        self._write()

    def disk(self, name: str, number: str, above: str, size: int = 62_333_952, **told: str) -> Path:
        """`above` are the devices that it hangs on; `told` are files of its, with `__` for a slash."""
        place = self._root / "sys" / "devices" / above / "block" / name
        for path, text in {"dev": number, "size": str(size), "ro": "0", "removable": "0", **told}.items():
            file = place / path.replace("__", "/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"{text}\n")
        (self._root / "sys" / "block" / name).symlink_to(place)
        return place

    def part(self, disk: Path, name: str, number: str) -> Path:
        part = disk / name
        part.mkdir()
        (part / "partition").write_text("1\n")
        (part / "dev").write_text(f"{number}\n")
        return part

    def hold(self, part: Path, name: str) -> None:
        (part / "holders" / name).mkdir(parents=True)

    def mount(self, number: str, place: str, source: str = "/dev/x") -> None:
        escaped = place.replace(" ", "\\040")
        self._mounts.append(f"26 1 {number} / {escaped} rw,relatime shared:1 - ext4 {source} rw")
        self._write()

    def swap(self, name: str) -> None:
        self._swaps.append(f"{self._root}/dev/{name} partition 1 0 -2")
        self._write()

    def _write(self) -> None:
        (self._root / "proc" / "self" / "mountinfo").write_text("\n".join(self._mounts))
        (self._root / "proc" / "swaps").write_text("\n".join(self._swaps) + "\n")
