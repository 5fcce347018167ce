"""Opening a keyboard wedge: every device file of it, each grabbed, and which of them type badges."""

import errno
import fcntl
import struct
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from evdev import InputDevice, ecodes

from hal.drivers.input_nodes import InputNode, Wanted, find
from hal.framing.keys import ENTER, KEYPAD_ENTER
from hal.ports.errors import DeviceLostError

EVIOCSCLOCKID = 0x400445A0
"""linux/input.h; since Linux 3.4."""
_ROW = frozenset(range(ecodes.KEY_1, ecodes.KEY_0 + 1))
_KEYPAD = frozenset(getattr(ecodes, f"KEY_KP{digit}") for digit in range(10))


@dataclass(frozen=True, slots=True)
class Opened:
    """The device files of one reader, open and grabbed. Keys count from `keyboards` alone; the others are read so that
    nothing of them reaches a console."""

    nodes: tuple[InputNode, ...]
    keyboards: tuple[InputDevice[str], ...]
    others: tuple[InputDevice[str], ...]

    @property
    def devices(self) -> tuple[InputDevice[str], ...]:
        """All of them."""
        return self.keyboards + self.others

    def close(self) -> None:
        """Let go of all, also of what is unplugged by now."""
        for device in self.devices:
            with suppress(OSError):
                device.ungrab()
            device.close()


def open_grabbed(name: str, wanted: Wanted) -> Opened:
    """Blocks for as long as the kernel takes to wake the device. Raises `DeviceLostError`, with nothing left open."""
    nodes = find(wanted)
    if not nodes:
        raise DeviceLostError(name, f"no {wanted}")
    with ExitStack() as stack:
        devices = []
        for node in nodes:
            try:
                device = InputDevice(node.path)
            except OSError as exc:
                raise DeviceLostError(name, f"{node.path}: {exc.strerror}") from exc
            stack.callback(device.close)
            _set_clock(name, node.path, device)
            _grab(name, node.path, device)
            _drain(name, node.path, device)
            devices.append(device)
        keyboards = tuple(device for device in devices if types_badges(device))
        if not keyboards:
            raise DeviceLostError(name, f"{wanted} has no keys for digits and Enter")
        stack.pop_all()
    return Opened(nodes, keyboards, tuple(device for device in devices if device not in keyboards))


def types_badges(device: InputDevice[str]) -> bool:
    """Whether it has all ten digits, in one place or the other, and an Enter."""
    keys = set(device.capabilities().get(ecodes.EV_KEY, ()))
    return (keys >= _ROW or keys >= _KEYPAD) and not keys.isdisjoint((ENTER, KEYPAD_ENTER))


def _set_clock(name: str, path: str, device: InputDevice[str]) -> None:
    """Events with times of the monotonic clock: the wall clock may be set in the middle of a badge. Before the grab,
    since the kernel discards here what is waiting."""
    try:
        fcntl.ioctl(device.fd, EVIOCSCLOCKID, struct.pack("i", time.CLOCK_MONOTONIC))
    except OSError as exc:
        raise DeviceLostError(name, f"{path}: {exc.strerror}") from exc


def _grab(name: str, path: str, device: InputDevice[str]) -> None:
    try:
        device.grab()
    except OSError as exc:
        held = exc.errno == errno.EBUSY
        who = f"grabbed by another program; {_holders(path)}" if held else exc.strerror
        raise DeviceLostError(name, f"{path}: {who}") from exc


def _drain(name: str, path: str, device: InputDevice[str]) -> None:
    """What was typed before the grab went to a console too, and belongs to nobody here."""
    try:
        while list(device.read()):
            pass
    except BlockingIOError:
        return
    except OSError as exc:
        raise DeviceLostError(name, f"{path}: {exc.strerror}") from exc


def _holders(path: str) -> str:
    """Who has the device file open, as far as this user may know: any of them may be who grabbed it."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # another user's, or it has ended
            links = {str(link.readlink()) for link in (process / "fd").iterdir()}
            if path in links:
                found.append(f"{_printable((process / 'comm').read_bytes())} ({process.name})")
    return f"open in {', '.join(sorted(found))}" if found else f"`fuser {path}`, as root, says which"


def _printable(comm: bytes) -> str:
    """A process names itself as it likes: any bytes but NUL."""
    text = comm.decode("utf-8", "replace").strip()
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)
