"""A peer that is trusted no more, behind a connection that was opened while it was."""

import asyncio
from collections.abc import Callable

from firmware.errors import LockgateError
from firmware.mesh import tls
from firmware.mesh.https import HttpsTransport
from firmware.mesh.transport import EVENT_STREAM
from hal.drivers.thread_workers import ThreadWorkers
from tests.support.aio import run
from tests.support.https_rig import CA, QUICK, STATION, serving
from tests.support.scripted_mesh import Peer, Request


class DeniedError(LockgateError):
    code = "identity-revoked"


class Trust:
    """`number` of the deny list, and whether it names the peer."""

    def __init__(self) -> None:
        self.number, self.is_denied, self.judged = 0, False, 0

    def check(self, _certificate: bytes) -> None:
        self.judged += 1
        if self.is_denied:
            raise DeniedError


def test_no_request_goes_to_one_that_was_denied_meanwhile() -> None:
    heard: list[str] = []

    async def script(request: Request, peer: Peer) -> None:
        heard.append(request.target)
        await peer.json(200, {})

    async def refused(transport: HttpsTransport, path: str) -> bool:
        try:
            await transport.request("GET", path)
        except LockgateError:
            return True
        return False

    async def story(url: str) -> None:
        trust, workers = Trust(), ThreadWorkers(1)
        peers = tls.Peers(trust.check, lambda: trust.number)
        context = tls.client_context(CA.certificate_pem)
        tls.leave_time_to(context, peers.judge)
        tls.load_identity(context, STATION.chain, STATION.key)
        async with HttpsTransport(url, context, workers, QUICK, peers) as transport:
            assert not await refused(transport, "/first")
            trust.number = 1
            assert not await refused(transport, "/another-list")
            assert trust.judged == 2, "on the connection that there was"
            trust.number, trust.is_denied = 2, True
            assert await refused(transport, "/denied")
        workers.close()

    with serving(script) as mesh:
        run(story(mesh.url))
    assert heard == ["/first", "/another-list"]


def test_announcements_of_one_that_was_denied_meanwhile_end() -> None:
    told = asyncio.Event()

    async def script(_request: Request, peer: Peer) -> None:
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n: one\n\n")
        await told.wait()
        await peer.send(b": two\n\n")
        await peer.gone()

    async def story(url: str, tell: Callable[[], object]) -> list[bytes]:
        trust, workers, chunks = Trust(), ThreadWorkers(1), list[bytes]()
        peers = tls.Peers(trust.check, lambda: trust.number)
        context = tls.client_context(CA.certificate_pem)
        tls.leave_time_to(context, peers.judge)
        tls.load_identity(context, STATION.chain, STATION.key)
        async with HttpsTransport(url, context, workers, peers=peers) as transport:
            try:
                async with transport.stream("GET", f"{url}/v1/events", {"Accept": EVENT_STREAM}) as reply:
                    async for chunk in reply.chunks:
                        chunks.append(chunk)
                        trust.number, trust.is_denied = trust.number + 1, True
                        tell()
            except LockgateError:
                chunks.append(b"cut off")
        workers.close()
        return chunks

    with serving(script) as mesh:
        chunks = run(story(mesh.url, lambda: mesh._loop.call_soon_threadsafe(told.set)))
    assert chunks == [b": one\n\n", b"cut off"]
