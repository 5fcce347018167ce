"""Which disks are offered, and which refused."""

from dataclasses import replace

import pytest

from tools.flash.disks import Disk, chosen, require_writable
from tools.flash.errors import FlashError

CARD = Disk("sdb", "/dev/sdb", 32_000_000_000, "usb", "Generic Reader", removable=True, buffered="/dev/sdb")


def refusal(disk: Disk, least: int = 0) -> str:
    with pytest.raises(FlashError) as caught:
        require_writable(disk, least)
    return caught.value.code


def test_a_card_is_written() -> None:
    require_writable(CARD, CARD.size)
    assert CARD.is_offered


@pytest.mark.parametrize(
    ("disk", "code"),
    [
        (replace(CARD, system=True), "disk-system"),
        (replace(CARD, system=True, removable=False, mounts=("/",)), "disk-system"),
        (replace(CARD, removable=False, bus="nvme"), "disk-fixed"),
        (replace(CARD, size=0), "disk-unknown"),
        (replace(CARD, mounts=("/media/card",)), "disk-mounted"),
        (replace(CARD, holders=("dm-0",)), "disk-busy"),
        (replace(CARD, read_only=True), "disk-read-only"),
    ],
)
def test_what_is_refused(disk: Disk, code: str) -> None:
    assert refusal(disk) == code


def test_one_that_is_too_small() -> None:
    assert refusal(CARD, CARD.size + 1) == "disk-too-small"


def test_a_file_behind_a_loop_is_written_and_not_offered() -> None:
    loop = replace(CARD, name="loop3", bus="loop", removable=False)
    require_writable(loop)
    assert not loop.is_offered


def test_by_name_and_by_path() -> None:
    raw = replace(CARD, name="disk4", path="/dev/rdisk4", buffered="/dev/disk4")
    for name in ("disk4", "/dev/rdisk4", "/dev/disk4"):
        assert chosen((CARD, raw), name) is raw
    with pytest.raises(FlashError) as caught:
        chosen((CARD, raw), "disk")
    assert caught.value.code == "disk-unknown"
