"""How one role's request reaches another: within the process, or over mutual TLS. Both give the same answers."""

import json
import ssl
from collections.abc import Callable, Mapping
from functools import partial
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self
from urllib.parse import parse_qsl

import aiohttp

from firmware.mesh.tls import IdentityUnusableError
from firmware.vault.identity import Identity, IdentityError
from hal.ports.errors import DeviceError
from tools.edgemesh.evidence import Verifier
from tools.edgemesh.interface.exchange import Reply, Request
from tools.edgemesh.interface.problems import TABLE, Problem, from_error
from tools.edgemesh.interface.shapes import Fields, decode
from tools.edgemesh.serving.tls import peer_context

ANSWER_SECONDS = 5.0
MAX_ANSWER = 2 * 1024 * 1024
"""A full deny list, with room to spare."""
Names = frozenset[str]
"""Of those who may answer for a role: its own, and that of whose process it shares, which shows one certificate."""
_NONSENSE = "peer-unreachable"  # what an answer is worth that is not one of the interface


class Service(Protocol):
    """What answers requests: `api.Api`."""

    async def handle(self, request: Request) -> Reply: ...


class Switchboard:
    """Connects the roles of one process: what is called here reaches the service that is plugged in later."""

    def __init__(self) -> None:
        self.service: Service | None = None

    def caller(self, identify: Callable[[], Identity]) -> "LocalCaller":
        """A caller that speaks as one of this process's own roles; `identify` proves it anew for each call, as a
        handshake would, and raises `IdentityError`."""
        return LocalCaller(self, identify)


class LocalCaller:
    """`peers.Caller` within the process."""

    def __init__(self, switchboard: Switchboard, identify: Callable[[], Identity]) -> None:
        self._switchboard, self._identify = switchboard, identify

    async def call(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Fields:
        service = self._switchboard.service
        if service is None:
            raise Problem("peer-unreachable", "the mesh is starting")
        route, _, query = path.partition("?")
        sent = b"" if body is None else json.dumps(body).encode()
        try:
            identity = self._identify()
        except IdentityError as exc:
            raise from_error(exc) from exc
        reply = await service.handle(Request(method, route, identity, query=dict(parse_qsl(query)), body=sent))
        return _answered(reply.status, Fields(reply.json or {}, _NONSENSE))


class HttpCallers:
    """Callers over mutual TLS that share one pool of connections; an async context manager. `verifier` judges whoever
    answers."""

    def __init__(self, directory: Path, ca_pem: bytes, verifier: Verifier) -> None:
        self._directory, self._ca_pem, self._verifier = directory, ca_pem, verifier
        self._contexts: dict[tuple[Names, bool], ssl.SSLContext] = {}
        self._session: aiohttp.ClientSession | None = None

    def _check(self, names: Names, certificate: bytes) -> None:
        identity = self._verifier.identify((certificate,))
        if identity.name not in names:
            raise Problem("not-allowed", f"{identity.name} answers for {', '.join(sorted(names))}")

    def reload(self) -> None:
        """Our certificate was renewed. New contexts, not the old ones changed: connections that are kept belong to
        their context, and would go on showing the old one."""
        self._contexts.clear()

    def context(self, names: Names, *, is_bare: bool = False) -> ssl.SSLContext:
        """For whoever is one of these (`node/node-2`), and shows that within the handshake: who is another of the same
        kind may not answer in its place. Shows our certificate, unless `is_bare`. Raises `Problem` store-failed."""
        if (names, is_bare) not in self._contexts:
            own = None if is_bare else self._directory
            try:
                made = peer_context(own, self._ca_pem, partial(self._check, names))
            except (DeviceError, IdentityUnusableError) as exc:
                raise Problem("store-failed", "our own keys cannot be read") from exc
            self._contexts[names, is_bare] = made
        return self._contexts[names, is_bare]

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

    def caller(
        self, find_names: Callable[[], Names], find_url: Callable[[], str], *, is_bare: bool = False
    ) -> "HttpCaller":
        """A caller of one role: `find_names` says who may answer for it now, `find_url` where that is, empty when
        nobody knows. One that `is_bare` shows no certificate: ours has ended."""
        return HttpCaller(self, find_names, find_url, is_bare=is_bare)

    async def send(
        self, context: ssl.SSLContext, method: str, url: str, body: Mapping[str, object] | None
    ) -> tuple[int, bytes]:
        """Status and body of the answer. Raises `Problem` peer-unreachable."""
        if self._session is None or not url:
            raise Problem("peer-unreachable", "its address is not known")
        sending = self._session.request(method, url, json=body, ssl=context, allow_redirects=False)
        try:
            async with sending as answer:
                if answer.status != HTTPStatus.NO_CONTENT and not 0 < (answer.content_length or 0) <= MAX_ANSWER:
                    raise Problem("peer-unreachable", "its answer makes no sense")
                return answer.status, await answer.read()
        except (aiohttp.ClientError, OSError, TimeoutError) as exc:
            raise Problem("peer-unreachable", type(exc).__name__) from exc


class HttpCaller:
    """`peers.Caller` over mutual TLS."""

    def __init__(
        self, pool: HttpCallers, find_names: Callable[[], Names], find_url: Callable[[], str], *, is_bare: bool
    ) -> None:
        self._pool, self._find_names, self._find_url, self._is_bare = pool, find_names, find_url, is_bare

    async def call(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Fields:
        base = self._find_url()
        context = self._pool.context(self._find_names(), is_bare=self._is_bare)
        try:
            status, raw = await self._pool.send(context, method, base and base + path, body)
        except Problem:  # a kept connection ends with its peer's restart; every call here may be made twice
            status, raw = await self._pool.send(context, method, base and base + path, body)
        return _answered(status, decode(raw, _NONSENSE, MAX_ANSWER) if raw else Fields({}, _NONSENSE))


def _answered(status: int, fields: Fields) -> Fields:
    if status < 400:
        return fields
    code = fields.text("code")
    detail = fields.text("detail") if fields.has("detail") else ""
    extra = {name: fields.text(name) for name in ("part", "station") if fields.has(name)}
    raise Problem(code if code in TABLE else "internal", detail, **extra)
