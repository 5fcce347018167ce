"""Every kind of emulated reader by name: each a wire without hardware, read by the driver that reads the real one."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from hal.drivers.system_random import SystemRandom
from hal.sim.cards.card import CardTwin
from tools.bench.cards import card_of_site
from tools.peers.hid import hid_reader
from tools.peers.pcsc import pcsc_reader
from tools.peers.reader import ReaderPeer
from tools.peers.spoken import pn532_reader, twn4_reader
from tools.peers.wires import calling_reader, pty_reader, tcp_reader

TYPED = "typed"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of reader, in words, and how it is plugged in."""

    words: str
    plugged: Callable[[], AbstractContextManager[ReaderPeer]]
    proves: bool = False
    """Its cards have a key of `tools.bench.cards.KEYS`."""


@contextmanager
def _pcsc() -> Iterator[ReaderPeer]:
    with tempfile.TemporaryDirectory(prefix="lockgate-pcscd-") as directory, pcsc_reader(Path(directory)) as reader:
        yield reader


@contextmanager
def _desfire() -> Iterator[ReaderPeer]:
    def issued(uid: bytes) -> CardTwin:
        return card_of_site(uid, SystemRandom())

    with (
        tempfile.TemporaryDirectory(prefix="lockgate-pcscd-") as directory,
        pcsc_reader(Path(directory), issued) as reader,
    ):
        yield reader


WIRED: Mapping[str, Kind] = {
    "hid": Kind("a keyboard wedge, by evdev over emulated kernel devices", hid_reader),
    "serial": Kind("a reader that sends lines, at a pseudo-terminal", pty_reader),
    "tcp": Kind("a network reader that the station connects to", tcp_reader),
    "tcp-listen": Kind("a network reader that connects to the station", calling_reader),
    "twn4": Kind("an Elatec TWN4, emulated byte by byte at a pseudo-terminal", twn4_reader),
    "pn532": Kind("a PN532, emulated byte by byte at a pseudo-terminal", pn532_reader),
    "pcsc": Kind("a PC/SC reader: the real pcscd with a virtual card", _pcsc),
    "desfire": Kind("a PC/SC reader: the real pcscd with a DESFire card, which proves itself", _desfire, proves=True),
}
KINDS = (TYPED, *WIRED)


@contextmanager
def reader(kind: str) -> Iterator[ReaderPeer | None]:
    """A reader of that kind, plugged in until the block ends; None for the typed one, which is the station's own."""
    if kind == TYPED:
        yield None
        return
    with WIRED[kind].plugged() as peer:
        yield peer


def proves(kind: str) -> bool:
    """Whether its cards can prove themselves to a mesh that has their key."""
    return kind in WIRED and WIRED[kind].proves


def described(kind: str) -> str:
    """In words."""
    return WIRED[kind].words if kind in WIRED else "typed on the station's standard input"
