"""What the technician is told of printers: those that were heard, and the one that was asked."""

import json
import socket
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from firmware.core.conditions import condition
from firmware.printer_approval import pinned
from firmware.technician.told import Told, joined, told
from hal.ports.errors import DeviceError
from hal.ports.printer import Capabilities, PrinterState, PrinterStatus

if TYPE_CHECKING:
    from firmware.technician.printer import Heard, Presented

SHOWN = 12
"""Media sizes or formats of a list that are said; the others are counted."""
USED = ("application/pdf", "image/pwg-raster", "image/urf", "image/jpeg")
"""Formats that a station can send: of a long list these come first."""
UNHEARD = "no printer was heard: is it on, in this network, and told to advertise itself?"
_STATES = {
    PrinterState.IDLE: told("idle"),
    PrinterState.PROCESSING: told("processing"),
    PrinterState.STOPPED: told("stopped"),
}


def found_json(found: "Sequence[Heard]") -> str:
    """One JSON object."""
    return json.dumps({"printers": [_as_dict(one) for one in found]})


def _as_dict(one: Any) -> dict[str, Any]:
    return asdict(one)


def heard_lines(one: "Heard", presented: "Callable[[str], Presented]") -> str:
    """One printer for a person, and the line to put in the configuration once its key was compared. Blocks while it
    looks at that key."""
    lines = [(one.name or "nameless") + (f" ({one.note})" if one.note else "")]
    lines += [f"    {one.model or 'model not said'}; takes {_formats(one.formats) or 'nothing it tells of'}"]
    return "\n".join([*lines, *(f"    {line}" for line in _advice(one, presented))])


def _advice(one: "Heard", presented: "Callable[[str], Presented]") -> list[str]:
    uri = one.uri if _is_known(urlsplit(one.uri).hostname or "") else one.by_address or one.uri
    if not one.encrypted:
        return [f"{uri}: not encrypted; lockgate takes it only with ?insecure=yes-not-encrypted"]
    try:
        key = presented(uri)
    except DeviceError as exc:
        return [f"{uri}: {exc}"]
    if key.is_vouched_for:
        return [f'uri = "{uri}"', "vouched for by a certificate authority of this machine"]
    return [f'uri = "{pinned(uri, key.pin)}"', "compare the key with the printer's own panel before you trust it"]


def _is_known(host: str) -> bool:
    """Whether this machine finds that name."""
    try:
        socket.getaddrinfo(host, None)
    except (OSError, UnicodeError):
        return False
    return True


def approval_lines(uri: str, key: "Presented") -> str:
    """The key in force and the key that is shown."""
    _, _, old = uri.partition("pin=")
    trusted = old.partition("&")[0].removeprefix("sha256:") if old else "none: certificates are verified"
    return f"trusted now: {trusted}\nshown now:   {key.pin}"


@dataclass(frozen=True, slots=True)
class Shown:
    """One printer as it describes itself; `blocking` keeps it from printing."""

    uri: str
    status: PrinterStatus
    can: Capabilities
    blocking: tuple[str, ...]

    def json(self) -> str:
        """One JSON object."""
        can = {
            name: sorted(value) if isinstance(value, frozenset) else value for name, value in asdict(self.can).items()
        }
        said = {"uri": self.uri, "can_print": not self.blocking, "blocking": self.blocking}
        return json.dumps({**said, "status": asdict(self.status), "capabilities": can})

    def lines(self) -> str:
        """For a person."""
        return "\n".join(f"{name + ':':20}{words}" for name, words in self.rows().items())

    def rows(self) -> dict[str, str]:
        """What is said of it, by what that is; nothing that it does not say."""
        status, can = self.status, self.can
        others = [reason for reason in status.reasons if reason.removesuffix("-error") not in self.blocking]
        said = {
            "printer": f"{status.name or 'nameless'} ({can.model or 'model not said'})",
            "uri": self.uri,
            "state": _state(status.state, ", ".join(self.blocking) or told("can print")),
            "what to do": joined([words for reason in self.blocking for words in _sentences(reason)]),
            "says also": ", ".join(others),
            "formats": _formats(can.formats),
            "sides": ", ".join(can.sides),
            "colour": ", ".join(can.color_modes),
            "paper in it": ", ".join(can.media_ready),
            "paper": _some(can.media),
            "finishings": ", ".join(can.finishings),
            "part of a document": told("yes") if can.page_ranges else told("no"),
        }
        return {name: words for name, words in said.items() if words}


def _state(state: PrinterState, what: str) -> Told:
    return Told(f"{state.value}: {what}", "%(state)s: %(what)s", {"state": _STATES[state], "what": what})


def _sentences(reason: str) -> tuple[str, str]:
    found = condition(reason)
    return found.phrase, found.deed


def _formats(formats: tuple[str, ...]) -> str:
    return _some(tuple(sorted(formats, key=lambda one: one not in USED)))


def _some(words: tuple[str, ...]) -> str:
    more = f" and {len(words) - SHOWN} more" if len(words) > SHOWN else ""
    return ", ".join(words[:SHOWN]) + more
