"""A USB printer as umockdev emulates it: real drivers and the real ipp-usb open it, speak with it, and lose it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.peers import hid
from tools.peers.hid import PYTHON, WRAPPER, Bed
from tools.peers.usb_nodes import RAW, UsbPrinterDevice

available = hid.available


@dataclass
class UsbPrinter:
    """A printer on the emulated bus. `device` is what it is made of now."""

    bed: Bed
    root: str
    device: UsbPrinterDevice
    behind: int = 0

    @property
    def command(self) -> tuple[str, ...]:
        """Whatever opens the printer runs under the wrapper, in which open and ioctl reach the test bed."""
        return (WRAPPER,)

    @property
    def environment(self) -> Mapping[str, str]:
        """Which test bed."""
        return {"UMOCKDEV_DIR": self.root}

    def plug(self, device: UsbPrinterDevice | None = None) -> None:
        """It is there; as `device`, where that is given: another address, another number, another port."""
        self.device = device or self.device
        made = self.device
        parts = [(made.syspath, made.record()), *made.parts()]
        nodes = ["/dev/" + line[3:] for _, record in parts for line in record.splitlines() if line.startswith("N: ")]
        self.ask(
            "plug",
            records=parts,
            nodes=nodes,
            strings=[made.maker, made.model, made.serial],
            device_id=made.device_id,
            behind=self.behind,
        )

    def unplug(self) -> None:
        """The cable is pulled, or the power cut: the bus does not know the difference."""
        self.ask("unplug")

    def set(self, **changes: object) -> None:
        """What the port says from now on."""
        self.ask("set", **changes)

    def told(self) -> dict[str, Any]:
        """What each device file has to say."""
        return self.ask("look")

    def ask(self, do: str, **more: object) -> dict[str, Any]:
        """One command to the test bed, and its answer. Raises `BrokenPipeError` or `EOFError` when it has died."""
        self.bed.say({"do": do, **more})
        return self.bed.hear()


@contextmanager
def usb_printer(device: UsbPrinterDevice = RAW, behind: int = 0) -> Iterator[UsbPrinter]:
    """A printer that is plugged in, until the block ends. `behind` is the port of the HTTP server in it."""
    bed = Bed([WRAPPER, PYTHON, str(Path(__file__).with_name("usb_bed.py"))])
    try:
        printer = UsbPrinter(bed, bed.hear()["root"], device, behind)
        printer.plug()
        yield printer
    finally:
        bed.end()
