"""The shipped image on the one real board that QEMU has: a Raspberry Pi 3B, with its own device tree and card reader.

It has no clock, no network but a USB adapter, and a single USB port with a hub. Nobody can tap there: in QEMU's twin of
that port a keyboard times out when it is reset, and no serial adapter appears either.
"""

import re
from dataclasses import dataclass

import pytest

from tests.image.boxes import PLACE, assert_in_order, boot
from tools.image import probe
from tools.image.firmware_twin import SERIAL
from tools.image.hall import hall
from tools.image.machine import Board
from tools.image.rig import AWAKE, JOINED, LONGEST, READY
from tools.image.visit import READER

PI3 = Board(machine="raspi3b")
UNWATCHED = "systemd.watchdog_sec=0"
"""QEMU's twin of the board's watchdog starts the board again in the moment in which it is set."""
ASKED = {**probe.FEW, "mounts": probe.QUESTIONS["mounts"], "model": "cat /proc/device-tree/model; echo"}


@dataclass(frozen=True)
class Box:
    """A station that has joined and waits for somebody: what it said, and what the probe saw in it."""

    serial: str
    said: dict[str, str]


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Box:
    with hall(PLACE, tmp_path_factory.mktemp("site")) as there:
        card = there.card("pi3", (READER,))
        words = f"{UNWATCHED} {probe.words(ASKED, line=SERIAL[PI3.machine])}"
        with boot(card, "pi3", PI3, words=words) as machine:
            for sign in (READY, JOINED, AWAKE):
                machine.wait(sign, LONGEST)
            return Box(machine.serial, probe.answers(machine, LONGEST))


def test_slot_and_root_are_found_on_the_boards_own_card(box: Box) -> None:
    assert "initramfs: slot A, root /dev/mmcblk0p5" in box.serial
    assert "Raspberry Pi 3 Model B" in box.said["model"]
    for place in ("/data", "/var/lib/lockgate", "/etc/lockgate"):
        assert re.search(rf"^/dev/mapper/data {place} ext4 ", box.said["mounts"], re.MULTILINE), place


def test_it_joins_the_mesh_without_a_clock_and_asks_for_a_badge(box: Box) -> None:
    assert re.search(JOINED, box.serial)
    assert re.search(AWAKE, box.serial)


def test_all_is_in_order(box: Box) -> None:
    assert_in_order(box.said)
