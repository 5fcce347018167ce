"""The kernel's side of an emulated USB printer: umockdev's test bed, told by JSON lines what happens to the device.

Runs under `umockdev-wrapper` with Debian's own Python, which has the gi bindings. Standard library and gi alone here
and in the modules that it takes from beside this one.
"""

import os
import shutil
import sys
from pathlib import Path
from typing import Any

import gi

gi.require_version("UMockdev", "1.0")
from gi.repository import UMockdev  # noqa: E402 (only after `require_version`)

sys.path.insert(0, str(Path(__file__).parents[2]))
from tools.peers.bed_orders import obey_orders  # noqa: E402 (as above: run as a file, not as part of the package)
from tools.peers.usb_bed_bulk import BulkDevice  # noqa: E402 (as above)
from tools.peers.usb_bed_lp import LpDevice  # noqa: E402 (as above)


class Bed:
    """The machine that printers are plugged into."""

    def __init__(self) -> None:
        self.testbed = UMockdev.Testbed.new()
        self.devices: dict[str, Any] = {}
        self.paths: list[str] = []
        self.seen: dict[str, Any] = {}

    def plug(self, told: dict[str, Any]) -> None:
        """Add the device, its interfaces and its device files; then the monitors hear of it."""
        for node in told["nodes"]:
            kind = LpDevice if node.startswith("/dev/usb/") else BulkDevice
            self.devices[node] = kind(self.testbed, node, told)
        for path, record in told["records"]:
            self.testbed.add_from_string(record)  # which tells the monitors of it already
            self.paths.append(path)
        for device in self.devices.values():
            device.connect()
        self.testbed.uevent("/sys" + told["records"][0][0], "add")

    def unplug(self) -> None:
        """ENODEV for whoever has it open; then the device files go, and the monitors hear of it."""
        for node, device in self.devices.items():
            device.lose()
            Path(self.testbed.get_root_dir() + node).unlink(missing_ok=True)
        for path in reversed(self.paths):
            self.testbed.uevent("/sys" + path, "remove")
            self.testbed.remove_device("/sys" + path)
        self.devices, self.paths = {}, []

    def obey(self, asked: dict[str, Any]) -> dict[str, Any]:
        """One command, and what the devices have to say."""
        match asked.pop("do"):
            case "plug":
                self.plug(asked)
            case "unplug":
                self.unplug()
            case "set":
                for device in self.devices.values():
                    device.set(**asked)
        return {node: device.told() for node, device in self.devices.items()}


if __name__ == "__main__":
    bed = Bed()
    root = bed.testbed.get_root_dir()
    obey_orders(root, bed.obey)
    shutil.rmtree(root, ignore_errors=True)
    os._exit(0)  # what is taken apart while somebody has a device open complains about it
