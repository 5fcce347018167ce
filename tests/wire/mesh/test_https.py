"""The HTTPS transport against a server that answers as told: trust, limits and every way to break off."""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from firmware.errors import LockgateError
from firmware.mesh import tls
from firmware.mesh.https import HttpsTransport
from firmware.mesh.port import MeshProtocolError, MeshUnreachableError, MeshUntrustedError
from firmware.mesh.transport import ANSWER_BYTES, CHUNK, EVENT_STREAM, Patience, Reply
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


async def _streamed(
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
    return run(_streamed(url, context or own_context(), headers or {}, most, patience))


EVENTS = {"Accept": EVENT_STREAM}
WAYS = [
    pytest.param(asked, id="json"),
    pytest.param(streamed, id="body"),
    pytest.param(lambda mesh, context=None: streamed(mesh, context, EVENTS), id="announcements"),
]


def test_json_goes_there_and_back() -> None:
    async def echo(request: Request, peer: Peer) -> None:
        await peer.answer(201, request.body, "Application/JSON; charset=utf-8")

    with serving(echo) as mesh:
        assert asked(mesh, body={"a": "ä"}) == Reply(201, "application/json", b'{"a": "\\u00e4"}')
    assert mesh.requests[0].headers["content-type"] == "application/json"
    assert mesh.requests[0].headers["accept-encoding"] == "identity"


def test_one_connection_serves_many_requests() -> None:
    async def main(url: str) -> None:
        async with HttpsTransport(url, own_context(), ThreadWorkers()) as transport:
            for _ in range(3):
                await transport.request("GET", "/v1/health")

    with serving(healthy) as mesh:
        run(main(mesh.url))
    assert (len(mesh.requests), mesh.connections) == (3, 1)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("server", "words"),
    [
        (holder(OTHER, Kind.VAULT, hosts=HOST), "self-signed|issuer certificate|local issuer"),
        (holder(CA, Kind.VAULT, hosts=("127.0.0.2",)), "IP address mismatch"),
        (holder(CA, Kind.VAULT, hosts=HOST, age=PAST), "expired"),
        (holder(CA, Kind.ORG, hosts=HOST), "not that of a vault or node"),
        (holder(CA, Kind.STATION, hosts=HOST), "unsuitable certificate purpose|certificate purpose"),
    ],
)
def test_a_server_that_is_not_the_mesh_gets_no_request(way: object, server: Holder, words: str) -> None:
    assert callable(way)
    with serving(healthy, server) as mesh, pytest.raises(MeshUntrustedError, match=words):
        way(mesh)
    assert mesh.requests == []


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("own", [holder(CA, Kind.STATION, age=PAST), holder(OTHER, Kind.STATION)])
def test_a_server_that_refuses_our_certificate_is_told_from_one_that_crashes(way: object, own: Holder) -> None:
    assert callable(way)
    with serving(healthy) as mesh, pytest.raises(MeshUntrustedError, match="our certificate was not accepted"):
        way(mesh, own_context(own=own))


@pytest.mark.parametrize("way", WAYS)
def test_a_server_that_hangs_up_on_every_request_is_unreachable(way: object) -> None:
    async def hang_up(request: Request, peer: Peer) -> None:
        peer.reset()

    assert callable(way)
    with serving(hang_up) as mesh, pytest.raises(MeshUnreachableError):
        way(mesh)


@pytest.mark.parametrize("way", WAYS)
def test_nobody_there_is_unreachable(way: object) -> None:
    assert callable(way)
    with serving(healthy) as mesh:
        url = mesh.url
    with pytest.raises(MeshUnreachableError, match="Connection refused"):
        way(url)


@pytest.mark.parametrize("way", WAYS)
def test_a_server_that_says_nothing_is_unreachable(way: object) -> None:
    async def wait(request: Request, peer: Peer) -> None:
        await peer.gone()

    assert callable(way)
    with serving(wait) as mesh, pytest.raises(MeshUnreachableError):
        way(mesh)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("greeting", [b"\x15\x03\x01\x00\x02\x02\x46", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
def test_a_server_without_tls_1_3_is_untrusted(way: object, greeting: bytes) -> None:
    assert callable(way)
    with ScriptedMesh(healthy, None, greeting=greeting) as mesh, pytest.raises(MeshUntrustedError, match=r"TLS 1\.3"):
        way(mesh)


@pytest.mark.parametrize("alert", [42, 43, 44, 45, 46, 48, 49, 51, 116])
def test_an_alert_about_our_certificate_is_untrusted(alert: int) -> None:
    greeting = bytes([0x15, 3, 1, 0, 2, 2, alert])  # RFC 8446, 6: fatal
    with (
        ScriptedMesh(healthy, None, greeting=greeting) as mesh,
        pytest.raises(MeshUntrustedError, match="our certificate was not accepted"),
    ):
        streamed(mesh)


@pytest.mark.parametrize("way", WAYS)
def test_what_is_not_http_is_refused(way: object) -> None:
    async def gibberish(request: Request, peer: Peer) -> None:
        await peer.send(b"SSH-2.0-OpenSSH\r\n\r\n")

    assert callable(way)
    with serving(gibberish) as mesh, pytest.raises(MeshProtocolError):
        way(mesh)


def test_an_answer_that_is_cut_is_unreachable() -> None:
    async def cut(request: Request, peer: Peer) -> None:
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
        peer.reset()

    with serving(cut) as mesh, pytest.raises(MeshUnreachableError):
        asked(mesh)


def test_an_answer_that_trickles_is_given_up() -> None:
    async def trickle(request: Request, peer: Peer) -> None:
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
        await peer.gone()

    with serving(trickle) as mesh, pytest.raises(MeshUnreachableError, match="in time"):
        asked(mesh)


@pytest.mark.parametrize("announced", [True, False])
def test_an_answer_that_is_too_long_is_not_taken(announced: bool) -> None:
    async def flood(request: Request, peer: Peer) -> None:
        length = b"Content-Length: 1000000000\r\n" if announced else b"Connection: close\r\n"
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + length + b"\r\n")
        for _ in range(ANSWER_BYTES // CHUNK + 64):
            await peer.send(b" " * CHUNK)

    with serving(flood) as mesh, pytest.raises(MeshProtocolError, match="too long"):
        asked(mesh, patience=Patience())


def test_a_redirection_is_not_followed() -> None:
    async def elsewhere(request: Request, peer: Peer) -> None:
        await peer.answer(302, headers={"Location": "https://127.0.0.1:1/"})

    with serving(elsewhere) as mesh:
        assert asked(mesh).status == 302


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "https:///x", "ftp://h/", "https://u:p@h/", "https://h:99999/", "//"]
)
def test_only_https_is_spoken(url: str) -> None:
    with pytest.raises(MeshProtocolError, match="URL"):
        asked(url)


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
        reading = asyncio.create_task(_streamed(mesh.url, own_context(), {}, None, Patience()))
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


def test_every_error_has_its_code() -> None:
    with pytest.raises(LockgateError) as caught:
        asked("https://name.invalid/")
    assert caught.value.code == "mesh-unreachable"
