"""How one role's request reaches another: within the process, or over mutual TLS. Both give the same answers."""

import json
import ssl
from collections.abc import Callable, Mapping
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self
from urllib.parse import parse_qsl

import aiohttp

from firmware.vault.identity import Identity, Kind
from tools.edgemesh.exchange import Reply, Request
from tools.edgemesh.problems import TABLE, Problem
from tools.edgemesh.shapes import MAX_JSON, Fields, decode
from tools.edgemesh.tls import peer_context

ANSWER_SECONDS = 5.0
_NONSENSE = "peer-unreachable"  # what an answer is worth that is not one of the interface


class Service(Protocol):
    """What answers requests: `api.Api`."""

    async def handle(self, request: Request) -> Reply: ...


class Switchboard:
    """Connects the roles of one process: what is called here reaches the service that is plugged in later."""

    def __init__(self) -> None:
        self.service: Service | None = None

    def caller(self, identity: Identity) -> "LocalCaller":
        """A caller that speaks as `identity`, one of this process's own roles."""
        return LocalCaller(self, identity)


class LocalCaller:
    """`peers.Caller` within the process."""

    def __init__(self, switchboard: Switchboard, identity: Identity) -> None:
        self._switchboard, self._identity = switchboard, identity

    async def call(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Fields:
        service = self._switchboard.service
        if service is None:
            raise Problem("peer-unreachable", "the mesh is starting")
        route, _, query = path.partition("?")
        sent = b"" if body is None else json.dumps(body).encode()
        reply = await service.handle(Request(method, route, self._identity, query=dict(parse_qsl(query)), body=sent))
        return _answered(reply.status, Fields(reply.json or {}, _NONSENSE))


class HttpCallers:
    """Callers over mutual TLS that share one pool of connections; an async context manager."""

    def __init__(self, directory: Path, ca_pem: bytes) -> None:
        self._contexts = {kind: peer_context(directory, ca_pem, kind) for kind in (Kind.VAULT, Kind.NODE, Kind.ORG)}
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=ANSWER_SECONDS), cookie_jar=aiohttp.DummyCookieJar()
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    def caller(self, kind: Kind, find_url: Callable[[], str]) -> "HttpCaller":
        """A caller of one role; `find_url` says where it is now, empty when nobody knows."""
        return HttpCaller(self, self._contexts[kind], find_url)

    async def send(
        self, context: ssl.SSLContext, method: str, url: str, body: Mapping[str, object] | None
    ) -> tuple[int, bytes]:
        """Status and body of the answer. Raises `Problem` peer-unreachable."""
        if self._session is None or not url:
            raise Problem("peer-unreachable", "its address is not known")
        sending = self._session.request(method, url, json=body, ssl=context, allow_redirects=False)
        try:
            async with sending as answer:
                if answer.status != HTTPStatus.NO_CONTENT and not 0 < (answer.content_length or 0) <= MAX_JSON:
                    raise Problem("peer-unreachable", "its answer makes no sense")
                return answer.status, await answer.read()
        except (aiohttp.ClientError, OSError, TimeoutError) as exc:
            raise Problem("peer-unreachable", type(exc).__name__) from exc


class HttpCaller:
    """`peers.Caller` over mutual TLS."""

    def __init__(self, pool: HttpCallers, context: ssl.SSLContext, find_url: Callable[[], str]) -> None:
        self._pool, self._context, self._find_url = pool, context, find_url

    async def call(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Fields:
        base = self._find_url()
        try:
            status, raw = await self._pool.send(self._context, method, base and base + path, body)
        except Problem:  # a kept connection ends with its peer's restart; every call here may be made twice
            status, raw = await self._pool.send(self._context, method, base and base + path, body)
        return _answered(status, decode(raw, _NONSENSE) if raw else Fields({}, _NONSENSE))


def _answered(status: int, fields: Fields) -> Fields:
    if status < 400:
        return fields
    code = fields.text("code")
    detail = fields.text("detail") if fields.has("detail") else ""
    extra = {name: fields.text(name) for name in ("part", "station") if fields.has(name)}
    raise Problem(code if code in TABLE else "internal", detail, **extra)
