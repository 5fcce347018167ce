"""Which sockets of a running box listen, from the kernel's own tables, beside the list of those that may."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

from tools.image.errors import ImageError
from tools.image.workplace import RECIPE

GOLDEN = RECIPE / "listening.txt"
ANY = "*"
LISTEN, UNCONNECTED = "0A", "07"
"""States of TCP and of UDP (linux/tcp_states.h)."""
_LINE = re.compile(r"\s*\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) [0-9A-F]+:([0-9A-F]{4}) ([0-9A-F]{2}) .*")


@dataclass(frozen=True, slots=True, order=True)
class Listening:
    """A socket that anybody may reach who reaches the address."""

    address: str
    port: int


def parse_sockets(text: str) -> set[Listening]:
    """The open ends in the text of /proc/net/{tcp,tcp6,udp,udp6}: what listens, and UDP without a peer. Raises
    `ImageError` for a line that is none of theirs."""
    found = set()
    for line in text.splitlines():
        if "local_address" in line or not line.strip():
            continue
        parts = _LINE.fullmatch(line)
        if parts is None:
            raise ImageError(f"no line of a socket table: {line[:80]!r}")
        address, port, peer, state = parts.groups()
        if state in (LISTEN, UNCONNECTED) and peer == "0000":
            found.add(Listening(_address(address), int(port, 16)))
    return found


def of_user(text: str, user: int) -> str:
    """Of the same tables, the lines of sockets that belong to a user id."""
    return "".join(f"{line}\n" for line in text.splitlines() if line.split()[7:8] == [str(user)])


def allowed(text: str) -> set[Listening]:
    """The list of those that may, `ADDRESS PORT` a line, `*` for any address, comments from `#`."""
    lines = (line.partition("#")[0].split() for line in text.splitlines())
    return {Listening(words[0], int(words[1])) for words in lines if words}


def golden(file: Path = GOLDEN) -> set[Listening]:
    """That of the image."""
    return allowed(file.read_text(encoding="utf-8"))


def unexpected(found: set[Listening], may: set[Listening]) -> set[Listening]:
    """Those of `found` that are not on the list."""
    return {one for one in found if one not in may and Listening(ANY, one.port) not in may}


def _address(digits: str) -> str:
    """The kernel writes words of 32 bits in the machine's order, which is little-endian on every board."""
    raw = bytes.fromhex(digits)
    turned = b"".join(raw[at : at + 4][::-1] for at in range(0, len(raw), 4))
    return str(IPv4Address(turned) if len(turned) == 4 else IPv6Address(turned))
