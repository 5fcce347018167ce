"""What a serial reader's URI says: which line, how it is set, and what is spoken there."""

from collections.abc import Mapping
from typing import Any

from hal.drivers.dialects import OPTIONS, default_baud, dialect
from hal.drivers.uri import DeviceUri, parse
from hal.ports.errors import DeviceConfigError

PARITIES = {"none": "N", "even": "E", "odd": "O", "mark": "M", "space": "S"}
LINE = ("baud", "parity", "bytesize", "stopbits", "flow")


def parsed(uri: str) -> DeviceUri:
    """`serial:///dev/serial/by-id/usb-…?baud=9600&protocol=lines&end=cr&name=front`; protocols and their options are in
    dialects.py. Raises `DeviceConfigError`."""
    device = parse(uri, ("name", *LINE, *OPTIONS))
    if not device.path:
        raise DeviceConfigError("serial", f"no device file: {uri!r}")
    return device


def line_settings(device: DeviceUri) -> Mapping[str, Any]:
    """The line as the URI has it, in pyserial's words; where it says nothing, the dialect's baud, 8N1, no flow control.
    Raises `DeviceConfigError`."""
    flow = device.one_of("flow", ("none", "rtscts", "xonxoff"))
    return {
        "baudrate": device.whole("baud", default_baud(device)),
        "parity": PARITIES[device.one_of("parity", tuple(PARITIES))],
        "bytesize": int(device.one_of("bytesize", ("8", "7"))),
        "stopbits": int(device.one_of("stopbits", ("1", "2"))),
        "rtscts": flow == "rtscts",
        "xonxoff": flow == "xonxoff",
    }


def check(uri: str) -> None:
    """Raises `DeviceConfigError`."""
    device = parsed(uri)
    line_settings(device)
    dialect(device)
