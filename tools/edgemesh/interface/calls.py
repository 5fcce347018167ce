"""One routed request, as a handler sees it: the roles, the caller, the path's names, the body read under limits."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from firmware.vault.identity import Identity
from tools.edgemesh.interface.exchange import Request
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.interface.shapes import MAX_JSON, Fields, decode
from tools.edgemesh.roles import Roles

JSON_SECONDS = 10.0
"""How long a peer may take to send a JSON body."""


@dataclass(frozen=True, slots=True)
class Call:
    """`names` are the path's variables."""

    roles: Roles
    request: Request
    names: dict[str, str] = field(default_factory=dict)

    @property
    def caller(self) -> Identity:
        """Who calls. Raises `Problem` identity-missing where the route let in somebody without a certificate."""
        if self.request.caller is None:
            raise Problem("identity-missing")
        return self.request.caller

    async def fields(self, limit: int = MAX_JSON) -> Fields:
        """The body as one JSON object of at most `limit` bytes. Raises `Problem`: request-too-large, json-malformed,
        request-timeout."""
        if self.request.stream is None:
            return decode(self.request.body, limit=limit)
        try:
            async with asyncio.timeout(JSON_SECONDS):
                return decode(await _whole(self.request.stream, limit), limit=limit)
        except TimeoutError as exc:
            raise Problem("request-timeout") from exc

    def query(self, name: str, longest: int = 64) -> str:
        """A query parameter, empty when it is not there. Raises `Problem` request-malformed when it is too long."""
        value = self.request.query.get(name, "")
        if len(value) > longest or not value.isprintable():
            raise Problem("request-malformed", f"query parameter {name}")
        return value


async def _whole(stream: AsyncIterator[bytes], limit: int) -> bytes:
    body = bytearray()
    async for chunk in stream:
        body += chunk
        if len(body) > limit:
            raise Problem("request-too-large", f"JSON is limited to {limit} bytes")
    return bytes(body)
