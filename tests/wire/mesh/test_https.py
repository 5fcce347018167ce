"""The HTTPS transport: whom it trusts, what it takes for an answer, and which error each failure is."""

import traceback

import pytest

from firmware.errors import LockgateError
from firmware.mesh.https import HttpsTransport
from firmware.mesh.port import MeshProtocolError, MeshUnreachableError, MeshUntrustedError
from firmware.mesh.transport import ANSWER_BYTES, CHUNK, Patience, Reply
from firmware.vault.identity import Kind
from hal.drivers.thread_workers import ThreadWorkers
from tests.support.aio import run
from tests.support.https_rig import CA, HOST, OTHER, PAST, WAYS, Way, asked, healthy, own_context, serving, streamed
from tests.support.scripted_mesh import Holder, Peer, Request, ScriptedMesh, holder

CARD = "04a1b2c3"


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
        (holder(CA, Kind.ORG, hosts=HOST), "not that of a vault, node or registrar"),
        (holder(CA, Kind.STATION, hosts=HOST), "unsuitable certificate purpose|certificate purpose"),
    ],
)
def test_a_server_that_is_not_the_mesh_gets_no_request(way: Way, server: Holder, words: str) -> None:
    with serving(healthy, server) as mesh, pytest.raises(MeshUntrustedError, match=words):
        way(mesh)
    assert mesh.requests == []


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("own", [holder(CA, Kind.STATION, age=PAST), holder(OTHER, Kind.STATION)])
def test_a_server_that_refuses_our_certificate_is_told_from_one_that_crashes(way: Way, own: Holder) -> None:
    with serving(healthy) as mesh, pytest.raises(MeshUntrustedError, match="our certificate was not accepted"):
        way(mesh, own_context(own=own))


@pytest.mark.parametrize("way", WAYS)
def test_a_server_that_hangs_up_on_every_request_is_unreachable(way: Way) -> None:
    async def hang_up(request: Request, peer: Peer) -> None:
        peer.reset()

    with serving(hang_up) as mesh, pytest.raises(MeshUnreachableError):
        way(mesh)


@pytest.mark.parametrize("way", WAYS)
def test_nobody_there_is_unreachable(way: Way) -> None:
    with serving(healthy) as mesh:
        url = mesh.url
    with pytest.raises(MeshUnreachableError, match="Connection refused"):
        way(url)


@pytest.mark.parametrize("way", WAYS)
def test_a_server_that_says_nothing_is_unreachable(way: Way) -> None:
    async def wait(request: Request, peer: Peer) -> None:
        await peer.gone()

    with serving(wait) as mesh, pytest.raises(MeshUnreachableError):
        way(mesh)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("greeting", [b"\x15\x03\x01\x00\x02\x02\x46", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
def test_a_server_without_tls_1_3_is_untrusted(way: Way, greeting: bytes) -> None:
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
def test_what_is_not_http_is_refused(way: Way) -> None:
    async def gibberish(request: Request, peer: Peer) -> None:
        await peer.send(b"SSH-2.0-OpenSSH\r\n\r\n")

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


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"])
def test_no_error_shows_what_was_asked(answer: bytes) -> None:
    async def spoil(request: Request, peer: Peer) -> None:
        await peer.send(answer)
        peer.reset()

    with serving(spoil) as mesh, pytest.raises(LockgateError) as caught:
        asked(mesh, body={"credential": {"kind": "card", "value": CARD}})
    assert CARD.encode() in mesh.requests[0].body
    assert CARD not in "".join(traceback.format_exception(caught.value))


def test_every_error_has_its_code() -> None:
    with pytest.raises(LockgateError) as caught:
        asked("https://name.invalid/")
    assert caught.value.code == "mesh-unreachable"
