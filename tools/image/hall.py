"""Where a board in emulation comes to stand: a mesh and a printer that it reaches, people with badges, what they sent.

Everything in it is the real thing, on this machine; see `tools.image.apart` for the network that it is in.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.image.apart import apart
from tools.image.machine import Machine
from tools.image.rig import free_port, new_card
from tools.image.site import Site
from tools.image.visit import Person, enrol, new_document, printer_uri, submit
from tools.image.workplace import Workplace
from tools.peers.ippeveprinter import IppEvePrinter

NAME = "hall"
"""What the station is called."""
END_OF_FILE = b"%%EOF"


@dataclass(frozen=True, slots=True)
class Hall:
    """`folder` has the mesh's files and the documents; cards are made in `place`."""

    place: Workplace
    folder: Path
    site: Site
    printer: IppEvePrinter

    @property
    def printer_uri(self) -> str:
        """What a board calls the printer."""
        return printer_uri(self.printer)

    def person(self, name: str, badge: str) -> Person:
        """Somebody new, with a badge of digits and a computer. Raises `ImageError`."""
        return enrol(self.site, name, badge)

    def sent(self, person: Person, title: str) -> Path:
        """A document whose bytes nobody else has, sealed on the person's computer and held by the mesh. Raises
        `ImageError`."""
        document = new_document(self.folder / f"{title}.pdf")
        submit(person, document)
        return document

    def card(self, name: str, readers: Sequence[str], printer: str = "", *, by_token: bool = True) -> "Card":
        """A card of the built image with a site's file on it, by which the box pairs unattended or only knows whom to
        ask; the hall's printer unless another one is said. Raises `ImageError`."""
        printer = printer or self.printer_uri
        make = self.site.file if by_token else self.site.introduction
        site_file = make(NAME, readers, printer)
        return Card(new_card(self.place, site_file, f"{name}.img"), site_file)

    def printed(self) -> list[bytes]:
        """What came out of the printer, oldest first."""
        return [path.read_bytes() for path in self.printer.documents()]

    def slip(self, machine: Machine, seconds: float) -> bytes:
        """The first thing that the box prints, whole: who comes to a box that is not paired finds it in the tray.
        Raises `ImageError`."""
        return machine.until(self._first_whole, "a slip in the printer", seconds)

    def _first_whole(self) -> bytes | None:
        found = self.printed()[:1]
        return found[0] if found and found[0].rstrip().endswith(END_OF_FILE) else None

    def approve(self, code: str) -> None:
        """As the mesh's administrator, who types the code that the box showed. Raises `ImageError`."""
        self.site.edgemesh("pairing", "approve", NAME, *code.split())


@dataclass(frozen=True, slots=True)
class Card:
    """A card's file, and what was written onto it as the site's."""

    file: Path
    site_file: bytes


@contextmanager
def hall(place: Workplace, folder: Path) -> Iterator[Hall]:
    """Until the block ends, which all of the calling thread's network does, too. Raises `ImageError`,
    `PeerFailedError`."""
    with apart(), Site(folder, free_port()) as site, IppEvePrinter.start(folder) as printer:
        site.serve(for_guests=True)
        yield Hall(place, folder, site, printer)
