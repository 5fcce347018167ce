"""One routed request, as a handler sees it: the roles, the caller, the path's names, the body read under limits."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from tools.edgemesh.exchange import Request
from tools.edgemesh.problems import Problem
from tools.edgemesh.roles import Roles
from tools.edgemesh.shapes import MAX_JSON, Fields, decode

JSON_SECONDS = 10.0
"""How long a peer may take to send a JSON body."""


@dataclass(frozen=True, slots=True)
class Call:
    """`names` are the path's variables."""

    roles: Roles
    request: Request
    names: dict[str, str] = field(default_factory=dict)

    async def fields(self) -> Fields:
        """The body as one JSON object. Raises `Problem`: request-too-large, json-malformed, request-timeout."""
        if self.request.stream is None:
            return decode(self.request.body)
        try:
            async with asyncio.timeout(JSON_SECONDS):
                return decode(await _whole(self.request.stream))
        except TimeoutError as exc:
            raise Problem("request-timeout") from exc

    def query(self, name: str) -> str:
        """A query parameter, empty when it is not there. Raises `Problem` request-malformed when it is too long."""
        value = self.request.query.get(name, "")
        if len(value) > 64 or not value.isprintable():
            raise Problem("request-malformed", f"query parameter {name}")
        return value


async def _whole(stream: AsyncIterator[bytes]) -> bytes:
    body = bytearray()
    async for chunk in stream:
        body += chunk
        if len(body) > MAX_JSON:
            raise Problem("request-too-large", f"JSON is limited to {MAX_JSON} bytes")
    return bytes(body)
