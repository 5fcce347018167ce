"""The USB devices that the kernel knows of (sysfs): who they are, and which of their interfaces are a printer's."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hal.drivers.usb_address import UsbAddress
from hal.ports.errors import PrinterUnreachableError

ROOT = Path("/")
DEVICES = "sys/bus/usb/devices"
LONGEST = 4096
"""Bytes of an attribute: a page of memory is the most that sysfs gives."""
PRINTER, IPP_USB = (0x07, 0x01), 0x04
"""Class and subclass of a printer's interface (USB printer class 1.1), and the protocol of one that is IPP over USB."""


@dataclass(frozen=True, slots=True)
class UsbInterface:
    """`kind` is class, subclass and protocol; `driver` the kernel's, empty without one; `node` the device file that
    usblp made for it, None where there is none."""

    kind: tuple[int, int, int]
    driver: str
    node: Path | None

    @property
    def is_ipp_usb(self) -> bool:
        """Whether ipp-usb serves it."""
        return self.kind == (*PRINTER, IPP_USB)


@dataclass(frozen=True, slots=True)
class UsbDevice:
    """One device that is plugged in. `name` is its place on the bus, such as `1-1.2`."""

    name: str
    vid: int
    pid: int
    maker: str
    model: str
    serial: str
    interfaces: tuple[UsbInterface, ...]

    @property
    def nodes(self) -> tuple[Path, ...]:
        """Device files of usblp."""
        return tuple(one.node for one in self.interfaces if one.node is not None)

    @property
    def is_ipp_usb(self) -> bool:
        """ipp-usb takes none with fewer than two such interfaces."""
        return sum(one.is_ipp_usb for one in self.interfaces) >= 2


def attached(root: Path | None = None) -> Iterator[UsbDevice]:
    """Every device on the buses. One that goes meanwhile is passed over. Reads files alone."""
    base = (root or ROOT) / DEVICES
    for name in _names(base):
        if ":" not in name:
            try:
                yield _device(base, name, root or ROOT)
            except (OSError, ValueError):
                continue


def printers(root: Path | None = None) -> tuple[UsbDevice, ...]:
    """Those with a printer's interface."""
    return tuple(one for one in attached(root) if any(part.kind[:2] == PRINTER for part in one.interfaces))


def find(address: UsbAddress) -> UsbDevice:
    """The device of that address. Raises `PrinterUnreachableError` where there is none, or more than one."""
    wanted = (address.vid, address.pid)
    found = [one for one in attached() if (one.vid, one.pid) == wanted and address.serial in ("", one.serial)]
    if not found:
        raise PrinterUnreachableError(address.name, "it is not plugged in, or not switched on")
    if len(found) > 1:
        raise PrinterUnreachableError(address.name, f"there are {len(found)} such printers: name the serial number")
    return found[0]


def _device(base: Path, name: str, root: Path) -> UsbDevice:
    path = base / name
    parts = (base / part for part in _names(base) if part.startswith(f"{name}:"))
    return UsbDevice(
        name,
        int(_attribute(path, "idVendor"), 16),
        int(_attribute(path, "idProduct"), 16),
        _text(path, "manufacturer"),
        _text(path, "product"),
        _text(path, "serial"),
        tuple(_interface(part, root) for part in parts),
    )


def _interface(path: Path, root: Path) -> UsbInterface:
    names = ("bInterfaceClass", "bInterfaceSubClass", "bInterfaceProtocol")
    kind, sub, protocol = (int(_attribute(path, name), 16) for name in names)
    lines = _text(path, "uevent").splitlines()
    driver = next((line.removeprefix("DRIVER=") for line in lines if line.startswith("DRIVER=")), "")
    node = next((root / "dev/usb" / name for name in _names(path / "usbmisc") if name.startswith("lp")), None)
    return UsbInterface((kind, sub, protocol), driver, node)


def _names(path: Path) -> list[str]:
    try:
        return sorted(os.listdir(path))  # noqa: PTH208 (names are wanted)
    except OSError:
        return []


def _text(path: Path, name: str) -> str:
    """An attribute that need not be there: a printer without a serial number has no such file."""
    try:
        return _attribute(path, name)
    except OSError:
        return ""


def _attribute(path: Path, name: str) -> str:
    with (path / name).open("rb") as attribute:
        return attribute.read(LONGEST).decode("utf-8", "replace").removesuffix("\n")
