"""One kept connection to the mesh, as lean as can be: what the clients spend is not to be taken for the mesh's."""

import asyncio
import json
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from firmware.mesh.tls import client_context, load_identity
from tools.edgemesh.ca import chain_pem
from tools.edgemesh.keys import RoleKeys

SECONDS = 30.0
"""The longest that any answer may take."""
_CLOSE_SECONDS = 2.0


class LoadError(RuntimeError):
    """The mesh refused or did not answer: the figures would be of something else."""


def context_of(keys: RoleKeys, ca_pem: bytes) -> ssl.SSLContext:
    """The TLS of one holder of an identity."""
    context = client_context(ca_pem)
    load_identity(context, chain_pem(keys.chain), keys.identity_key)
    return context


@dataclass(slots=True)
class Line:
    """HTTP/1.1 over one TLS connection; one request after the other. `address` is our own end's, where it matters."""

    url: str
    context: ssl.SSLContext = field(repr=False)
    address: str = ""
    _reader: asyncio.StreamReader | None = None
    _writer: asyncio.StreamWriter | None = None

    async def open(self) -> "Line":
        """A handshake."""
        parts = urlsplit(self.url)
        host = parts.hostname or ""
        own = (self.address, 0) if self.address else None
        opening = asyncio.open_connection(host, parts.port, ssl=self.context, server_hostname=host, local_addr=own)
        self._reader, self._writer = await asyncio.wait_for(opening, SECONDS)
        return self

    async def close(self) -> None:
        if self._writer is not None:
            self._writer.transport.abort()
            with suppress(OSError):  # a timeout is one
                async with asyncio.timeout(_CLOSE_SECONDS):
                    await self._writer.wait_closed()
            self._reader = self._writer = None

    async def ask(self, method: str, path: str, body: object = None) -> Any:
        """The JSON of a good answer, None for one without. Raises `LoadError` for any other."""
        data = b"" if body is None else json.dumps(body).encode()
        return await self.send(method, path, data, "application/json")

    async def send(self, method: str, path: str, data: bytes, media_type: str) -> Any:
        """The same with a body of any kind."""
        async with asyncio.timeout(SECONDS):
            reader = await self._begin(method, path, data, media_type)
            status, length = _head(await reader.readuntil(b"\r\n\r\n"))
            answer = await reader.readexactly(length)
        if status >= 300:
            raise LoadError(f"{method} {path.partition('?')[0]}: {status} {answer[:200].decode(errors='replace')}")
        return json.loads(answer) if answer else None

    async def listen(self, path: str) -> None:
        """Read an event stream, and throw away what it says, until cancelled."""
        reader = await self._begin("GET", path, b"", "")
        while await reader.read(65536):
            pass
        raise LoadError(f"{path}: the stream ended")

    async def _begin(self, method: str, path: str, data: bytes, media_type: str) -> asyncio.StreamReader:
        if self._reader is None or self._writer is None:
            raise LoadError("the connection is not open")
        kind = f"Content-Type: {media_type}\r\nContent-Length: {len(data)}\r\n" if data else ""
        head = f"{method} {path} HTTP/1.1\r\nHost: {urlsplit(self.url).netloc}\r\n{kind}\r\n"
        self._writer.write(head.encode() + data)
        await self._writer.drain()
        return self._reader


def _head(raw: bytes) -> tuple[int, int]:
    """Status and length of the body."""
    first, *fields = raw.decode("latin-1").split("\r\n")
    lengths = [field.partition(":")[2] for field in fields if field.lower().startswith("content-length:")]
    return int(first.split(" ")[1]), int(lengths[0]) if lengths else 0
