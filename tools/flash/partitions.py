"""Where on a disk the FAT partition is that people and tools can write to, by the partition table (MBR)."""

from dataclasses import dataclass

from tools.flash.errors import FlashError

SECTOR = 512
_TABLE, _ENTRY, _SIGNATURE = 446, 16, b"\x55\xaa"
_FAT = frozenset({0x01, 0x04, 0x06, 0x0B, 0x0C, 0x0E})


@dataclass(frozen=True, slots=True)
class Partition:
    """`kind` is the type byte; `start` and `size` in bytes."""

    kind: int
    start: int
    size: int


def parse_mbr(start: bytes) -> tuple[Partition, ...]:
    """The four entries that are used, in their order. Raises `FlashError` provisioning-unwritten."""
    if len(start) < SECTOR or start[510:512] != _SIGNATURE:
        raise FlashError("there is no partition table", code="provisioning-unwritten")
    entries = (start[at : at + _ENTRY] for at in range(_TABLE, _TABLE + 4 * _ENTRY, _ENTRY))
    found = (
        Partition(
            entry[4], int.from_bytes(entry[8:12], "little") * SECTOR, int.from_bytes(entry[12:16], "little") * SECTOR
        )
        for entry in entries
    )
    return tuple(one for one in found if one.kind and one.start and one.size)


def site_partition(start: bytes) -> Partition:
    """The first of FAT: where the site's file goes. Raises `FlashError` provisioning-unwritten."""
    for one in parse_mbr(start):
        if one.kind in _FAT:
            return one
    raise FlashError("there is no FAT partition for the site's settings", code="provisioning-unwritten")
