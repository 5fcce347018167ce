"""Updates from the mesh: implements `updates.source` over any transport."""

import re
from collections.abc import AsyncGenerator

from firmware.mesh import answers, bodies
from firmware.mesh.decode import Fields
from firmware.mesh.port import MeshProtocolError
from firmware.mesh.transport import Transport
from firmware.updates.source import Standing
from firmware.updates.states import Offer, UpdateError, Version

_DIGEST = re.compile(r"[0-9a-f]{64}")
_MOST_BYTES = 2**40


class MeshUpdates:
    """Over the connection of the station that asks."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def check(self, standing: Standing) -> Offer | None:
        """POST /v1/updates/check."""
        asked: dict[str, object] = {
            "version": standing.version,
            "compatible": standing.compatible,
            "slot": standing.slot,
            "phase": standing.phase,
            "faults": list(standing.faults),
        }
        asked |= {"bundle": standing.digest} if standing.digest else {}
        asked |= {"code": standing.code} if standing.code else {}
        return answers.expect(await self._transport.request("POST", "/v1/updates/check", asked), 200, offer)

    async def bundle(self, offer: Offer, offset: int) -> AsyncGenerator[bytes, None]:
        """GET /v1/updates/{bundle}, from `offset` on."""
        async with bodies.body(self._transport, f"/v1/updates/{offer.digest}", offset, offer.size) as chunks:
            async for chunk in chunks:
                yield chunk


def offer(fields: Fields) -> Offer | None:
    """POST /v1/updates/check, 200. Raises `MeshProtocolError`."""
    if not fields.optional("offer"):
        return None
    inner = fields.within("offer")
    digest = inner.text("bundle", 64)
    if not _DIGEST.fullmatch(digest):
        raise MeshProtocolError("offer.bundle is no SHA-256")
    try:
        version = Version(inner.text("version", 64))
    except UpdateError as exc:
        raise MeshProtocolError("offer.version is none") from exc
    return Offer(digest, version, inner.text("compatible", 128), inner.number("size", 1, _MOST_BYTES))
