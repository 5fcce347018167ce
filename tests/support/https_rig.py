"""The HTTPS transport with real threads and TLS, asked for one thing at a time of a server that does as told."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from firmware.mesh import tls
from firmware.mesh.https import HttpsTransport
from firmware.mesh.transport import EVENT_STREAM, Patience, Reply
from firmware.vault.identity import Kind
from hal.drivers.thread_workers import ThreadWorkers
from tests.support.aio import run
from tests.support.scripted_mesh import Holder, Peer, Request, Script, ScriptedMesh, holder, new_ca, server_context

CA, OTHER = new_ca(), new_ca()
HOST = ("127.0.0.1",)
VAULT = holder(CA, Kind.VAULT, hosts=HOST)
STATION = holder(CA, Kind.STATION)
QUICK = Patience(connect=3, answer=0.3, silence=0.3)
PAST = timedelta(days=2)


def own_context(ca: bytes = CA.certificate_pem, own: Holder = STATION) -> ssl.SSLContext:
    context = tls.client_context(ca)
    tls.load_identity(context, own.chain, own.key)
    return context


@contextmanager
def serving(script: Script, own: Holder = VAULT) -> Iterator[ScriptedMesh]:
    with ScriptedMesh(script, server_context(CA, own)) as mesh:
        yield mesh


async def healthy(request: Request, peer: Peer) -> None:
    await peer.json(200, {"status": "ok"})


async def _asked(url: str, context: ssl.SSLContext, body: object, patience: Patience) -> Reply:
    workers = ThreadWorkers()
    try:
        async with HttpsTransport(url, context, workers, patience) as transport:
            return await transport.request("GET" if body is None else "POST", "/v1/health", body)
    finally:
        workers.close()


def asked(
    mesh: ScriptedMesh | str,
    context: ssl.SSLContext | None = None,
    *,
    body: object = None,
    patience: Patience = QUICK,
) -> Reply:
    url = mesh if isinstance(mesh, str) else mesh.url
    return run(_asked(url, context or own_context(), body, patience))


async def stream(
    url: str, context: ssl.SSLContext, headers: dict[str, str], most: int | None, patience: Patience
) -> list[bytes]:
    workers, chunks = ThreadWorkers(), list[bytes]()
    try:
        async with (
            HttpsTransport(url, context, workers, patience) as transport,
            transport.stream("GET", f"{url}/v1/jobs/j/body", headers) as reply,
        ):
            async for chunk in reply.chunks:
                chunks.append(chunk)
                if len(chunks) == most:
                    break
    finally:
        workers.close()
    return chunks


def streamed(
    mesh: ScriptedMesh | str,
    context: ssl.SSLContext | None = None,
    headers: dict[str, str] | None = None,
    *,
    most: int | None = None,
    patience: Patience = QUICK,
) -> list[bytes]:
    url = mesh if isinstance(mesh, str) else mesh.url
    return run(stream(url, context or own_context(), headers or {}, most, patience))


Way = Callable[..., object]
"""One way to ask: a mesh or its URL, then a TLS context unless it is the usual one."""

EVENTS = {"Accept": EVENT_STREAM}
WAYS = [
    pytest.param(asked, id="json"),
    pytest.param(streamed, id="body"),
    pytest.param(lambda mesh, context=None: streamed(mesh, context, EVENTS), id="announcements"),
]
