"""The real channels over real TLS: whom each believes, and what it bears."""

import ast
import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from firmware.mesh.port import MeshProtocolError, MeshUnreachableError, MeshUntrustedError
from firmware.mesh.transport import Patience
from firmware.pairing.https import HttpsChannels
from firmware.pairing.port import ANSWER_BYTES, EST, Answer, Channel
from firmware.vault.identity import Kind
from hal.drivers.system_clock import SystemClock
from hal.drivers.thread_workers import ThreadWorkers
from tests.support.aio import run
from tests.support.pairing_mesh import PairingMesh, problem
from tests.support.pairing_server import optional_context, served
from tests.support.scripted_mesh import Peer, Request, ScriptedMesh, holder, new_ca

ROOT = Path(__file__).parents[3]
CACERTS = f"{EST}/cacerts"


def asked(open_channel: Callable[[HttpsChannels], Channel], **options: object) -> Answer:
    """GET cacerts over the channel that is opened."""

    async def main() -> Answer:
        workers = ThreadWorkers(1)
        try:
            patience = Patience(connect=2.0, answer=0.5)
            return await open_channel(HttpsChannels(workers, patience, **options)).request("GET", CACERTS)  # type: ignore[arg-type]
        finally:
            workers.close()

    return run(main())


def test_first_contact_believes_anybody_and_the_others_do_not() -> None:
    with served() as (mesh, server):
        ca, foreign = mesh.ca.certificate_pem, new_ca().certificate_pem
        assert asked(lambda channels: channels.first_contact(server.url)).reply.status == 200
        answer = asked(lambda channels: channels.verified(server.url, ca))
        assert (answer.reply.status, answer.retry_after) == (200, 0.0)
        assert answer.date == datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
        with pytest.raises(MeshUntrustedError):
            asked(lambda channels: channels.verified(server.url, foreign))
        own = holder(mesh.ca, Kind.STATION)
        asked(lambda channels: channels.mutual(server.url, ca, own.chain, own.key))
        assert [trust for trust, _, _ in mesh.requests] == ["nobody", "nobody", "mutual"]


def test_what_is_given_up_while_it_connects_asks_nothing_and_waits_for_nobody() -> None:
    """The handshake ends after that: a thread that then waited for an answer would keep the whole process."""
    context = optional_context(PairingMesh(new_ca(), SystemClock()))
    connected, given_up = threading.Event(), threading.Event()
    heard: list[bytes] = []

    def answers_late(listener: socket.socket) -> None:
        plain, _ = listener.accept()
        with plain:
            connected.set()
            assert given_up.wait(60)
            with suppress(ConnectionError), context.wrap_socket(plain, server_side=True) as tls:
                heard.append(tls.recv(1))

    async def main() -> None:
        workers = ThreadWorkers(1)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            answering = asyncio.create_task(asyncio.to_thread(answers_late, listener))
            patience = Patience(connect=60.0, answer=600.0)
            channel = HttpsChannels(workers, patience).first_contact(f"https://127.0.0.1:{listener.getsockname()[1]}")
            request = asyncio.create_task(channel.request("GET", CACERTS))
            assert await asyncio.to_thread(connected.wait, 60)
            request.cancel()
            with suppress(asyncio.CancelledError):
                await request
            given_up.set()
            await answering
        workers.close()

    run(main())
    assert b"".join(heard) == b""


def test_first_contact_reaches_set_up_routes_only() -> None:
    async def main() -> None:
        channel = HttpsChannels(ThreadWorkers(1)).first_contact("https://127.0.0.1:9")
        for path in ("/v1/sessions", "/", f"{EST}x", "/.well-known/other"):
            with pytest.raises(ValueError, match="set-up"):
                await channel.request("GET", path)

    run(main())


