"""Which disk the initramfs takes: the one that the firmware started from, whatever else bears the same signature."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tools.image import initramfs
from tools.image.layout import SIGNATURE, Slot

CARD, EMMC = "platform/soc/3f202000.mmc/mmc_host/mmc0/block/mmcblk0", "platform/soc/3f300000.mmc/mmc1/block/mmcblk1"
STICK, OTHER_STICK = "platform/usb/usb1/1-1/1-1.3/host0/block/sda", "platform/usb/usb1/1-1/1-1.2/host1/block/sdb"
SSD = "platform/scb/pci0000:00/nvme/nvme0/nvme0n1"
SD, NETWORK, USB, NVME = 1, 2, 4, 6
"""What the firmware says of the way it came."""


@dataclass(frozen=True)
class Found:
    disk: str
    said: str
    tries: int


@dataclass(frozen=True)
class Start:
    """A kernel with what it has found, in a folder."""

    top: Path

    def __post_init__(self) -> None:
        for name in ("sys/class/block", "dev", "proc/device-tree/chosen/bootloader"):
            (self.top / name).mkdir(parents=True)

    def plug(self, place: str, signature: int = SIGNATURE, partitions: tuple[int, ...] = (1, 2, 3, 5, 6, 7)) -> None:
        """A disk of ours there, or another one."""
        name = place.rpartition("/")[2]
        between = "" if name.startswith("sd") else "p"
        for number in partitions:
            folder = self.top / "sys/devices" / place / f"{name}{between}{number}"
            folder.mkdir(parents=True)
            (folder / "partition").write_text(f"{number}\n")
            (self.top / "sys/class/block" / folder.name).symlink_to(folder)
        (self.top / "sys/class/block" / name).symlink_to(self.top / "sys/devices" / place)
        (self.top / "dev" / name).write_bytes(bytes(440) + signature.to_bytes(4, "little") + bytes(68))

    def came_by(self, mode: int) -> None:
        (self.top / "proc/device-tree/chosen/bootloader/boot-mode").write_bytes(mode.to_bytes(4, "big"))

    def has_card_controller(self) -> None:
        (self.top / "sys/class/mmc_host/mmc0").mkdir(parents=True)

    def chosen(self, slot: Slot = Slot.A) -> Found:
        text = f"top=$1; . {initramfs.FOLDER / 'disk'}; sleep() {{ echo slept >&2; }}; chosen $2 {slot.root}"
        command = ["sh", "-uc", text, "sh", str(self.top), f"{SIGNATURE:08x}"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
        said = [line for line in done.stderr.splitlines() if line != "slept"]
        return Found(done.stdout.strip(), "\n".join(said), done.stderr.count("slept\n"))


@pytest.fixture
def start(tmp_path: Path) -> Start:
    return Start(tmp_path)


@pytest.mark.parametrize("place", [CARD, STICK, SSD, "platform/virtio0/block/vda"])
def test_the_only_one_is_taken_at_once(start: Start, place: str) -> None:
    start.plug(place)
    assert start.chosen() == Found(place.rpartition("/")[2], "", 0)


@pytest.mark.parametrize(
    ("mode", "taken"), [(SD, "mmcblk0"), (USB, "sda"), (NVME, "nvme0n1"), (NETWORK, "mmcblk0"), (None, "mmcblk0")]
)
def test_of_copies_the_one_that_the_firmware_came_by_is_taken_and_told(
    start: Start, mode: int | None, taken: str
) -> None:
    for place in (STICK, SSD, CARD):
        start.plug(place)
    if mode is not None:
        start.came_by(mode)
    found = start.chosen()
    assert (found.disk, found.tries) == (taken, 0)
    others = [name for name in ("mmcblk0", "nvme0n1", "sda") if name != taken]
    assert found.said == f"initramfs: the signature is on {others[0]} {others[1]} too; {taken} is taken"


def test_a_stick_is_not_taken_for_a_card_that_has_not_come(start: Start) -> None:
    start.plug(STICK)
    start.came_by(SD)
    assert start.chosen() == Found("", "", 200)


def test_a_card_is_waited_for_where_it_may_come_and_not_for_ever(start: Start) -> None:
    start.plug(STICK)
    start.has_card_controller()
    assert start.chosen() == Found("sda", "", 50)


def test_of_two_sticks_it_is_the_one_in_the_same_place_whatever_it_is_called(start: Start) -> None:
    start.plug(STICK)
    start.plug(OTHER_STICK)
    found = start.chosen()
    assert found.disk == "sdb"
    assert found.said == "initramfs: the signature is on sda too; sdb is taken"


def test_of_two_cards_it_is_the_first(start: Start) -> None:
    start.plug(EMMC)
    start.plug(CARD)
    assert start.chosen().disk == "mmcblk0"


@pytest.mark.parametrize(("signature", "partitions"), [(0x12345678, (1, 2, 5)), (SIGNATURE, (1, 2))])
def test_a_disk_of_somebody_else_is_none(start: Start, signature: int, partitions: tuple[int, ...]) -> None:
    start.plug(CARD, signature, partitions)
    start.plug(STICK)
    assert start.chosen() == Found("sda", "", 0)


def test_each_partition_is_of_that_disk(start: Start) -> None:
    start.plug(STICK)
    start.plug(CARD)
    command = f"top={start.top}; . {initramfs.FOLDER / 'disk'}; partition mmcblk0 7; partition sda 1; partition sda 9"
    done = subprocess.run(["sh", "-uc", command], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.split() == ["/dev/mmcblk0p7", "/dev/sda1"]


def test_init_takes_every_partition_from_the_disk_that_was_chosen() -> None:
    text = (initramfs.FOLDER / "init").read_text()
    assert ". /disk\n" in text
    assert "/sys/class/block" not in text
    assert text.count('$(partition "$disk" ') == text.count("$(partition ") == 3
