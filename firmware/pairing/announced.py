"""The mesh that says in the network where it is: how it says so, and how a box that was told of none takes it.

Anybody can say it. So one alone is taken, only by a box that belongs to nobody, and what is at stake is what the first
contact with an address that was typed leaves open, too (firmware/docs/pairing.md).
"""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from firmware.pairing.errors import PairingError
from hal.ports.nearby import Nearby, Service

KIND = "_lockgate._tcp.local."
"""RFC 6763, 4.1.2 and 7."""
VERSION = b"1"
LONGEST_URL = 200
"""Characters; a string of TXT has 255 bytes, its key among them (RFC 6763, 6.1)."""
LOOK_SECONDS = 3.0
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,252})|\[[0-9A-Fa-f:.]{2,45}\]")


def txt(url: str) -> dict[str, str]:
    """What a mesh says whose registrar answers at `url`. Raises `ValueError` for one that nobody could take."""
    if not is_url(url):
        raise ValueError(f"{url} cannot be announced: https://HOST:PORT, at most {LONGEST_URL} characters")
    return {"txtvers": VERSION.decode(), "url": url}


def is_url(text: str) -> bool:
    """Whether a mesh may answer there: `https://HOST` or `https://HOST:PORT`, and nothing behind it."""
    if len(text) > LONGEST_URL or not text.startswith("https://") or not text.isascii():
        return False
    try:
        parts = urlsplit(text)
        port = 443 if parts.port is None else parts.port
    except ValueError:
        return False
    host = parts.netloc.removesuffix(f":{port}")
    return _HOST.fullmatch(host) is not None and port > 0 and text == f"https://{parts.netloc}"


def read_url(service: Service) -> str:
    """Where it says that the mesh answers; empty where it says nothing that can be taken."""
    if service.kind != KIND or service.txt.get(b"txtvers") != VERSION:
        return ""
    text = (service.txt.get(b"url") or b"").decode("ascii", "replace")
    return text if is_url(text) else ""


async def sought(nearby: Nearby) -> str:
    """Where the one mesh answers that is near. Raises `PairingError`: `mesh-not-found`, `mesh-ambiguous`."""
    try:
        found = _urls(await nearby.services((KIND,), LOOK_SECONDS))
    except OSError as exc:
        raise PairingError(f"no network to look for a mesh in: {exc.strerror}", code="mesh-not-found") from exc
    if not found:
        raise PairingError("no mesh says in this network where it is", code="mesh-not-found")
    if len(found) > 1:
        words = f"{len(found)} meshes say where they are, such as {found[0]} and {found[1]}: say which one (mesh.url)"
        raise PairingError(words, code="mesh-ambiguous")
    return found[0]


def _urls(services: Sequence[Service]) -> list[str]:
    return sorted({url for url in map(read_url, services) if url})
