"""A board with two disks that bear the card's signature, such as a copy of the card on a stick: it is on the one that
its firmware came from, and leaves the other as it is.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.image.boxes import PLACE
from tools.image import probe
from tools.image.firmware_twin import FirmwareTwin
from tools.image.machine import Board
from tools.image.rig import LONGEST, PATIENT, READY, new_card

USB_MASS_STORAGE = 4
"""As a boot mode (Raspberry Pi documentation, BOOT_ORDER)."""
WAYS = {"says nothing": (0, "vda"), "came by USB": (USB_MASS_STORAGE, "sda")}
QUESTIONS = {**probe.FEW, "data": "cryptsetup status data", "links": "readlink /run/lockgate-data/*"}


@dataclass(frozen=True)
class Box:
    """The disk that it ought to be on, what it said, and the other disk before and after."""

    disk: str
    serial: str
    said: dict[str, str]
    before: str
    after: str


def digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def stick(file: Path) -> tuple[str, ...]:
    """QEMU's arguments for a disk at USB."""
    drive = f"if=none,id=stick,file={PLACE.inside(file)},format=raw,cache=unsafe"
    return ("-device", "qemu-xhci", "-drive", drive, "-device", "usb-storage,drive=stick")


@pytest.fixture(scope="module", params=WAYS)
def box(request: pytest.FixtureRequest) -> Iterator[Box]:
    mode, disk = WAYS[request.param]
    card, copy = new_card(PLACE, name="two-disks-card.img"), new_card(PLACE, name="two-disks-stick.img")
    other = copy if disk == "vda" else card
    before = digest(other)
    firmware = FirmwareTwin(PLACE, card, Board(devices=stick(copy)), mode)
    with firmware.boot("two-disks", words=f"{PATIENT} {probe.words(QUESTIONS)}") as machine:
        machine.wait(READY, LONGEST)
        said = probe.answers(machine, LONGEST)
        serial = machine.serial
    yield Box(disk, serial, said, before, digest(other))
    card.unlink()
    copy.unlink()


def test_slot_and_data_are_on_the_disk_that_the_firmware_came_from(box: Box) -> None:
    assert f"initramfs: slot A, root /dev/{box.disk}5" in box.serial
    assert f"/dev/{box.disk}7" in box.said["data"]
    assert set(box.said["links"].split()) == {f"/dev/{box.disk}{number}" for number in ("", 1, 7)}
    assert box.said["failed"].strip() == ""


def test_no_byte_of_the_other_is_changed(box: Box) -> None:
    assert box.after == box.before
