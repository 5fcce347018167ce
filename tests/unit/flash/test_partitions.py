"""The FAT partition by the partition table."""

import struct
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.flash.errors import FlashError
from tools.flash.partitions import Partition, parse_mbr, site_partition


def table(*entries: tuple[int, int, int]) -> bytes:
    """A sector with these entries: kind, first sector, sectors."""
    packed = b"".join(struct.pack("<4xB3xII", kind, start, count) for kind, start, count in entries)
    return bytes(446) + packed.ljust(64, b"\0") + b"\x55\xaa"


def test_the_first_of_fat() -> None:
    found = site_partition(table((0x83, 63, 10), (0x0E, 2048, 32768), (0x0C, 40960, 5)))
    assert found == Partition(0x0E, 1024 * 1024, 16 * 1024 * 1024)


def test_empty_entries_are_none() -> None:
    assert parse_mbr(table((0, 2048, 5), (0x0C, 0, 5), (0x0C, 5, 0))) == ()


@pytest.mark.parametrize("start", [b"", bytes(512), table()[:511], table((0xEE, 1, 100)), table((0x83, 2048, 5))])
def test_none_to_write_to(start: bytes) -> None:
    with pytest.raises(FlashError) as caught:
        site_partition(start)
    assert caught.value.code == "provisioning-unwritten"


@settings(deadline=None)
@given(st.binary(max_size=600))
def test_any_bytes(raw: bytes) -> None:
    for start in (raw, raw.ljust(510, b"\0")[:510] + b"\x55\xaa"):
        with suppress(FlashError):
            assert all(one.start > 0 and one.size > 0 for one in parse_mbr(start))