@pytest.mark.parametrize("kind", [Kind.STATION, Kind.CLIENT, Kind.ORG, Kind.ADMIN])
def test_who_is_no_part_of_the_mesh_is_not_believed(kind: Kind) -> None:
    with served(kind=kind) as (mesh, server):
        ca = mesh.ca.certificate_pem
        for options in ({}, {"earliest": lambda: datetime(2026, 1, 1, tzinfo=UTC)}):
            with pytest.raises(MeshUntrustedError):
                asked(lambda channels: channels.verified(server.url, ca), **options)
        assert mesh.requests == []


def test_a_box_goes_by_its_own_calendar() -> None:
    with served() as (mesh, server):
        ca = mesh.ca.certificate_pem

        def verified(channels: HttpsChannels) -> Channel:
            return channels.verified(server.url, ca)

        long_ago, later = datetime(2020, 1, 1, tzinfo=UTC), datetime.now(UTC) + timedelta(days=2)
        assert asked(verified, earliest=lambda: long_ago).reply.status == 200
        with pytest.raises(MeshUntrustedError):
            asked(verified, earliest=lambda: later)


def scripted(script: Callable[[Request, Peer], Awaitable[None]]) -> Answer:
    mesh = PairingMesh(new_ca(), SystemClock())
    with ScriptedMesh(script, optional_context(mesh)) as server:
        return asked(lambda channels: channels.verified(server.url, mesh.ca.certificate_pem))


async def too_long(_request: Request, peer: Peer) -> None:
    await peer.answer(200, b" " * (ANSWER_BYTES + 1))


async def dripping(_request: Request, peer: Peer) -> None:
    await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n")
    while True:
        await peer.send(b" ")
        await asyncio.sleep(0.05)


async def headers_without_end(_request: Request, peer: Peer) -> None:
    await peer.send(b"HTTP/1.1 200 OK\r\n")
    await peer.send(b"X-More: more\r\n" * 1000)
    await peer.gone()


async def silent(_request: Request, peer: Peer) -> None:
    await peer.gone()


async def not_http(_request: Request, peer: Peer) -> None:
    await peer.send(b"220 smtp.example ESMTP\r\n\r\n")


@pytest.mark.parametrize(
    ("script", "error"),
    [
        (too_long, MeshProtocolError),
        (headers_without_end, MeshProtocolError),
        (not_http, MeshProtocolError),
        (dripping, MeshUnreachableError),
        (silent, MeshUnreachableError),
    ],
)
def test_a_mesh_that_misbehaves_is_borne(
    script: Callable[[Request, Peer], Awaitable[None]], error: type[Exception]
) -> None:
    with pytest.raises(error):
        scripted(script)


@pytest.mark.parametrize(("text", "seconds"), [("2", 2.0), ("99999", 3600.0), ("-1", 0.0), ("soon", 0.0), ("1e9", 0.0)])
def test_retry_after(text: str, seconds: float) -> None:
    async def script(_request: Request, peer: Peer) -> None:
        await peer.answer(200, b"{}", headers={"Retry-After": text, "Date": text})

    answer = scripted(script)
    assert (answer.retry_after, answer.date) == (seconds, None)


def test_a_refusal_is_an_answer() -> None:
    with served() as (mesh, server):
        mesh.before = lambda trust, method, path: problem(429, "too-many-enrolments")
        answer = asked(lambda channels: channels.first_contact(server.url))
        assert answer.reply.status == 429


def test_nobody_there() -> None:
    with pytest.raises(MeshUnreachableError):
        asked(lambda channels: channels.first_contact("https://127.0.0.1:9"))


def test_tls_is_unverified_in_one_place_only() -> None:
    """In the product; a printer's key may be pinned instead, and be shown to whoever is to approve it."""
    allowed = {"firmware/pairing/https.py", "hal/drivers/printer_trust.py", "hal/drivers/printer_look.py"}
    found = set()
    for root in ("firmware", "hal"):
        for path in (ROOT / root).rglob("*.py"):
            names = {
                node.attr for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Attribute)
            }
            if names & {"CERT_NONE", "_create_unverified_context"}:
                found.add(str(path.relative_to(ROOT)))
    assert "firmware/pairing/https.py" in found
    assert found <= allowed
