"""Which partition of the card lies where. An MBR: the first boot stage of a Pi 3 and a Zero 2 W reads no other."""

from dataclasses import dataclass
from enum import Enum

from tools.image.errors import ImageError

SECTOR = 512
MIB = 2**20
SIGNATURE = 0x4C4F434B
"""Of the disk, at byte 440 of the MBR: the initramfs and RAUC know by it which disk is ours ("LOCK")."""


class Slot(Enum):
    """The two systems that a box has, with the numbers of their boot and root partitions."""

    A = (2, 5)
    B = (3, 6)

    @property
    def boot(self) -> int:
        """FAT: firmware, kernel, initramfs, command line."""
        return self.value[0]

    @property
    def root(self) -> int:
        """squashfs with its verity tree behind it, raw."""
        return self.value[1]

    @property
    def other(self) -> "Slot":
        """Where an update goes."""
        return Slot.B if self is Slot.A else Slot.A


@dataclass(frozen=True, slots=True)
class Partition:
    """`size` in bytes; `kind` as in the MBR; `file` is what it holds at first, none for an empty one."""

    number: int
    name: str
    size: int
    kind: int
    file: str = ""


FAT, FAT16, LINUX = 0x0C, 0x0E, 0x83
PARTITIONS = (
    Partition(1, "autoboot", 16 * MIB, FAT16, "autoboot.vfat"),
    Partition(2, "boot-a", 160 * MIB, FAT, "boot.vfat"),
    Partition(3, "boot-b", 160 * MIB, FAT),
    Partition(5, "root-a", 448 * MIB, LINUX, "root.verity"),
    Partition(6, "root-b", 448 * MIB, LINUX),
    Partition(7, "data", 128 * MIB, LINUX),
)


def offsets() -> dict[int, int]:
    """Where each partition begins, in bytes: one after the other, each at a whole MiB; a logical one has its own
    table in the MiB before it."""
    at, places = MIB, {}
    for partition in PARTITIONS:
        at += MIB if partition.number > 4 else 0
        places[partition.number] = at
        at += partition.size
    return places


def disk_size() -> int:
    """Of the whole image, in bytes."""
    last = PARTITIONS[-1]
    return offsets()[last.number] + last.size


def check_fit(number: int, size: int) -> None:
    """Raises `ImageError` where `size` bytes are more than the partition has."""
    room = next(partition for partition in PARTITIONS if partition.number == number)
    if size > room.size:
        raise ImageError(f"{room.name} has {room.size // MIB} MiB, and {-(-size // MIB)} are needed")


def genimage_config(name: str) -> str:
    """What genimage is told; the files are in its input folder."""
    places = offsets()
    lines = [f"image {name} {{", "  hdimage {", '    partition-table-type = "mbr"', "    extended-partition = 4"]
    lines += [f'    disk-signature = "0x{SIGNATURE:08x}"', "  }"]
    for one in PARTITIONS:
        lines += [f"  partition {one.name} {{", f'    partition-type = "0x{one.kind:02x}"']
        lines += [f'    image = "{one.file}"'] if one.file else []
        lines += [f"    offset = {places[one.number]}", f"    size = {one.size}", "  }"]
    return "\n".join([*lines, "}", ""])
