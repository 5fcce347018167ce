"""A network of this process's own, in which this machine is called as a board in emulation calls it.

A mesh has one address, which all that it says bears; QEMU's guests know this machine by one that it does not have.
In here it has it, so that an administrator reaches the mesh while a board does. Nobody else is in here, and nobody out.
"""

import ctypes
import os
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tools.image.errors import ImageError

GATEWAY = "10.0.2.2"
"""This machine's loopback, as a guest of QEMU's user network sees it."""
PREPARE = (("ip", "link", "set", "lo", "up"), ("ip", "address", "add", f"{GATEWAY}/32", "dev", "lo"))
TAP = "beside"
PLUG = (
    ("ip", "tuntap", "add", "dev", TAP, "mode", "tap"),
    ("ip", "address", "add", "10.0.2.200/24", "dev", TAP),
    ("ip", "link", "set", TAP, "up"),
)
"""An address of the guest's network that its DHCP server gives to nobody."""
OWN = "/proc/thread-self/ns/net"
CLONE_NEWNET = 0x40000000
"""linux/sched.h."""


@contextmanager
def apart() -> Iterator[None]:
    """For the calling thread, and for whatever it starts meanwhile. Needs root. Raises `ImageError`."""
    before = os.open(OWN, os.O_RDONLY | os.O_CLOEXEC)
    try:
        _call("unshare", CLONE_NEWNET)
        try:
            _prepare(PREPARE)
            yield
        finally:
            _call("setns", before, CLONE_NEWNET)
    finally:
        os.close(before)


def has_gateway() -> bool:
    """Whether this machine has the address that guests call it by: it has in here."""
    with socket.socket() as trying:
        try:
            trying.bind((GATEWAY, 0))
        except OSError:
            return False
    return True


@contextmanager
def plugged() -> Iterator[str]:
    """A network device of this machine in a network `apart`, for `Board.tap`: it stands beside the guest, hears and is
    heard. Raises `ImageError`."""
    _prepare(PLUG)
    try:
        yield TAP
    finally:
        _prepare((("ip", "link", "delete", TAP),))


def _prepare(commands: Sequence[Sequence[str]]) -> None:
    for command in commands:
        try:
            subprocess.run(command, check=True, capture_output=True, text=True)
        except (OSError, subprocess.CalledProcessError) as exc:
            raise ImageError(f"{' '.join(command)}: {getattr(exc, 'stderr', '') or exc} (Debian: iproute2)") from exc


def _call(function: str, *numbers: int) -> None:
    """One of the C library: Python has them since 3.12."""
    library = ctypes.CDLL(None, use_errno=True)
    if getattr(library, function)(*numbers) != 0:
        raise ImageError(f"no network of our own: {os.strerror(ctypes.get_errno())}")
