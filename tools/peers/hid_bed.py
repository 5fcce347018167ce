"""The kernel's side of an emulated keyboard wedge: umockdev's test bed, told by JSON lines what happens to the device.

Runs under `umockdev-wrapper` with Debian's own Python, which has the gi bindings. Standard library and gi alone here
and in the module of its orders.
"""

import os
import struct
import sys
import time
import tty
from pathlib import Path
from typing import Any

import gi

gi.require_version("UMockdev", "1.0")
from gi.repository import GLib, UMockdev  # noqa: E402 (only after `require_version`)

sys.path.insert(0, str(Path(__file__).parents[2]))
from tools.peers.bed_orders import obey_orders  # noqa: E402 (as above: run as a file, not as part of the package)

EINVAL, ENODEV, EBUSY = 22, 19, 16
EV_SYN, EV_KEY, EV_REL = 0, 1, 2
GONE_SECONDS = 2.0
"""For whoever has a device open to see that it is gone."""


class Node:
    """One `/dev/input/event*`: what it is, who grabbed it, whether it is still there. Numbers of ioctls are those of
    linux/input.h, type `E`."""

    def __init__(self, bed: "Bed", path: str, told: dict[str, Any]) -> None:
        self.bed, self.path, self.told = bed, path, told
        self.gone = self.ended = self.told_gone = False
        self.grabs: list[int] = []
        self.handler = UMockdev.IoctlBase()
        self.handler.connect("handle-ioctl", self._ioctl)
        self.handler.connect("handle-read", self._read)
        bed.testbed.attach_ioctl(path, self.handler)
        self.wire = -1
        self.clock = time.CLOCK_REALTIME

    def connect(self) -> None:
        """The device file is there: take the other end of it."""
        self.wire = self.bed.testbed.get_dev_fd(self.path)
        tty.setraw(self.wire)

    @property
    def is_grabbed(self) -> bool:
        """Somebody reads it, and will see that it is gone."""
        return bool(self.grabs and self.grabs[-1])

    def send(self, kind: int, code: int, value: int) -> None:
        """One `struct input_event` of a 64-bit machine."""
        now = time.clock_gettime(self.clock)
        os.write(self.wire, struct.pack("llHHi", int(now), int(now % 1 * 1e6), kind, code, value))

    def _read(self, _base: object, client: Any) -> bool:
        if self.gone:
            client.complete(-1, ENODEV)
            self.told_gone = True
        elif self.ended:
            client.complete(0, 0)
        return self.gone or self.ended

    def _ioctl(self, _base: object, client: Any) -> bool:
        request = client.props.request
        number, size = request & 0xFF, request >> 16 & 0x3FFF
        if request >> 8 & 0xFF != ord("E"):
            return False
        if self.gone:
            client.complete(-1, ENODEV)
        elif number == 0x90:
            self._grab(client)
        elif number == 0xA0:
            (self.clock,) = struct.unpack("i", client.props.arg.resolve(0, 4).retrieve())
            client.complete(0, 0)
        elif (answer := self._answer(number, size)) is None:
            client.complete(-1, EINVAL)
        else:
            client.props.arg.resolve(0, size).update(0, answer[:size])
            client.complete(min(len(answer), size) if number >= 0x06 else 0, 0)
        return True

    def _grab(self, client: Any) -> None:
        wanted = int(any(client.props.arg.retrieve()))
        if self.bed.held and wanted:
            client.complete(-1, EBUSY)
        else:
            self.grabs.append(wanted)
            client.complete(0, 0)

    def _answer(self, number: int, size: int) -> bytes | None:
        told = self.told
        if 0x20 <= number < 0x40:
            return self._bits(number - 0x20, size)
        answers = {
            0x01: struct.pack("i", 0x010001),
            0x02: struct.pack("HHHH", 3, told["vid"], told["pid"], 0x0111),
            0x06: told["name"].encode() + b"\0",
            0x07: told["phys"].encode() + b"\0",
            0x08: told["serial"].encode() + b"\0",
            0x18: bytes(size),  # no key is down
            0x84: struct.pack("i", 0),
        }
        return answers.get(number)

    def _bits(self, kind: int, size: int) -> bytes:
        sets = {0: [0, *map(int, self.told["bits"])], **{int(kind): codes for kind, codes in self.told["bits"].items()}}
        field = bytearray(size)
        for code in sets.get(kind, ()):
            if code // 8 < size:
                field[code // 8] |= 1 << code % 8
        return bytes(field)


class Bed:
    """The machine that the reader is plugged into."""

    def __init__(self) -> None:
        self.testbed = UMockdev.Testbed.new()
        self.nodes: list[Node] = []
        self.devices: list[str] = []
        self.held = False
        self.pressed = 0.0

    def plug(self, device: dict[str, Any]) -> None:
        """Add the device file of each of `device["nodes"]`, and tell the monitors; `record` is umockdev's format."""
        for told in device["nodes"]:
            node = Node(self, told["path"], told)
            self.testbed.add_from_string(told["record"])  # which tells the monitors of it already
            node.connect()
            self.nodes.append(node)
            self.devices.append(told["syspath"])
            self.testbed.uevent(told["syspath"], "add")

    def unplug(self) -> None:
        """ENODEV for whoever has it open, as the kernel does; then the device files go."""
        for node in self.nodes:
            node.gone = True
            if node.is_grabbed:
                node.send(EV_SYN, 0, 0)  # wakes who waits; the read itself then fails
        end = time.monotonic() + GONE_SECONDS
        while any(node.is_grabbed and not node.told_gone for node in self.nodes) and time.monotonic() < end:
            GLib.MainContext.default().iteration(False)
        for path in self.devices:
            self.testbed.uevent(path, "remove")
            self.testbed.remove_device(path)
        self._sweep()
        self.nodes, self.devices = [], []

    def _sweep(self) -> None:
        """The device files and links, which the test bed leaves behind and the kernel and udev would not."""
        for node in self.nodes:
            for name in (node.path, node.told["link"]):
                Path(self.testbed.get_root_dir() + name).unlink(missing_ok=True)

    def type(self, node: int, events: list[list[int]], pace: float) -> None:
        """Send `[type, code, value]` one after the other, each key event `pace` seconds after the one before."""
        for kind, code, value in events:
            time.sleep(pace if kind == EV_KEY else 0)
            if kind == EV_KEY and value == 1:
                self.pressed = time.monotonic()
            self.nodes[node].send(kind, code, value)

    def end(self) -> None:
        """What no kernel does: reading comes to an end, as on a pipe."""
        for node in self.nodes:
            node.ended = True
            node.send(EV_SYN, 0, 0)

    def state(self) -> dict[str, Any]:
        """Of each device file every grab (1) and ungrab (0); the monotonic time of the last key that was pressed."""
        return {"grabs": [node.grabs for node in self.nodes], "pressed": self.pressed}

    def obey(self, asked: dict[str, Any]) -> dict[str, Any]:
        """One command."""
        match asked["do"]:
            case "plug":
                self.plug(asked)
            case "unplug":
                self.unplug()
            case "type":
                self.type(asked["node"], asked["events"], asked["pace"])
            case "end":
                self.end()
            case "hold":
                self.held = asked["held"]
        return self.state()


if __name__ == "__main__":
    bed = Bed()
    obey_orders(bed.testbed.get_root_dir(), bed.obey)
