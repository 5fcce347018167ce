"""What the technician is told of printers: those that were heard, and the one that was asked."""

import json
import socket
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from firmware.core.conditions import condition
from firmware.printer_approval import pinned
from hal.ports.errors import DeviceError
from hal.ports.printer import Capabilities, PrinterStatus

if TYPE_CHECKING:
    from firmware.technician.printer import Heard, Presented

SHOWN = 12
"""Media sizes of a list that are said; the others are counted."""


def found_json(found: "Sequence[Heard]") -> str:
    """One JSON object."""
    return json.dumps({"printers": [_as_dict(one) for one in found]})


def _as_dict(one: Any) -> dict[str, Any]:
    return asdict(one)


def found_lines(found: "Sequence[Heard]", presented: "Callable[[str], Presented]") -> str:
    """For a person: each printer, and the line to put in the configuration once its key was compared."""
    lines: list[str] = []
    for one in found:
        lines += [f"{one.name}" + (f" ({one.note})" if one.note else "")]
        lines += [f"    {one.model or 'model not said'}; takes {', '.join(one.formats) or 'nothing it tells of'}"]
        lines += [f"    {line}" for line in _advice(one, presented)]
    return "\n".join(lines or ["no printer was heard: is it on, in this network, and told to advertise itself?"])


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
        status, can = self.status, self.can
        state = ", ".join(self.blocking) if self.blocking else "can print"
        others = [reason for reason in status.reasons if reason.removesuffix("-error") not in self.blocking]
        said = {
            "printer": f"{status.name or 'nameless'} ({can.model or 'model not said'})",
            "uri": self.uri,
            "state": f"{status.state.value}: {state}",
            "what to do": " ".join(str(condition(reason)) for reason in self.blocking),
            "says also": ", ".join(others),
            "formats": ", ".join(can.formats),
            "sides": ", ".join(can.sides),
            "colour": ", ".join(can.color_modes),
            "paper in it": ", ".join(can.media_ready),
            "paper": _some(can.media),
            "finishings": ", ".join(can.finishings),
            "part of a document": "yes" if can.page_ranges else "no",
        }
        return "\n".join(f"{name + ':':20}{words}" for name, words in said.items() if words)


def _some(words: tuple[str, ...]) -> str:
    more = f" and {len(words) - SHOWN} more" if len(words) > SHOWN else ""
    return ", ".join(words[:SHOWN]) + more
