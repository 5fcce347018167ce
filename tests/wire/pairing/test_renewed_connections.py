"""After a renewal, over real TLS: the next request shows the new certificate, what is under way keeps the old."""

import asyncio
import threading

from firmware.mesh import tls
from firmware.mesh.https import HttpsTransport
from firmware.vault.identity import Kind
from hal.drivers.thread_workers import ThreadWorkers
from tests.support.aio import run
from tests.support.scripted_mesh import Holder, Peer, Request, ScriptedMesh, holder, new_ca, server_context

CA = new_ca()


def shown(own: Holder) -> bytes:
    return tls.chain_der(own.chain)[0]


def test_the_next_request_shows_the_new_certificate() -> None:
    seen: list[tuple[str, bytes]] = []
    arrived, renewed = threading.Event(), threading.Event()

    async def script(request: Request, peer: Peer) -> None:
        seen.append((request.target, peer.writer.get_extra_info("ssl_object").getpeercert(binary_form=True)))
        if request.target == "/slow":
            arrived.set()
            await asyncio.to_thread(renewed.wait, 10)
        await peer.json(200, {})

    async def story(url: str, old: Holder, new: Holder) -> None:
        context = tls.client_context(CA.certificate_pem)
        tls.load_identity(context, old.chain, old.key)
        workers = ThreadWorkers(1)
        async with HttpsTransport(url, context, workers) as transport:
            await transport.request("GET", "/first")
            await transport.request("GET", "/kept-alive")
            slow = asyncio.create_task(transport.request("GET", "/slow"))
            assert await asyncio.to_thread(arrived.wait, 10)
            tls.load_identity(context, new.chain, new.key)
            await transport.reconnect()
            assert (await transport.request("GET", "/new")).status == 200
            renewed.set()
            assert (await slow).status == 200, "not broken off"
            await transport.reconnect()
            assert (await transport.request("GET", "/newer")).status == 200
        workers.close()

    old, new = holder(CA, Kind.STATION), holder(CA, Kind.STATION)
    context = server_context(CA, holder(CA, Kind.VAULT, hosts=("127.0.0.1",)))
    with ScriptedMesh(script, context) as mesh:
        run(story(mesh.url, old, new))
    certificates = dict(seen)
    assert certificates["/first"] == certificates["/kept-alive"] == certificates["/slow"] == shown(old)
    assert certificates["/new"] == certificates["/newer"] == shown(new)
