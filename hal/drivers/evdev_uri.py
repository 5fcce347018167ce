"""What the URI of a keyboard wedge or a keypad says: which device, and how it types."""

import re

from hal.drivers.input_nodes import Wanted
from hal.drivers.uri import DeviceUri, parse
from hal.framing.wedge import GAP, End, Wedge
from hal.ports.errors import DeviceConfigError
from hal.quirks.hid import WEDGES
from hal.quirks.layouts import LAYOUTS

OPTIONS = ("vid", "pid", "serial", "name", "layout", "gap", "end", "track")
KEYPAD_OPTIONS = ("vid", "pid", "serial", "name")
LONGEST_GAP = 5000
"""Milliseconds."""


def reader(uri: str) -> DeviceUri:
    """`evdev:?vid=08ff&pid=0009&name=front` or `evdev:/dev/input/by-id/usb-…-event-kbd?name=front`, each with `layout`,
    `gap` (milliseconds), `end` and `track`. Raises `DeviceConfigError`."""
    device = parse(uri, OPTIONS)
    which = wanted(device)
    wedge(device, which.vid, which.pid)  # what is wrong with the options is said at once
    return device


def keypad(uri: str) -> DeviceUri:
    """`evdev:?vid=062a&pid=4101` or `evdev:/dev/input/by-id/usb-…-event-kbd`, with `name`. Raises
    `DeviceConfigError`."""
    device = parse(uri, KEYPAD_OPTIONS)
    wanted(device)
    return device


def wanted(device: DeviceUri) -> Wanted:
    """By device file, or by identifiers. Raises `DeviceConfigError`."""
    options = device.options
    if device.path:
        if any(option in options for option in ("vid", "pid", "serial")):
            raise DeviceConfigError("evdev", "a device file or vid and pid, not both")
        return Wanted(path=device.path)
    if not all(re.fullmatch("[0-9a-fA-F]{4}", options.get(option, "")) for option in ("vid", "pid")):
        raise DeviceConfigError("evdev", "a device file, or vid and pid of four hexadecimal digits each, as lsusb says")
    return Wanted(vid=int(options["vid"], 16), pid=int(options["pid"], 16), serial=options.get("serial", ""))


def wedge(device: DeviceUri, vid: int, pid: int) -> Wedge:
    """What the URI leaves open is as the make of the reader wants it. Raises `DeviceConfigError`."""
    quirk = WEDGES.get((vid, pid))
    gap = device.whole("gap", round(1000 * ((quirk and quirk.gap) or GAP)))
    if gap > LONGEST_GAP:
        raise DeviceConfigError("evdev", f"gap must be at most {LONGEST_GAP} ms, not {gap}")
    said = "end" in device.options
    end = device.one_of("end", tuple(End)) if said else (quirk and quirk.end) or End.AUTO
    track = int(device.one_of("track", ("1", "2", "3"))) if "track" in device.options else None
    layout = LAYOUTS[device.one_of("layout", tuple(LAYOUTS))]
    return Wedge(layout, gap=gap / 1000, end=End(end), learns=not said, track=track)
