"""One visit to the image in emulation, told step by step: it pairs, a badge is tapped, a document comes out."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from tools.image.errors import ImageError
from tools.image.firmware_twin import FirmwareTwin
from tools.image.machine import Board, Machine
from tools.image.rig import AWAKE, JOINED, PRINTED, READY, free_port, new_card
from tools.image.site import Site
from tools.image.visit import KEYBOARD, READER, enrol, new_document, printer_uri, submit, tap
from tools.image.workplace import Workplace
from tools.peers.ippeveprinter import IppEvePrinter

STATION, NAME, BADGE = "hall", "ada", "7301948265"
TAPPED = r"badge accepted"
Tell = Callable[[str], None]


def tell_visit(place: Workplace, longest: float, tell: Tell, image: Path | None = None) -> None:
    """Play it with a mesh and a printer on this machine, with the image that was built or another; each step may take
    `longest` seconds. Raises `ImageError`."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        document = new_document(folder / "document.pdf")
        with Site(folder, free_port()) as site, IppEvePrinter.start(folder) as printer:
            tell("mesh: an edge mesh answers on this machine, and a printer, ippeveprinter, over IPPS")
            submit(enrol(site, NAME, BADGE), document)
            tell(f"submit: {NAME}'s document, {document.stat().st_size} bytes, is sealed, and held by the mesh")
            card = new_card(place, site.file(STATION, (READER,), printer_uri(printer)), "visit.img", image)
            tell("flash: the image is on a card, and the site's file with a token that is good once")
            site.serve(for_guests=True)
            try:
                with FirmwareTwin(place, card, Board(devices=KEYBOARD)).boot("visit") as machine:
                    _visit(machine, longest, tell)
            finally:
                card.unlink()
            if [path.read_bytes() for path in printer.documents()] != [document.read_bytes()]:
                raise ImageError("what the printer got is not what was submitted")
            tell("print: the printer has the document, byte for byte as it was submitted")


def _visit(machine: Machine, longest: float, tell: Tell) -> None:
    def step(pattern: str, words: str) -> None:
        machine.wait(pattern, longest)
        tell(f"{words} ({machine.seconds():.0f} s after power came)")

    step(READY, "boot: the station is ready")
    step(JOINED, f"pair: it is a member of the mesh as station {STATION}, and the token is used up")
    machine.wait(AWAKE, longest)
    tap(machine, BADGE)
    step(TAPPED, "tap: the badge, typed by an emulated USB reader, was accepted")
    step(PRINTED, "release: the mesh gave the three parts of the key; the document was decrypted and sent")
