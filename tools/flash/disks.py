"""A disk as people choose it, and why one is refused: pure rules, the same for every system."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tools.flash.errors import FlashError


@dataclass(frozen=True, slots=True)
class Disk:
    """`name` as people type it (`sdb`, `disk4`), `path` to write to and `buffered` for programs that want a buffered
    one; `size` in bytes, 0 without a medium. `bus` is usb, sd, loop or another. `mounts` are where it is mounted,
    `holders` what else uses it. `removable`: people take it out. `mark` differs when another disk has come in its
    place. `zeroes` whether it writes zeros by itself, and quickly."""

    name: str
    path: str
    size: int
    bus: str
    model: str = ""
    removable: bool = False
    read_only: bool = False
    system: bool = False
    mounts: tuple[str, ...] = ()
    holders: tuple[str, ...] = ()
    mark: str = field(default="", repr=False)
    zeroes: bool = False
    buffered: str = ""

    @property
    def is_offered(self) -> bool:
        """Whether it is listed: something that people take out, with a medium in it."""
        return self.removable and self.size > 0 and not self.system

    def document(self) -> dict[str, object]:
        """For a program that reads the list."""
        return {
            "name": self.name,
            "path": self.path,
            "bytes": self.size,
            "bus": self.bus,
            "model": self.model,
            "mounted": list(self.mounts),
            "read_only": self.read_only,
        }


def chosen(disks: Sequence[Disk], name: str) -> Disk:
    """The disk of that name or path. Raises `FlashError` disk-unknown."""
    for disk in disks:
        if name in (disk.name, disk.path, disk.buffered):
            return disk
    raise FlashError(f"there is no disk {name}", code="disk-unknown")


def require_writable(disk: Disk, least: int = 0) -> None:
    """Raises `FlashError` for a disk that must not be overwritten, or is smaller than `least` bytes. What makes the
    most damage is asked first."""
    if disk.system:
        raise FlashError(f"{disk.name} holds this machine's own system", code="disk-system")
    if not (disk.removable or disk.bus == "loop"):
        raise FlashError(f"{disk.name} ({disk.model or disk.bus}) is built in", code="disk-fixed")
    if disk.size == 0:
        raise FlashError(f"there is no card in {disk.name}", code="disk-unknown")
    if disk.mounts:
        raise FlashError(f"{disk.name} is mounted at {', '.join(disk.mounts)}", code="disk-mounted")
    if disk.holders:
        raise FlashError(f"{disk.name} is in use by {', '.join(disk.holders)}", code="disk-busy")
    if disk.read_only:
        raise FlashError(f"{disk.name} is write-protected", code="disk-read-only")
    if disk.size < least:
        raise FlashError(f"{disk.name} has {disk.size} bytes, the image {least}", code="disk-too-small")
