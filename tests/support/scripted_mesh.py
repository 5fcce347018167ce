"""A mesh that answers over real TLS exactly what a test tells it to, right or wrong, one connection at a time."""

import asyncio
import json
import socket
import ssl
import struct
import tempfile
import threading
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from firmware.vault.identity import Kind
from firmware.vault.signing import Signer, new_identity_key
from tools.edgemesh.ca import Ca, chain_pem

ORG = "org-1"


@dataclass(frozen=True, slots=True)
class Holder:
    """A certificate and its key, in PEM."""

    key: bytes = field(repr=False)
    chain: bytes = field(repr=False)


def new_ca(org_id: str = ORG) -> Ca:
    """A CA of its own for one test."""
    return Ca.create(org_id, now=datetime.now(UTC))


def holder(
    ca: Ca,
    kind: Kind,
    holder_id: str = "one",
    *,
    hosts: tuple[str, ...] = (),
    users: tuple[str, ...] = (),
    box_key: bytes | None = None,
    age: timedelta = timedelta(0),
) -> Holder:
    """A holder whose certificate was issued `age` ago for a day."""
    key = new_identity_key()
    chain = ca.issue(
        Signer(key).public_key_pem,
        kind=kind,
        holder_id=holder_id,
        now=datetime.now(UTC) - age,
        hosts=hosts,
        users=users,
        box_key=box_key,
    )
    return Holder(key, chain_pem(chain))


def server_context(ca: Ca, own: Holder, *, clients: Ca | None = None) -> ssl.SSLContext:
    """TLS 1.3, demanding a certificate of `clients` (or of `ca`)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=(clients or ca).certificate_pem.decode())
    with tempfile.TemporaryDirectory() as folder:
        chain, key = Path(folder, "chain"), Path(folder, "key")
        chain.write_bytes(own.chain)
        key.write_bytes(own.key)
        context.load_cert_chain(chain, key)
    return context


@dataclass(frozen=True, slots=True)
class Request:
    """What arrived. Header names are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    def json(self) -> object:
        return json.loads(self.body)


class Peer:
    """The other end of one connection, for a script to talk to."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(
        self,
        status: int,
        body: bytes = b"",
        content_type: str = "application/json",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        named = {"Content-Type": content_type, "Content-Length": str(len(body)), **(headers or {})}
        head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
        await self.send(f"HTTP/1.1 {status} Scripted\r\n{head}\r\n".encode() + body)

    async def json(self, status: int, value: object) -> None:
        await self.answer(status, json.dumps(value).encode())

    async def problem(self, status: int, code: str, **more: str) -> None:
        document = json.dumps({"type": f"urn:lockgate:problem:{code}", "status": status, "code": code, **more})
        await self.answer(status, document.encode(), "application/problem+json")

    def reset(self) -> None:
        """Break the TCP connection with RST, now."""
        plain = self.writer.get_extra_info("socket")
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def gone(self) -> None:
        """Wait until the other side has closed."""
        await self.reader.read()


Script = Callable[[Request, Peer], Awaitable[None]]


class ScriptedMesh:
    """A TLS server on 127.0.0.1 in a thread of its own; `script` is called for each request, and what was asked is
    kept in `requests`; with a `greeting`, that is sent at once and the connection closed. A context manager."""

    def __init__(
        self,
        script: Script,
        context: ssl.SSLContext | None,
        *,
        greeting: bytes = b"",
        read_bodies_of: str = "GET POST PUT DELETE",
    ) -> None:
        self.requests: list[Request] = []
        self.connections = 0
        self.port = 0
        self._script = script
        self._greeting = greeting
        self._context = context
        self._read_bodies_of = read_bodies_of.split()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="scripted mesh")
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(60)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(60)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(60)
        self._loop.close()

    def wait(self, event: asyncio.Event) -> None:
        """Wait, from outside, for something that a script does; a minute at most."""
        asyncio.run_coroutine_threadsafe(asyncio.wait_for(event.wait(), 60), self._loop).result(61)

    async def _listen(self) -> asyncio.Server:
        self._loop.set_exception_handler(lambda loop, context: None)  # refused handshakes are part of the play
        return await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._context, limit=2**20)

    async def _end(self) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.wait_for(self._server.wait_closed(), 60)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        try:
            if self._greeting:
                writer.write(self._greeting)
                writer.close()
                await reader.read()
            while (request := await self._read(reader)) is not None:
                self.requests.append(request)
                await self._script(request, Peer(reader, writer))
        except (OSError, asyncio.IncompleteReadError):
            return  # the client went away, as many tests make it do
        finally:
            writer.transport.abort()

    async def _read(self, reader: asyncio.StreamReader) -> Request | None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        except asyncio.IncompleteReadError:
            return None
        first, *lines = head.rstrip("\r\n").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        method, target, _ = first.split(" ")
        length = int(headers.get("content-length", "0")) if method in self._read_bodies_of else 0
        return Request(method, target, headers, await reader.readexactly(length))
