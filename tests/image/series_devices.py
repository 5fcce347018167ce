"""The shipped image with other devices than the main path's: smart card and serial readers, printers on USB.

QEMU emulates the readers; the printers are exported by this machine over USB/IP, and attached by the probe.
"""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from hal.sim.cards.card import UidCard
from tests.image.boxes import PLACE, assert_in_order, boot, serial_line, wait_for_its_printer
from tools.image import guest_usbip, probe
from tools.image.hall import Card, Hall, hall
from tools.image.machine import Board, Machine
from tools.image.rig import AWAKE, JOINED, LONGEST, READY
from tools.image.visit import shown
from tools.peers.usb_nodes import RAW
from tools.peers.usbip import exported
from tools.peers.usbip_printer import LinePrinter
from tools.peers.vscard import CcidReader, ccid_reader
from tools.peers.wires import TcpPeer, tcp_reader

USB = ("-device", "qemu-xhci")
UEL = b"\x1b%-12345X"
"""PJL's universal exit, once: what an earlier life may have left half ends before the first document begins."""
OVER = "(printed|unknown)"
"""Such a printer takes bytes, and nobody can say what became of them: firmware/docs/printers-usb.md."""
HAND_SECONDS = 2.0
"""From lifting a card to laying it down: what is quicker, a driver that polls does not see."""
UID, NUMBER = "04a1b2c3d4e5f6", "5829301746"


@dataclass(frozen=True)
class Box:
    """A station that was visited: what the probe saw in it, what it said, what was sent, and what came."""

    hall: Hall
    card: Card
    serial: str
    said: dict[str, str]
    sent: list[Path]
    came: bytes


def put(reader: CcidReader) -> None:
    """The badge, once more: one that lay there before the reader was watched counts when it was seen to be lifted."""
    reader.lift()
    time.sleep(HAND_SECONDS)
    reader.put(UidCard(bytes.fromhex(UID)))


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    printer = LinePrinter(RAW)
    with (
        hall(PLACE, tmp_path_factory.mktemp("site")) as there,
        exported(printer) as plug,
        ccid_reader() as card_reader,
        tcp_reader() as line_reader,
    ):
        sent = [there.sent(there.person("ada", UID), "letter"), there.sent(there.person("bob", NUMBER), "plan")]
        readers = ("pcsc:?name=card", "serial:///dev/ttyUSB0?name=line")
        card = there.card("devices", readers, f"usblp://{RAW.ids}")
        board = Board(devices=(*USB, *card_reader.devices, *serial_line(line_reader)))
        with boot(card, "devices", board, words=guest_usbip.words(plug.port, "test -c /dev/usb/lp0")) as machine:
            said = _visited(machine, card_reader, line_reader)
            serial = machine.serial
        yield Box(there, card, serial, said, sent, bytes(printer.came))


def _visited(machine: Machine, card_reader: CcidReader, line_reader: TcpPeer) -> dict[str, str]:
    for sign in (READY, JOINED, guest_usbip.ATTACHED, AWAKE):
        machine.wait(sign, LONGEST)
    wait_for_its_printer(machine)
    shown(machine, lambda: put(card_reader))
    card_reader.lift()
    machine.wait(rf"delivery 1 {OVER}", LONGEST)
    shown(machine, lambda: line_reader.tap(NUMBER))
    machine.wait(rf"delivery 2 {OVER}", LONGEST)
    probe.give_sign(machine)
    return probe.answers(machine, LONGEST)


def test_a_smart_card_and_a_serial_reader_bring_two_documents_to_a_usb_printer_byte_for_byte(box: Box) -> None:
    assert list(dict.fromkeys(re.findall(r"badge read at (\S+)", box.serial))) == ["card", "line"]
    assert box.came == UEL + b"".join(document.read_bytes() for document in box.sent)


def test_neither_badge_nor_token_is_told(box: Box) -> None:
    token = re.search(rb'^token = "(.+)"$', box.card.site_file, re.MULTILINE)
    assert token is not None
    assert [word for word in (UID, UID.upper(), NUMBER, token[1].decode()) if word in box.serial] == []


def test_all_is_in_order(box: Box) -> None:
    assert_in_order(box.said)
