"""The shipped image on the one real board that QEMU has: a Raspberry Pi 3B, with its own device tree and card reader.

It has no clock, no network but a USB adapter, and a single USB port with a hub: the badge reader's serial adapter is
behind that too. A keyboard cannot be: QEMU's twin of the port times out when it is reset.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.image.boxes import PLACE, assert_in_order, boot, serial_line
from tools.image import probe
from tools.image.firmware_twin import SERIAL
from tools.image.hall import hall
from tools.image.machine import Board
from tools.image.rig import AWAKE, JOINED, LONGEST, PRINTED, READY
from tools.peers.wires import tcp_reader

UNWATCHED = "systemd.watchdog_sec=0"
"""QEMU's twin of the board's watchdog starts the board again in the moment in which it is set."""
ASKED = {**probe.FEW, "mounts": probe.QUESTIONS["mounts"], "model": "cat /proc/device-tree/model"}
BADGE = "7301948265"


@dataclass(frozen=True)
class Box:
    """A station that was visited: what the probe saw in it, what it said, what was sent, and what was printed."""

    serial: str
    said: dict[str, str]
    document: Path
    printed: list[bytes]


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    with hall(PLACE, tmp_path_factory.mktemp("site")) as there, tcp_reader() as reader:
        ada = there.person("ada", BADGE)
        document = there.sent(ada, "letter")
        card = there.card("pi3", ("serial:///dev/ttyUSB0",))
        board = Board(machine="raspi3b", devices=serial_line(reader))
        words = f"{UNWATCHED} {probe.words(ASKED, line=SERIAL[board.machine])}"
        with boot(card, "pi3", board, words=words) as machine:
            machine.wait(READY, LONGEST)
            said = probe.answers(machine, LONGEST)
            machine.wait(JOINED, LONGEST)
            machine.wait(AWAKE, LONGEST)
            reader.tap(BADGE)
            machine.wait(PRINTED, LONGEST)
            serial = machine.serial
        yield Box(serial, said, document, there.printed())


def test_slot_and_root_are_found_on_the_boards_own_card(box: Box) -> None:
    assert "initramfs: slot A, root /dev/mmcblk0p5" in box.serial
    assert "Raspberry Pi 3 Model B" in box.said["model"]
    for place in ("/data", "/var/lib/lockgate", "/etc/lockgate"):
        assert re.search(rf"^/dev/mapper/data {place} ext4 ", box.said["mounts"], re.MULTILINE), place


def test_it_pairs_without_a_clock_and_prints_byte_for_byte(box: Box) -> None:
    assert box.printed == [box.document.read_bytes()]


def test_all_is_in_order(box: Box) -> None:
    assert_in_order(box.said)
