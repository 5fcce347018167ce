"""A USB printer's URI as configuration writes it: by what it is, not by where it is plugged in.

    usblp://03f0:2b17/JL12345        printer class, through the kernel's usblp
    ipp-usb://03f0:7a12              IPP over USB, through the ipp-usb daemon

The serial number may be left out where there is one such printer only. `stall=SECONDS` is how long it may take no byte
of a document: it may be waiting for paper. `state=DIRECTORY` is where ipp-usb keeps its state, if elsewhere.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote

from hal.ports.errors import DeviceConfigError

DEFAULT_STALL = 300
STATE = Path("/var/ipp-usb")
OPTIONS = {"usblp": ("stall",), "ipp-usb": ("stall", "state")}
SHAPE = re.compile(r"([a-z-]+)://([0-9A-Fa-f]{4}):([0-9A-Fa-f]{4})(?:/([!-.0->@-~]{1,384}))?(?:\?([!-~]+))?")
"""A URI has no spaces and no characters beyond ASCII but as percent and two digits; a serial number of USB has 126
characters at most."""


@dataclass(frozen=True, slots=True)
class UsbAddress:
    """`vid` and `pid` are USB's idVendor and idProduct; `serial` is empty where any will do; `stall` in seconds."""

    vid: int
    pid: int
    serial: str
    stall: float
    state: Path

    @property
    def name(self) -> str:
        """The printer's name in errors."""
        return f"{self.vid:04x}:{self.pid:04x}" + (f"/{self.serial}" if self.serial else "")


def parse(uri: str) -> UsbAddress:
    """Take the configured URI apart. Raises `DeviceConfigError`."""
    found = SHAPE.fullmatch(uri)
    if found is None or found[1] not in OPTIONS:
        raise DeviceConfigError("printer", f"a USB printer is usblp://VID:PID/SERIAL or ipp-usb://…, not {uri!r}")
    try:
        serial = unquote(found[4] or "", errors="strict")
        options = _options(found[1], found[5] or "")
    except ValueError as exc:
        raise DeviceConfigError("printer", f"malformed URI {uri!r}: {exc}") from exc
    stall, state = options.get("stall", str(DEFAULT_STALL)), Path(options.get("state", STATE))
    if not re.fullmatch(r"[1-9][0-9]{0,4}", stall):
        raise DeviceConfigError("printer", f"stall is a whole number of seconds above 0, not {stall!r}")
    if not state.is_absolute() or "\0" in str(state):
        raise DeviceConfigError("printer", f"state is the full path of a directory, not {str(state)!r}")
    return UsbAddress(int(found[2], 16), int(found[3], 16), serial, float(stall), state)


def _options(scheme: str, query: str) -> dict[str, str]:
    pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query), errors="strict")
    options = dict(pairs)
    if len(options) < len(pairs) or not options.keys() <= set(OPTIONS[scheme]) or "" in options.values():
        raise ValueError(f"the options of {scheme} are {', '.join(OPTIONS[scheme])}, each once and with a value")
    return options
