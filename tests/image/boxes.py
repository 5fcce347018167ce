"""What the tests of the image share: a hall for boxes, a box that boots there, and what none of them may show.

with hall(PLACE, folder) as there:
    ada = there.person("ada", "7301948265")
    document = there.sent(ada, "letter")
    card = there.card("mine", (READER,))
    with boot(card, "mine", words=probe.words()) as machine:
        machine.wait(READY, LONGEST)
        machine.wait(JOINED, LONGEST)
        machine.wait(AWAKE, LONGEST)
        tap(machine, ada.badge)
        machine.wait(PRINTED, LONGEST)
    assert there.printed() == [document.read_bytes()]
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from tools.image import probe
from tools.image.firmware_twin import FirmwareTwin
from tools.image.hall import Card
from tools.image.machine import Board, Machine
from tools.image.rig import LONGEST, PATIENT
from tools.image.sockets import golden, parse_sockets, unexpected
from tools.image.visit import KEYBOARD
from tools.image.workplace import Workplace, default_folder
from tools.peers.wires import TcpPeer

STATE = re.compile(r"lockgate\[\d+\]: .* -> (ready|blocked)")
"""What it says when that changes for want of a printer, too."""
PLACE = Workplace(Path(os.environ.get("IMAGE_WORK", default_folder())))
KEYED = Board(devices=KEYBOARD)
"""The virtual board with a keyboard, which is a reader."""


def boot(card: Card, name: str, board: Board = KEYED, *, words: str = "", tryboot: bool = False) -> Machine:
    """Start a board with the card; its files are in `run/NAME` of the workplace. Raises `ImageError`."""
    twin = FirmwareTwin(PLACE, card.file, board)
    return twin.boot(name, words=f"{PATIENT} {words}".strip(), tryboot=tryboot)


def serial_line(reader: TcpPeer) -> tuple[str, ...]:
    """QEMU's arguments for an adapter whose line leads to the reader."""
    line = f"socket,id=line,host=127.0.0.1,port={urlsplit(reader.uri).port}"
    return ("-chardev", line, "-device", "usb-serial,chardev=line,always-plugged=on")


def wait_for_its_printer(machine: Machine) -> None:
    """Until a box whose printer came later than itself knows that it is there. Raises `ImageError`."""
    machine.until(lambda: STATE.findall(machine.serial)[-1:] == ["ready"] or None, "a printer that can print", LONGEST)


def ask_for_a_restart(machine: Machine) -> None:
    """As the station does after an update, where the probe does it (`probe.RESTART`)."""
    probe.give_sign(machine)
    machine.wait(r"reboot: Restarting system", LONGEST)
    machine.process.wait(LONGEST)


def assert_in_order(said: Mapping[str, str]) -> None:
    """Of what the probe saw in any box that serves: nobody can reach it who should not, and nothing in it failed."""
    assert unexpected(parse_sockets(said["sockets"]), golden()) == set()
    assert said["failed"].strip() == ""
