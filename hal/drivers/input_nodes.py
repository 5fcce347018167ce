"""The input devices of this machine, as sysfs tells of them: found without opening one, so none is disturbed."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePath

INPUTS = Path("/sys/class/input")
DEVICES = PurePath("/dev/input")
_EVENT = re.compile(r"event([0-9]{1,9})")


@dataclass(frozen=True, slots=True)
class InputNode:
    """One `/dev/input/event*`. `device` says which physical device it belongs to: of the several device files of one
    reader it is the same, and of another reader of the same make it is another."""

    number: int
    vid: int
    pid: int
    serial: str
    device: str

    @property
    def path(self) -> str:
        """Its device file."""
        return str(DEVICES / f"event{self.number}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which reader: by its device file or a link to it, or by identifiers (and serial number where there are twins)."""

    path: str = ""
    vid: int = 0
    pid: int = 0
    serial: str = ""

    def __str__(self) -> str:
        serial = f" with serial number {self.serial}" if self.serial else ""
        return self.path or f"input device {self.vid:04x}:{self.pid:04x}{serial}"


def find(wanted: Wanted) -> tuple[InputNode, ...]:
    """All device files of the reader; none where it is not there. Of several readers that fit, the one in the first
    USB port: a link in /dev/input/by-path names another. Blocks for as long as sysfs takes."""
    nodes = sorted(_nodes(), key=lambda node: (node.device, node.number))
    first = next((node for node in nodes if _fits(node, wanted)), None)
    return tuple(node for node in nodes if first and (node.device, node.vid) == (first.device, first.vid))


def _fits(node: InputNode, wanted: Wanted) -> bool:
    if wanted.path:
        return PurePath(node.path).name == _name_behind(wanted.path)
    return (node.vid, node.pid) == (wanted.vid, wanted.pid) and wanted.serial in ("", node.serial)


def _name_behind(path: str) -> str:
    """`event5` for /dev/input/event5 and for a link to it. One link is followed, not more: udev makes no others."""
    with suppress(OSError):
        path = str(Path(path).readlink())
    return PurePath(path).name


def _nodes() -> Iterator[InputNode]:
    with suppress(FileNotFoundError):  # a machine without any input device
        for entry in INPUTS.iterdir():
            if match := _EVENT.fullmatch(entry.name):
                with suppress(OSError, ValueError):  # it went away meanwhile
                    yield _node(int(match[1]), entry.resolve().parent)


def _node(number: int, about: Path) -> InputNode:
    vid, pid = (int(_said(about / "id" / name), 16) for name in ("vendor", "product"))
    physical = _said(about / "phys").rpartition("/")[0]  # `usb-0000:00:14.0-1/input0`, but nothing over Bluetooth
    return InputNode(number, vid, pid, _said(about / "uniq"), physical or about.name)


def _said(attribute: Path) -> str:
    try:
        return attribute.read_text("utf-8", "replace").strip()
    except FileNotFoundError:
        return ""
