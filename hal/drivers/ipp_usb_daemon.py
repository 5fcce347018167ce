"""Where the ipp-usb daemon serves a USB printer: looked up in its state files, and made sure of, at each connection.

The daemon itself is not asked for its status: up to 0.9.23 it ends when it is asked while two printers are there.
"""

import re
import socket
from pathlib import Path

from hal.drivers import usb_devices
from hal.drivers.usb_address import UsbAddress
from hal.drivers.usb_devices import UsbDevice
from hal.ports.errors import PrinterUnreachableError

LONGEST = 1 << 16
MOST_SOCKETS = 1 << 22
"""Bytes of the kernel's list of sockets that are looked at: some 28 000 lines."""
CONTROL = "ctrl"
ANSWER_SECONDS = 1.0
LISTENING = 0x0A
PORT_LINE = re.compile(r"\s*http-port\s*=\s*([0-9]{1,5})\s*(?:[;#].*)?")
SECTION = re.compile(r"\s*\[([^\]]*)\]\s*(?:[;#].*)?")


def served_port(address: UsbAddress) -> int:
    """The TCP port of the loopback where it is served now. Blocks for a second at most. Raises
    `PrinterUnreachableError`, which says what is missing: the printer, its interface, the daemon, or its service."""
    device = usb_devices.find(address)
    if not device.is_ipp_usb:
        raise PrinterUnreachableError(address.name, "it does not offer IPP over USB: try usblp: in place of ipp-usb:")
    if not is_running(address.state):
        raise PrinterUnreachableError(
            address.name, f"ipp-usb does not run: nobody listens at {address.state / CONTROL}"
        )
    found = state_file(device, address.state)
    if found is None:
        raise PrinterUnreachableError(address.name, "ipp-usb runs, and does not know this printer")
    try:
        owner, port = found.stat().st_uid, parse_state(_start(found, LONGEST))
    except (OSError, ValueError) as exc:
        raise PrinterUnreachableError(address.name, f"{found} cannot be used: {exc}") from exc
    listeners = {uid for family in ("tcp", "tcp6") for uid in _listeners(family, port)}
    if not listeners:
        raise PrinterUnreachableError(address.name, "ipp-usb does not serve it at present")
    if listeners != {owner}:
        raise PrinterUnreachableError(address.name, f"port {port}, which was ipp-usb's, is another user's now")
    return port


def is_running(state: Path) -> bool:
    """Whether a daemon with that state directory lives."""
    with socket.socket(socket.AF_UNIX) as asking:
        asking.settimeout(ANSWER_SECONDS)
        try:
            asking.connect(str(state / CONTROL))
        except OSError:
            return False
    return True


def state_file(device: UsbDevice, state: Path) -> Path | None:
    """The daemon's file on the device, if it has ever served it."""
    names = (f"{name}.state" for name in idents(device))
    return next((path for name in names if (path := state / "dev" / name).is_file()), None)


def idents(device: UsbDevice) -> tuple[str, ...]:
    """What ipp-usb calls it: up to 0.9.23 with a place for the serial number even where there is none, then without."""
    maker, product = device.maker.strip(), device.model.strip()
    model = product if product.startswith(maker) else f"{maker} {product}"
    said = (f"{device.vid:04x}", f"{device.pid:04x}", device.serial, model)
    whole = "-".join(said), "-".join(part for part in said if part)
    return tuple(dict.fromkeys(re.sub(r"[^0-9A-Za-z_-]", "-", name) for name in whole))


def parse_state(text: bytes) -> int:
    """The port of one state file, an INI file with `http-port` in its section `device`. Raises `ValueError` where there
    is none that can be."""
    section = ""
    for line in text.decode("utf-8", "replace").splitlines():
        if found := SECTION.fullmatch(line):
            section = found[1].strip()
        elif section == "device" and (found := PORT_LINE.fullmatch(line)):
            port = int(found[1])
            if 1 <= port <= 65535:
                return port
            break
    raise ValueError("no http-port in it")


def parse_listeners(table: bytes, port: int) -> tuple[int, ...]:
    """The users who listen at that port, from the text of /proc/net/tcp. Lines that are none are passed over."""
    found: list[int] = []
    for line in table.splitlines():
        words = line.split()
        try:
            here, state, user = int(words[1].rpartition(b":")[2], 16), int(words[3], 16), int(words[7])
        except (IndexError, ValueError):
            continue
        if (here, state) == (port, LISTENING):
            found.append(user)
    return tuple(found)


def _listeners(family: str, port: int) -> tuple[int, ...]:
    try:
        return parse_listeners(_start(Path("/proc/net") / family, MOST_SOCKETS), port)
    except OSError:
        return ()


def _start(path: Path, most: int) -> bytes:
    with path.open("rb") as source:
        return source.read(most)
