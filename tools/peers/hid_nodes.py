"""What emulated keyboard wedges are made of: the device files of each, in umockdev's words."""

from dataclasses import dataclass, replace
from typing import Any

KEYBOARD = {1: [*range(1, 84), 86, 87, 88, 96, 97, 98, 100, 125, 126, 127], 4: [4], 17: [0, 1, 2]}
"""Event types and codes (linux/input-event-codes.h): keys, scan codes, LEDs."""
MOUSE = {1: [0x110, 0x111, 0x112], 2: [0, 1, 8]}
CONSUMER = {1: [113, 114, 115, 142, 143, 164], 4: [4]}


@dataclass(frozen=True, slots=True)
class WedgeDevice:
    """One USB device. `interfaces` are the bits of each of its device files, `first` the number of the first."""

    vid: int
    pid: int
    product: str
    serial: str = ""
    interfaces: tuple[dict[int, list[int]], ...] = (KEYBOARD,)
    first: int = 5
    port: str = "1-1"

    @property
    def by_id(self) -> str:
        """The name that udev gives its keyboard, whatever number it has."""
        words = "_".join(part for part in (self.product.replace(" ", "_"), self.serial) if part)
        return f"/dev/input/by-id/usb-{words}-event-kbd"

    def moved(self, first: int) -> "WedgeDevice":
        """The same reader after a re-plug that gave it other numbers."""
        return replace(self, first=first)

    def nodes(self) -> list[dict[str, Any]]:
        """What the test bed is told of each device file."""
        return [self._node(at, bits) for at, bits in enumerate(self.interfaces)]

    def _node(self, at: int, bits: dict[int, list[int]]) -> dict[str, Any]:
        number, phys = self.first + at, f"usb-0000:00:14.0-{self.port.partition('-')[2]}/input{at}"
        told = {"vid": self.vid, "pid": self.pid, "name": self.product, "phys": phys, "serial": self.serial}
        interface = f"/devices/pci0000:00/0000:00:14.0/usb1/{self.port}/{self.port}:1.{at}"
        parent = f"{interface}/0003:{self.vid:04X}:{self.pid:04X}.{number:04X}/input/input{number}"
        link = f"S: {self.by_id.removeprefix('/dev/')}\n" if bits is KEYBOARD else ""
        record = (
            f"P: {parent}/event{number}\nN: input/event{number}\n{link}"
            f"E: DEVNAME=/dev/input/event{number}\nE: MAJOR=13\nE: MINOR={64 + number}\nE: SUBSYSTEM=input\n\n"
            f"P: {parent}\nE: SUBSYSTEM=input\nA: name={self.product}\nA: phys={phys}\nA: uniq={self.serial}\n"
            f"A: id/vendor={self.vid:04x}\nA: id/product={self.pid:04x}\n"
        )
        syspath = f"/sys{parent}/event{number}"
        return {
            **told,
            "bits": bits,
            "link": self.by_id,
            "record": record,
            "syspath": syspath,
            "path": f"/dev/input/event{number}",
        }


READER = WedgeDevice(0x08FF, 0x0009, "RFID Reader", "08FF20140315")
TWO_FACED = WedgeDevice(0x413D, 0x2107, "HID 413d:2107", interfaces=(MOUSE, KEYBOARD, CONSUMER))
"""A mouse, a keyboard and media keys in one; the mouse comes first."""
