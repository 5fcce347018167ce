"""The shipped image with a printer on USB that speaks IPP: its ipp-usb finds it, and the station prints through that.

The printer is exported by this machine over USB/IP, and what is inside it is ippeveprinter.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.image.boxes import PLACE, boot, wait_for_its_printer
from tools.image import guest_usbip, probe
from tools.image.hall import hall
from tools.image.rig import AWAKE, JOINED, LONGEST, PRINTED, READY
from tools.image.sockets import Listening, golden, parse_sockets, unexpected
from tools.image.visit import READER, tap
from tools.peers.usb_nodes import DRIVERLESS
from tools.peers.usbip import exported
from tools.peers.usbip_printer import IppPrinter

BADGE = "7301948265"
SERVED = "grep -q http-port /var/ipp-usb/dev/*.state"
"""What ipp-usb writes when it serves a printer."""

ASKED = {"servers": "cat /proc/net/tcp /proc/net/tcp6", "failed": probe.QUESTIONS["failed"]}
"""Not UDP: the station looks for a printer that it misses."""


@dataclass(frozen=True)
class Box:
    """A station that was visited: what the probe saw in it, what was sent, and what came out of the printer."""

    said: dict[str, str]
    document: Path
    printed: list[bytes]


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    with (
        hall(PLACE, tmp_path_factory.mktemp("site")) as there,
        exported(IppPrinter(DRIVERLESS, there.printer.port)) as plug,
    ):
        document = there.sent(there.person("ada", BADGE), "letter")
        card = there.card("ipp-usb", (READER,), f"ipp-usb://{DRIVERLESS.ids}")
        with boot(card, "ipp-usb", words=guest_usbip.words(plug.port, SERVED, ASKED)) as machine:
            for sign in (READY, JOINED, guest_usbip.ATTACHED, AWAKE):
                machine.wait(sign, LONGEST)
            wait_for_its_printer(machine)
            tap(machine, BADGE)
            machine.wait(PRINTED, LONGEST)
            probe.give_sign(machine)
            said = probe.answers(machine, LONGEST)
        yield Box(said, document, there.printed())


def test_a_document_comes_out_of_a_driverless_usb_printer_byte_for_byte(box: Box) -> None:
    assert box.printed == [box.document.read_bytes()]


def test_its_daemon_is_the_one_server_more_and_no_unit_has_failed(box: Box) -> None:
    """ipp-usb listens at every address and answers those of the box itself; the firewall lets nobody else come."""
    assert unexpected(parse_sockets(box.said["servers"]), golden()) == {Listening("::", 60000)}
    assert box.said["failed"].strip() == ""
