"""A visit to a board in emulation: a person of the mesh, a document sealed on this machine, a badge typed by QEMU's own
USB keyboard, a printer that listens here."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.demo.sample import sample_pdf
from tools.image.apart import GATEWAY
from tools.image.errors import ImageError
from tools.image.machine import Machine
from tools.image.site import Site
from tools.peers.ippeveprinter import IppEvePrinter

KEYBOARD = ("-device", "qemu-xhci", "-device", "usb-kbd")
"""QEMU's arguments for it."""
READER = "evdev:?vid=0627&pid=0001&gap=5000"
"""The same keyboard as a station's reader; the seconds between two digits are those of a busy machine."""


HEARD = "badge accepted"
"""In what a station says. On a busy machine keys come late, and half a number is read as none, or as a strange one."""
TRIES, TRY_SECONDS = 30, 60.0


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the mesh, with a badge of digits and a computer; `profile` is the computer's."""

    name: str
    badge: str
    profile: Path


def enrol(site: Site, name: str, badge: str) -> Person:
    """Make the person, the badge and the computer known at `site`. Raises `ImageError`."""
    ticket = site.folder / f"{name}-laptop.toml"
    site.edgemesh("user", "add", name)
    site.edgemesh("badge", "add", "--user", name, stdin=f"{badge}\n")
    site.edgemesh("provision", "client", f"{name}-laptop", "--user", name, "--out", str(ticket))
    person = Person(name, badge, site.folder / f"{name}-laptop")
    submitting(person, "pair", "--provision", str(ticket))
    return person


def submitting(person: Person, *words: str) -> str:
    """One `lockgate-submit` on the person's computer, and what it prints. Raises `ImageError`."""
    variables = {**os.environ, "LOCKGATE_PROFILE": str(person.profile)}
    command = [sys.executable, "-m", "tools.submit", *words]
    done = subprocess.run(command, capture_output=True, text=True, env=variables, check=False)
    if done.returncode:
        raise ImageError(f"lockgate-submit ended with {done.returncode}: {done.stderr.strip()[-500:]}")
    return done.stdout


def submit(person: Person, document: Path) -> str:
    """Seal the document and have the mesh hold it; the job's name. Raises `ImageError`."""
    return str(json.loads(submitting(person, "--json", str(document)))["job"])


def new_document(file: Path, noise: int = 100_000) -> Path:
    """A PDF with so many bytes behind it that nobody else has."""
    file.write_bytes(sample_pdf() + b"\n%" + os.urandom(noise).hex().encode())
    return file


def printer_uri(printer: IppEvePrinter) -> str:
    """What a board in emulation calls a printer of this machine."""
    return printer.pinned_uri.replace("//localhost:", f"//{GATEWAY}:")


def typed(badge: str) -> tuple[str, ...]:
    """QEMU's names of the keys for a badge and Enter. `ValueError` for anything but digits."""
    if not (badge.isascii() and badge.isdigit()):
        raise ValueError("a badge that is typed here has digits only")
    return (*badge, "ret")


def tap(machine: Machine, badge: str) -> None:
    """Type the badge, as a reader that is a keyboard does; again where the station heard nothing, which does not count
    what comes in the moment of a reader's opening. Raises `ImageError`."""
    shown(machine, lambda: _type(machine, typed(badge)))


def shown(machine: Machine, show: Callable[[], None]) -> None:
    """Show a badge by `show` until the station has taken it once more. Raises `ImageError`."""
    before = machine.serial.count(HEARD)
    for left in reversed(range(TRIES)):
        show()
        try:
            machine.until(lambda: machine.serial.count(HEARD) > before or None, HEARD, TRY_SECONDS)
        except ImageError:
            if not left or machine.process.poll() is not None:
                raise
        else:
            return


def _type(machine: Machine, keys: Sequence[str]) -> None:
    for key in keys:
        machine.tell("send-key", keys=[{"type": "qcode", "data": key}])
