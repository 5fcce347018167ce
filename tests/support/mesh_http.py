"""Requests to the mesh, over real HTTPS or straight into `Api`; every answer is checked against openapi.yaml."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

import aiohttp

from firmware.mesh.tls import client_context, load_identity
from firmware.vault.identity import Identity
from tests.support.mesh_openapi import check_answer
from tools.edgemesh.interface.api import Api
from tools.edgemesh.interface.exchange import Request

Json = dict[str, Any]
NO_HEADERS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Answer:
    """One whole answer; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def json(self) -> Json:
        parsed: Json = json.loads(self.body)
        return parsed

    @property
    def code(self) -> str:
        """A problem's code, empty for a good answer."""
        return str(self.json.get("code", "")) if self.status >= 400 else ""

    def expect(self, status: int) -> Json:
        """The JSON of an answer of this status; anything else fails the test."""
        assert self.status == status, (self.status, self.body[:500])
        return self.json if self.body else {}

    @property
    def refusal(self) -> tuple[int, str, str]:
        """Status, code and part of a problem."""
        return self.status, self.code, str(self.json.get("part", ""))

    @property
    def refused(self) -> dict[str, str]:
        """The codes of the jobs that a good answer leaves out, by job."""
        return {one["job"]: one["code"] for one in self.expect(200)["refused"]}


class Wire(Protocol):
    """Carries one request as one identity."""

    async def send(
        self, method: str, target: str, body: bytes | None = None, headers: Mapping[str, str] = NO_HEADERS
    ) -> Answer:
        """`target` is a path with query, or an absolute URL."""
        ...


class LocalWire:
    """Straight into the service."""

    def __init__(self, api: Callable[[], Api], identity: Identity | None, address: str = "") -> None:
        self._api, self._identity, self._address = api, identity, address

    async def send(
        self, method: str, target: str, body: bytes | None = None, headers: Mapping[str, str] = NO_HEADERS
    ) -> Answer:
        parts = urlsplit(target)
        fields = {name.lower(): value for name, value in headers.items()}
        if body is not None:
            fields.setdefault("content-length", str(len(body)))
        stream = pieces(body) if body is not None else None
        query = dict(parse_qsl(parts.query))
        reply = await self._api().handle(
            Request(
                method,
                parts.path,
                self._identity,
                query=query,
                headers=fields,
                stream=stream,
                address=self._address,
            )
        )
        raw = b"" if reply.json is None else json.dumps(reply.json).encode()
        if reply.file is not None:
            raw = reply.file.body.read(reply.file.start, reply.file.length)
            reply.file.body.close()
        check_answer(method, parts.path, reply.status, reply.media_type, raw)
        return Answer(reply.status, reply.headers, raw)


async def pieces(body: bytes, size: int = 70_000) -> AsyncIterator[bytes]:
    """A body as a network would bring it."""
    for start in range(0, len(body), size):
        yield body[start : start + size]
        await asyncio.sleep(0)


class HttpWire:
    """Real HTTPS with a bundle's identity; an async context manager."""

    def __init__(self, url: str, bundle: Path) -> None:
        self.url = url
        self.context = client_context((bundle / "ca.pem").read_bytes())
        load_identity(self.context, (bundle / "identity.chain").read_bytes(), (bundle / "identity.key").read_bytes())

    async def __aenter__(self) -> "HttpWire":
        connector = aiohttp.TCPConnector(ssl=self.context)
        self.session = aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=60))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.session.close()

    async def send(
        self, method: str, target: str, body: bytes | None = None, headers: Mapping[str, str] = NO_HEADERS
    ) -> Answer:
        url = target if target.startswith("https:") else self.url + target
        data = None if body is None else BytesIO(body)
        async with self.session.request(method, url, data=data, headers=dict(headers)) as answer:
            raw = await answer.read()
            media_type = answer.content_type if raw or answer.status != 204 else ""
            check_answer(method, urlsplit(url).path, answer.status, media_type, raw)
            return Answer(answer.status, {name.lower(): value for name, value in answer.headers.items()}, raw)


async def send_json(wire: Wire, method: str, target: str, value: object) -> Answer:
    """One request with a JSON body."""
    return await wire.send(method, target, json.dumps(value).encode(), {"Content-Type": "application/json"})
