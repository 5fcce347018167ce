"""Bodies and announcements over real TLS: every chunk, every way to break off, and nothing left open."""

import asyncio

import pytest

from firmware.mesh.https import HttpsTransport
from firmware.mesh.port import MeshProtocolError, MeshUnreachableError
from firmware.mesh.transport import CHUNK, Patience
from hal.drivers.thread_workers import ThreadWorkers
from tests.support.aio import run
from tests.support.https_rig import EVENTS, own_context, serving, stream, streamed
from tests.support.scripted_mesh import Peer, Request, ScriptedMesh


def test_a_body_is_fetched_only_over_https() -> None:
    async def main() -> None:
        async with (
            HttpsTransport("https://127.0.0.1:1", own_context(), ThreadWorkers()) as transport,
            transport.stream("GET", "http://127.0.0.1:1/body", {}),
        ):
            raise AssertionError

    with pytest.raises(MeshProtocolError, match="https"):
        run(main())


def _bytes(size: int) -> bytes:
    return bytes(range(256)) * (size // 256) + bytes(size % 256)


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 7])
def test_a_body_comes_chunk_by_chunk(size: int) -> None:
    async def send(request: Request, peer: Peer) -> None:
        await peer.answer(200, _bytes(size), "application/octet-stream")

    with serving(send) as mesh:
        chunks = streamed(mesh, headers={"Range": "bytes=0-"}, patience=Patience())
    assert b"".join(chunks) == _bytes(size)
    assert all(len(chunk) == CHUNK for chunk in chunks[:-1])
    assert (mesh.requests[0].target, mesh.requests[0].headers["range"]) == ("/v1/jobs/j/body", "bytes=0-")


def test_a_body_without_a_length_comes_too() -> None:
    async def send(request: Request, peer: Peer) -> None:
        await peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n")

    with serving(send) as mesh:
        assert b"".join(streamed(mesh)) == b"hello world"


def test_a_body_closed_too_soon_just_ends() -> None:
    async def cut(request: Request, peer: Peer) -> None:
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n" + _bytes(CHUNK + 5))
        peer.writer.close()

    with serving(cut) as mesh:
        assert b"".join(streamed(mesh)) == _bytes(CHUNK + 5)


def test_a_body_that_is_reset_is_unreachable() -> None:
    async def cut(request: Request, peer: Peer) -> None:
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n" + _bytes(CHUNK))
        peer.reset()

    with serving(cut) as mesh, pytest.raises(MeshUnreachableError):
        streamed(mesh)


def test_a_body_that_stalls_is_unreachable() -> None:
    async def stall(request: Request, peer: Peer) -> None:
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n" + _bytes(CHUNK))
        await peer.gone()

    with serving(stall) as mesh, pytest.raises(MeshUnreachableError, match="in time"):
        streamed(mesh)


@pytest.mark.parametrize("most", [1, 2])
def test_leaving_a_body_closes_its_connection(most: int) -> None:
    left = asyncio.Event()

    async def stall(request: Request, peer: Peer) -> None:
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 30000000\r\n\r\n" + _bytes(most * CHUNK + 1))
        await peer.gone()
        left.set()

    with serving(stall) as mesh:
        assert len(streamed(mesh, most=most, patience=Patience())) == most
        mesh.wait(left)


@pytest.mark.parametrize("answered", [True, False])
def test_cancelling_a_read_closes_the_connection_at_once(answered: bool) -> None:
    asked_for, left = asyncio.Event(), asyncio.Event()

    async def stall(request: Request, peer: Peer) -> None:
        if answered:
            await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\nx")
        asked_for.set()
        await peer.gone()
        left.set()

    async def main(mesh: ScriptedMesh) -> None:
        reading = asyncio.create_task(stream(mesh.url, own_context(), {}, None, Patience()))
        await asyncio.to_thread(mesh.wait, asked_for)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        await asyncio.to_thread(mesh.wait, left)

    with serving(stall) as mesh:
        run(main(mesh))


def test_announcements_arrive_as_they_are_sent_and_end_with_the_connection() -> None:
    async def announce(request: Request, peer: Peer) -> None:
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n: hello\n\n")
        await peer.send(b"data: {}\n\n")
        peer.writer.close()

    with serving(announce) as mesh:
        assert b"".join(streamed(mesh, headers=EVENTS)) == b": hello\n\ndata: {}\n\n"


def test_silent_announcements_are_unreachable() -> None:
    async def silent(request: Request, peer: Peer) -> None:
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n: hello\n\n")
        await peer.gone()

    with serving(silent) as mesh, pytest.raises(MeshUnreachableError, match="in time"):
        streamed(mesh, headers=EVENTS)
