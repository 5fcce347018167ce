"""Peers that misbehave on the wire: nonsense, silence, strangers, too many."""

import asyncio
import json
import ssl
from pathlib import Path

import aiohttp
import pytest

from tests.support.mesh_http import HttpWire
from tests.support.mesh_openapi import check_answer
from tests.support.mesh_people import people
from tests.support.mesh_serving import serving
from tools.edgemesh import announcer, bootstrap
from tools.edgemesh.bootstrap import MadeMesh, make_mesh
from tools.edgemesh.process import Running
from tools.edgemesh.serving import connection, quota
from tools.edgemesh.serving.server import Server, listen
from tools.edgemesh.serving.tls import server_context


async def raw(made: MadeMesh, url: str, *sent: bytes, bundle: Path | None = None) -> bytes:
    """What the server says to bytes that no HTTP library would send."""
    wire = HttpWire(url, bundle or made.station)
    host, port = url.removeprefix("https://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port), ssl=wire.context)
    try:
        for part in sent:
            writer.write(part)
            await writer.drain()
        return await asyncio.wait_for(reader.read(), 60)
    finally:
        writer.close()


def problem_of(answer: bytes) -> tuple[int, str]:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"application/problem+json" in head
    assert b"Traceback" not in answer
    assert b'File "' not in answer
    status = int(head.split()[1])
    check_answer("GET", "/v1/nowhere", status, "application/problem+json", body)
    return status, str(json.loads(body)["code"])


CLOSE = b"Host: mesh\r\nConnection: close\r\n"


@pytest.mark.parametrize(
    ("request_bytes", "expected"),
    [
        (b"GET / HTTP/1.1\r\n" + CLOSE + b"\r\n", (404, "route-unknown")),
        (b"GET /v1/jobs/%00%ff HTTP/1.1\r\n" + CLOSE + b"\r\n", (404, "route-unknown")),
        (b"PATCH /v1/mesh HTTP/1.1\r\n" + CLOSE + b"\r\n", (405, "method-not-allowed")),
        (b"nonsense\r\n\r\n", (400, "request-malformed")),
        (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", (400, "request-malformed")),
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n" + CLOSE + b"\r\n", (431, "headers-too-large")),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 20000 + b"\r\n" + CLOSE + b"\r\n", (431, "headers-too-large")),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 200 + CLOSE + b"\r\n", (431, "headers-too-large")),
        (b"GET / HTTP/1.1\r\nBad Header: x\r\n" + CLOSE + b"\r\n", (400, "request-malformed")),
        (
            b"POST /v1/sessions HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n"
            + CLOSE
            + b"\r\n0\r\n\r\n",
            (400, "request-malformed"),
        ),
        (
            b"POST /v1/sessions HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + CLOSE + b"\r\nzz\r\n",
            (400, "request-malformed"),
        ),
        (b"POST /v1/sessions HTTP/1.1\r\nContent-Length: 1\r\n" + CLOSE + b"\r\n{", (400, "json-malformed")),
        (
            b"POST /v1/sessions HTTP/1.1\r\nContent-Length: 100000\r\n" + CLOSE + b"\r\n" + b"[" * 100_000,
            (400, "json-malformed"),
        ),
        (
            b"POST /v1/sessions HTTP/1.1\r\nContent-Length: 9\r\nContent-Encoding: gzip\r\n"
            + CLOSE
            + b"\r\n\x1f\x8b1234567",
            (400, "json-malformed"),
        ),
    ],
)
def test_nonsense_gets_a_problem_document(made: MadeMesh, request_bytes: bytes, expected: tuple[int, str]) -> None:
    async def story(mesh: Running) -> None:
        assert problem_of(await raw(made, mesh.url, request_bytes)) == expected
        async with people(mesh.url, made) as (client, _):
            (await client.wire.send("GET", "/v1/health")).expect(200)

    serving(made, story)


def test_a_refused_body_is_not_asked_for(made: MadeMesh) -> None:
    """A client that asks first (RFC 9110 10.1.1) sends nothing in vain; one that is welcome goes on."""

    async def story(mesh: Running) -> None:
        async with people(mesh.url, made) as (client, _):
            upload = await client.seal(b"document")
            url = (await client.announce(upload)).expect(201)["body_urls"][0]
            target = url.removeprefix(mesh.url).encode()

            def asking(length: int) -> bytes:
                return (
                    b"PUT %s HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: %d\r\n" % (target, length)
                    + CLOSE
                    + b"\r\n"
                )

            refused = await raw(made, mesh.url, asking(1), bundle=made.client)
            assert problem_of(refused) == (400, "body-length")
            welcome = await raw(made, mesh.url, asking(len(upload.body)), upload.body, bundle=made.client)
            assert welcome.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 ")

    serving(made, story)


def test_strangers_get_no_answer_and_who_shows_nothing_gets_no_further(made: MadeMesh, tmp_path: Path) -> None:
    other = make_mesh(tmp_path / "other", "acme.example")

    async def story(mesh: Running) -> None:
        host, port = mesh.url.removeprefix("https://").split(":")
        nobody = ssl.create_default_context(cafile=made.site.ca_file)
        foreign = ssl.create_default_context(cafile=made.site.ca_file)
        foreign.load_cert_chain(other.station / "identity.chain", other.station / "identity.key")
        old = ssl.create_default_context(cafile=made.site.ca_file)
        old.load_cert_chain(made.station / "identity.chain", made.station / "identity.key")
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        mesh_route = f"https://{host}:{port}/v1/mesh"
        async with aiohttp.ClientSession() as session, session.get(mesh_route, ssl=nobody) as answer:
            assert (answer.status, (await answer.json())["code"]) == (401, "identity-missing")
        for context in (foreign, old):
            async with aiohttp.ClientSession() as session:
                with pytest.raises((aiohttp.ClientError, OSError)):
                    await session.get(f"https://{host}:{port}/v1/health", ssl=context)

    serving(made, story)


def test_a_silent_peer_is_hung_up_on(made: MadeMesh) -> None:
    async def story(mesh: Running) -> None:
        listener = listen("127.0.0.1", 0)
        context = server_context(made.site.path("vault"), made.site.ca_file.read_bytes())
        server = Server(mesh.api, context, mesh.workers, greeting_seconds=0.2, body_seconds=0.2)
        await server.start(listener)
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        assert await raw(made, url) == b""
        assert await raw(made, url, b"GET /v1/health HTTP/1.1\r\nX-Slow: ") == b""
        slow = b"POST /v1/sessions HTTP/1.1\r\nContent-Length: 9\r\n" + CLOSE + b'\r\n{"'
        assert problem_of(await raw(made, url, slow)) == (408, "request-timeout")
        await server.stop()

    serving(made, story)


def test_one_connection_too_many_is_hung_up_on(made: MadeMesh, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(mesh: Running) -> None:
        async with people(mesh.url, made) as (client, _):
            (await client.wire.send("GET", "/v1/health")).expect(200)
            monkeypatch.setattr(connection, "MAX_CONNECTIONS", 1)
            assert await raw(made, mesh.url) == b""
            (await client.wire.send("GET", "/v1/health")).expect(200)

    serving(made, story)


def test_one_certificate_leaves_connections_to_others(made: MadeMesh, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quota, "MAX_CONNECTIONS", 2)

    async def story(mesh: Running) -> None:
        host, port = mesh.url.removeprefix("https://").split(":")
        ask = b"GET /v1/health HTTP/1.1\r\nHost: mesh\r\n\r\n"

        async def connected(bundle: Path) -> tuple[bytes, asyncio.StreamWriter]:
            wire = HttpWire(mesh.url, bundle)
            reader, writer = await asyncio.open_connection(host, int(port), ssl=wire.context)
            writer.write(ask)
            try:
                return await asyncio.wait_for(reader.read(12), 60), writer
            except ConnectionError:
                return b"", writer

        org = made.site.path("org")
        (org / "ca.pem").write_bytes(made.site.ca_file.read_bytes())  # as a bundle has it
        opened = [await connected(made.station) for _ in range(3)]
        assert [answer for answer, _ in opened] == [b"HTTP/1.1 200", b"HTTP/1.1 200", b""]
        others = [await connected(made.client) for _ in range(2)]
        roles = [await connected(org) for _ in range(4)]
        assert {answer for answer, _ in others + roles} == {b"HTTP/1.1 200"}
        for _, writer in opened + others + roles:
            writer.transport.abort()
        async with asyncio.timeout(60):
            while not (again := await connected(made.station))[0]:  # until the server has seen the others go
                again[1].transport.abort()
        again[1].transport.abort()

    serving(made, story)


async def streams_again(wire: HttpWire, url: str) -> None:
    """Until the server takes one more event stream."""
    async with asyncio.timeout(60):
        while (again := await wire.session.get(f"{url}/v1/events")).status != 200:
            again.release()
    again.close()


def test_one_certificate_leaves_event_streams_to_others(made: MadeMesh) -> None:
    async def story(mesh: Running) -> None:
        async with people(mesh.url, made) as (_, station):
            assert isinstance(station.wire, HttpWire)
            streams = [await station.wire.session.get(f"{mesh.url}/v1/events") for _ in range(quota.MAX_STREAMS)]
            assert {stream.status for stream in streams} == {200}
            refused = await station.wire.send("GET", "/v1/events")
            assert refused.refusal == (429, "too-many-streams", "")
            (await station.wire.send("GET", "/v1/health")).expect(200)
            bootstrap.add_station(made.site, "station-2", made.site.directory.parent / "station-2")
            async with HttpWire(mesh.url, made.site.directory.parent / "station-2") as other:
                welcome = await other.session.get(f"{mesh.url}/v1/events")
                assert welcome.status == 200
                welcome.close()
            for stream in streams:
                stream.close()
            await streams_again(station.wire, mesh.url)

    serving(made, story)


def test_streams_left_behind_are_known_to_be_gone_before_anything_is_sent(
    made: MadeMesh, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A station that starts again and again is not kept out until a heartbeat finds its old streams broken."""
    monkeypatch.setattr(announcer, "HEARTBEAT_SECONDS", 3600.0)

    async def story(mesh: Running) -> None:
        async with people(mesh.url, made) as (_, station):
            assert isinstance(station.wire, HttpWire)
            streams = [await station.wire.session.get(f"{mesh.url}/v1/events") for _ in range(quota.MAX_STREAMS)]
            for stream in streams:
                stream.close()
            await streams_again(station.wire, mesh.url)

    serving(made, story)


def test_no_answer_tells_versions(made: MadeMesh) -> None:
    async def story(mesh: Running) -> None:
        async with people(mesh.url, made) as (client, station):
            assert isinstance(station.wire, HttpWire)
            stream = await station.wire.session.get(f"{mesh.url}/v1/events")
            answers = [await client.wire.send("GET", "/v1/health"), await client.wire.send("GET", "/nowhere")]
            answers.append(await station.wire.send("DELETE", f"/v1/sessions/s-{'0' * 32}"))
            told = {answer.headers["server"] for answer in answers} | {stream.headers["Server"]}
            assert told == {"edgemesh"}
            stream.close()
        refused = await raw(made, mesh.url, b"nonsense\r\n\r\n")
        assert b"aiohttp" not in refused
        assert b"Python" not in refused

    serving(made, story)


def test_a_station_is_no_server(made: MadeMesh) -> None:
    """A certificate of the organisation is not enough to answer as the mesh: clients look at its kind."""

    async def story(mesh: Running) -> None:
        listener = listen("127.0.0.1", 0)
        server = Server(mesh.api, server_context(made.station, made.site.ca_file.read_bytes()), mesh.workers)
        await server.start(listener)
        wire = HttpWire(f"https://127.0.0.1:{listener.getsockname()[1]}", made.client)
        async with wire:
            with pytest.raises(aiohttp.ClientError):
                await wire.send("GET", "/v1/health")
        await server.stop()

    serving(made, story)
