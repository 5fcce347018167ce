"""A body's connection that is made ahead: used once, for the right node, while it is good; and never left open."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from firmware.mesh import tls
from firmware.mesh.ahead import Ahead
from firmware.mesh.https import HttpsTransport
from firmware.mesh.port import MeshUntrustedError
from hal.drivers.thread_workers import ThreadWorkers
from tests.support.aio import run
from tests.support.https_rig import CA, QUICK, STATION, own_context, serving
from tests.support.reader_rig import handles, until
from tests.support.scripted_mesh import Peer, Request
from tests.wire.mesh.test_fallen_peers import Trust

BODY = b"the body"


async def send(_request: Request, peer: Peer) -> None:
    await peer.answer(200, BODY, "application/octet-stream")


async def fetched(transport: HttpsTransport, url: str) -> bytes:
    async with transport.stream("GET", f"{url}/v1/jobs/j/body", {}) as reply:
        return b"".join([chunk async for chunk in reply.chunks])


def told(url: str, story: Callable[[HttpsTransport], Awaitable[None]]) -> None:
    async def main() -> None:
        workers = ThreadWorkers()
        try:
            async with HttpsTransport(url, own_context(), workers, QUICK) as transport:
                await story(transport)
        finally:
            workers.close()

    run(main())


def test_the_body_comes_on_it_and_the_next_one_on_another() -> None:
    with serving(send) as mesh:

        async def story(transport: HttpsTransport) -> None:
            transport.expect_body()
            assert await fetched(transport, mesh.url) == BODY
            assert mesh.connections == 1
            assert await fetched(transport, mesh.url) == BODY
            assert mesh.connections == 2

        told(mesh.url, story)


def test_a_body_of_another_node_comes_from_there() -> None:
    with serving(send) as mesh, serving(send) as node:

        async def story(transport: HttpsTransport) -> None:
            transport.expect_body()
            assert await fetched(transport, node.url) == BODY
            assert node.connections == 1

        told(mesh.url, story)
        assert not mesh.requests


def test_one_that_was_closed_meanwhile_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(send) as mesh:

        async def story(transport: HttpsTransport) -> None:
            transport.expect_body()
            ahead = transport._ahead
            assert isinstance(ahead, Ahead)
            await asyncio.wait((ahead.making,))
            assert ahead.connection._socket is not None
            ahead.connection._socket.close()
            assert await fetched(transport, mesh.url) == BODY

        told(mesh.url, story)


def test_one_that_is_old_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firmware.mesh.ahead.GOOD_SECONDS", 0.0)
    with serving(send) as mesh:

        async def story(transport: HttpsTransport) -> None:
            transport.expect_body()
            assert await fetched(transport, mesh.url) == BODY

        told(mesh.url, story)
        assert [request.target for request in mesh.requests] == ["/v1/jobs/j/body"]


def test_nobody_listens_and_the_body_says_so_once() -> None:
    async def story(transport: HttpsTransport) -> None:
        transport.expect_body()
        with pytest.raises(Exception, match="mesh-unreachable"):
            await fetched(transport, "https://127.0.0.1:1")

    told("https://127.0.0.1:1", story)


def test_what_is_not_used_is_closed() -> None:
    with serving(send) as mesh:

        async def story(transport: HttpsTransport) -> None:
            before = handles()
            for _ in range(20):
                transport.expect_body()
            ahead = transport._ahead
            assert isinstance(ahead, Ahead)
            await asyncio.wait((ahead.making,))
            assert handles() > before
            ahead.drop()
            await until(lambda: handles() <= before)  # those of the scripted mesh among them, in its own time

        told(mesh.url, story)


def test_it_is_not_used_to_one_that_was_denied_meanwhile() -> None:
    async def story(url: str) -> None:
        trust, workers = Trust(), ThreadWorkers()
        peers = tls.Peers(trust.check, lambda: trust.number)
        context = tls.client_context(CA.certificate_pem)
        tls.leave_time_to(context, peers.judge)
        tls.load_identity(context, STATION.chain, STATION.key)
        async with HttpsTransport(url, context, workers, QUICK, peers) as transport:
            transport.expect_body()
            ahead = transport._ahead
            assert isinstance(ahead, Ahead)
            await asyncio.wait((ahead.making,))
            trust.number, trust.is_denied = 1, True
            with pytest.raises(MeshUntrustedError):
                await fetched(transport, url)
        workers.close()

    with serving(send) as mesh:
        run(story(mesh.url))
        assert not mesh.requests
