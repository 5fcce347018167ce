"""The mesh says in its network where it is, so that a station which was told of none asks it to be let in."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

from firmware.pairing.announced import KIND, txt
from hal.drivers.dns_sd import announced as told
from hal.ports.nearby import Service

HTTPS = 443
_LOG = logging.getLogger("edgemesh.announcing")


@asynccontextmanager
async def announced(org_id: str, url: str, interfaces: tuple[str, ...]) -> AsyncIterator[None]:
    """While this lasts: the organisation, and where its registrar answers; on all interfaces, or on those with these
    addresses. Begins in its own time, and where it cannot, the mesh serves all the same."""
    duty = asyncio.create_task(_announce(org_id, url, interfaces))
    try:
        yield
    finally:
        duty.cancel()
        with suppress(asyncio.CancelledError):
            await duty


async def _announce(org_id: str, url: str, interfaces: tuple[str, ...]) -> None:
    try:
        async with told(await _service(org_id, url), interfaces):
            await asyncio.Event().wait()
    except (OSError, ValueError) as exc:
        _LOG.warning("not announced, so stations must be told where the mesh is: %s", exc)


async def _service(org_id: str, url: str) -> Service:
    """Raises `OSError` where this machine does not know its own name, `ValueError` as `txt`."""
    said: dict[bytes, bytes | None] = {key.encode(): value.encode() for key, value in txt(url).items()}
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or HTTPS
    found = await asyncio.get_running_loop().getaddrinfo(host, port, family=socket.AF_INET)
    return Service(KIND, org_id, f"{org_id.replace('.', '-')}.local.", port, said, str(found[0][4][0]))
