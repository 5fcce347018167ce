"""What emulated USB printers are made of: descriptors (USB 2.0 chapter 9) and device files, in umockdev's words."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace

IPP_USB = (7, 1, 4)
"""Class, subclass and protocol of an IPP-over-USB interface; of a printer without it the last is 2."""
CLASSIC = (7, 1, 2)


@dataclass(frozen=True, slots=True)
class UsbPrinterDevice:
    """One printer on a bus. `address` and `node` are what changes at every re-plug, `port` where it is plugged in."""

    vid: int
    pid: int
    maker: str
    model: str
    serial: str
    device_id: str
    interfaces: tuple[tuple[int, int, int], ...] = (CLASSIC,)
    port: str = "1-1"
    address: int = 5
    node: int = 0

    def moved(self, address: int, node: int = 0, port: str = "1-1") -> "UsbPrinterDevice":
        """The same printer, plugged in again."""
        return replace(self, address=address, node=node, port=port)

    @property
    def ids(self) -> str:
        """As configuration names it."""
        return f"{self.vid:04x}:{self.pid:04x}" + (f"/{self.serial}" if self.serial else "")

    @property
    def syspath(self) -> str:
        """Its directory under /sys."""
        return f"/devices/pci0000:00/0000:00:14.0/usb1/{self.port}"

    @property
    def raw_node(self) -> str:
        """The device file through which libusb speaks with it."""
        return f"bus/usb/001/{self.address:03d}"

    @property
    def descriptors(self) -> bytes:
        """The device's and its only configuration's."""
        device = struct.pack("<BBHBBBBHHHBBBB", 18, 1, 0x200, 0, 0, 0, 64, self.vid, self.pid, 0x100, 1, 2, 3, 1)
        parts = b"".join(_interface(number, triple) for number, triple in enumerate(self.interfaces))
        return device + struct.pack("<BBHBBBBB", 9, 2, 9 + len(parts), len(self.interfaces), 1, 0, 0xC0, 50) + parts

    def record(self) -> str:
        """The device itself."""
        return (
            f"P: {self.syspath}\nN: {self.raw_node}\n"
            f"E: DEVNAME=/dev/{self.raw_node}\nE: DEVTYPE=usb_device\nE: SUBSYSTEM=usb\nE: DRIVER=usb\n"
            f"E: BUSNUM=001\nE: DEVNUM={self.address:03d}\nE: MAJOR=189\nE: MINOR={self.address - 1}\n"
            f"E: PRODUCT={self.vid:x}/{self.pid:x}/100\nE: TYPE=0/0/0\n"
            f"A: busnum=1\nA: devnum={self.address}\nA: speed=480\nA: bConfigurationValue=1\nA: bNumConfigurations=1\n"
            f"A: idVendor={self.vid:04x}\nA: idProduct={self.pid:04x}\nA: manufacturer={self.maker}\n"
            f"A: product={self.model}\n"
            + (f"A: serial={self.serial}\n" if self.serial else "")
            + f"H: descriptors={self.descriptors.hex().upper()}\n"
        )

    def parts(self) -> Iterator[tuple[str, str]]:
        """Of each interface, and of the kernel's printer on it: its directory under /sys, and the record."""
        for number, (kind, sub, protocol) in enumerate(self.interfaces):
            path = f"{self.syspath}/{self.port}:1.{number}"
            driver = "E: DRIVER=usblp\n" if protocol != IPP_USB[2] else ""
            yield (
                path,
                f"P: {path}\nE: DEVTYPE=usb_interface\nE: SUBSYSTEM=usb\n{driver}E: INTERFACE={kind}/{sub}/{protocol}\n"
                f"A: bInterfaceNumber={number:02x}\nA: bInterfaceClass={kind:02x}\nA: bInterfaceSubClass={sub:02x}\n"
                f"A: bInterfaceProtocol={protocol:02x}\n",
            )
            if driver:
                name = f"lp{self.node}"
                yield (
                    f"{path}/usbmisc/{name}",
                    f"P: {path}/usbmisc/{name}\nN: usb/{name}\nE: DEVNAME=/dev/usb/{name}\nE: SUBSYSTEM=usbmisc\n"
                    f"E: MAJOR=180\nE: MINOR={self.node}\n",
                )


def _interface(number: int, triple: tuple[int, int, int]) -> bytes:
    """With a pair of bulk endpoints of its own."""
    head = struct.pack("<9B", 9, 4, number, 0, 2, *triple, 0)
    ends = (number + 1, 0x80 | (number + 1))
    return head + b"".join(struct.pack("<BBBBHB", 7, 5, end, 2, 512, 0) for end in ends)


RAW = UsbPrinterDevice(
    0x03F0,
    0x2B17,
    "Hewlett-Packard",
    "HP LaserJet 1020",
    "JL12345",
    "MFG:Hewlett-Packard;MDL:HP LaserJet 1020;CMD:PJL,PCL,PDF;CLS:PRINTER;",
)
"""A printer class device that takes PDF."""
DRIVERLESS = UsbPrinterDevice(
    0x03F0, 0x7A12, "HP", "LaserJet Twin", "VNB3K00001", "MFG:HP;MDL:LaserJet Twin;CMD:PDF,URF;", (IPP_USB, IPP_USB)
)
"""An IPP-over-USB device: ipp-usb wants two interfaces of that kind."""
