"""`lockgate-submit`: what it says when the mesh refuses, hangs up, lies or is somebody else."""

import asyncio
import base64
import json
from datetime import timedelta
from pathlib import Path

import pytest

from firmware.vault.identity import Kind
from tests.support.mesh_roles import Roles
from tests.support.pki import Pki
from tests.support.scripted_mesh import Peer, Request, Script, ScriptedMesh
from tests.support.submitting import NOW, PKI, FakeMesh, refusing, reset, submitted, tls_of, told
from tools.submit import upload
from tools.submit.errors import Exit


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "PAUSE_SECONDS", 0.0)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_a_mesh_that_hangs_up_is_unreachable(tmp_path: Path, method: str) -> None:
    outcome = told(tmp_path, FakeMesh(instead={method: [reset] * 4}))
    assert (outcome.status, outcome.code) == (Exit.UNAVAILABLE, "mesh-unreachable")
    assert ("is held is not known" in outcome.err) is (method == "PUT")


def test_nobody_there_is_unreachable(tmp_path: Path) -> None:
    outcome = submitted(tmp_path, "https://127.0.0.1:1")
    assert (outcome.status, outcome.code) == (Exit.UNAVAILABLE, "mesh-unreachable")
    assert "Connection refused" in outcome.err


def test_a_mesh_that_holds_too_little_is_no_success(tmp_path: Path) -> None:
    mesh = FakeMesh(replicas=2, changes={"replicas": 1})
    mesh.instead = {"PUT": [mesh.take, refusing(507, "mesh-full")]}
    assert told(tmp_path, mesh).code == "mesh-full"
    (tmp_path / "again").mkdir()
    mesh = FakeMesh(replicas=3, changes={"replicas": 1})
    outcome = told(tmp_path / "again", mesh)
    assert (outcome.status, outcome.code) == (Exit.UNAVAILABLE, "not-held")


@pytest.mark.parametrize(
    ("method", "status", "code", "exit_status"),
    [
        ("GET", 503, "peer-unreachable", Exit.UNAVAILABLE),
        ("POST", 507, "mesh-full", Exit.UNAVAILABLE),
        ("POST", 403, "not-allowed", Exit.REFUSED),
        ("POST", 422, "manifest-stale", Exit.REFUSED),
        ("POST", 422, "manifest-owner", Exit.PROFILE),
        ("POST", 422, "manifest-of-the-future", Exit.REFUSED),
        ("POST", 403, "identity-expired", Exit.PROFILE),
        ("PUT", 413, "job-too-large", Exit.REFUSED),
    ],
)
def test_a_refusal_is_told_with_its_code_and_advice(
    tmp_path: Path, method: str, status: int, code: str, exit_status: Exit
) -> None:
    outcome = told(tmp_path, FakeMesh(instead={method: [refusing(status, code)] * 2}))
    assert (outcome.status, outcome.code) == (exit_status, code)
    assert json.loads(outcome.out)["error"]["advice"]
    assert "said the mesh" in outcome.err


def test_a_refusal_in_the_middle_of_an_upload_is_heard(tmp_path: Path) -> None:
    async def refuse_early(request: Request, peer: Peer) -> None:
        await peer.problem(507, "mesh-full")
        await asyncio.wait_for(peer.reader.readexactly(2**20), 60)
        peer.writer.close()

    mesh = FakeMesh(instead={"PUT": [refuse_early, refuse_early]})
    with ScriptedMesh(mesh, tls_of(), read_bodies_of="POST") as serving:
        mesh.url = serving.url
        outcome = submitted(tmp_path, serving.url, content=b"%PDF-1.4\n" + bytes(40_000_000))
    assert (outcome.status, outcome.code) == (Exit.UNAVAILABLE, "mesh-full")


async def html(request: Request, peer: Peer) -> None:
    await peer.answer(200, b"<html>Welcome to the hotel</html>", "text/html")


async def deep(request: Request, peer: Peer) -> None:
    await peer.answer(200, b"[" * 2**20)


async def endless(request: Request, peer: Peer) -> None:
    await peer.answer(200, b" " * (5 * 2**20))


async def gibberish(request: Request, peer: Peer) -> None:
    await peer.send(b"220 smtp ready\r\n\r\n")


async def another_job(request: Request, peer: Peer) -> None:
    await peer.json(201, {"job": "another", "state": "held", "body_urls": []})


async def plain_url(request: Request, peer: Peer) -> None:
    job_id = json.loads(base64.b64decode(json.loads(request.body)["manifest"]))["job_id"]
    await peer.json(201, {"job": job_id, "state": "receiving", "body_urls": ["http://127.0.0.1/"]})


@pytest.mark.parametrize(
    ("method", "answer"),
    [
        ("GET", html),
        ("GET", deep),
        ("GET", endless),
        ("GET", gibberish),
        ("POST", html),
        ("POST", another_job),
        ("POST", plain_url),
        ("PUT", html),
        ("PUT", gibberish),
    ],
)
def test_what_does_not_speak_as_a_mesh_is_told(tmp_path: Path, method: str, answer: Script) -> None:
    outcome = told(tmp_path, FakeMesh(instead={method: [answer] * 2}))
    assert (outcome.status, outcome.code) == (Exit.PROTOCOL, "mesh-protocol")


def test_a_server_that_is_not_the_mesh_gets_no_request(tmp_path: Path) -> None:
    for name, server in (
        ("foreign", Pki(now=NOW).holder(Kind.VAULT, "v", hosts=("127.0.0.1",))),
        ("station", PKI.holder(Kind.STATION, "s", hosts=("127.0.0.1",))),
        ("expired", PKI.holder(Kind.VAULT, "v", hosts=("127.0.0.1",), now=NOW - timedelta(days=3))),
    ):
        (tmp_path / name).mkdir()
        outcome = told(tmp_path / name, FakeMesh(), server=server)
        assert (outcome.status, outcome.code) == (Exit.UNTRUSTED, "mesh-untrusted"), name


def test_a_mesh_that_does_not_accept_this_computer_is_told(tmp_path: Path) -> None:
    with ScriptedMesh(FakeMesh(), tls_of(clients=Pki(now=NOW).ca)) as serving:
        outcome = submitted(tmp_path, serving.url)
    assert (outcome.status, outcome.code) == (Exit.UNTRUSTED, "mesh-untrusted")
    assert "our certificate was not accepted" in outcome.err


def test_nothing_is_sealed_to_a_mesh_that_cannot_prove_its_nodes(tmp_path: Path) -> None:
    foreign = Roles.of(Pki(now=NOW)).mesh(NOW)
    mesh = FakeMesh(changes={"nodes": foreign["nodes"]})
    outcome = told(tmp_path, mesh)
    assert (outcome.status, outcome.code, mesh.jobs) == (Exit.UNTRUSTED, "mesh-untrusted", [])


def test_an_expired_certificate_of_ours_is_told_before_anybody_is_asked(tmp_path: Path) -> None:
    old = PKI.holder(Kind.CLIENT, "laptop", users=("ada",), now=NOW - timedelta(days=3))
    outcome = submitted(tmp_path, "https://127.0.0.1:1", holder=old)
    assert (outcome.status, outcome.code) == (Exit.PROFILE, "identity-expired")
    expired = (NOW - timedelta(days=2)).strftime("expired on %Y-%m-%d at %H:%M UTC")
    assert expired in outcome.err
    assert "lockgate-submit pair" in outcome.err


def test_a_document_larger_than_the_site_allows_is_not_sent(tmp_path: Path) -> None:
    mesh = FakeMesh(changes={"max_job_bytes": 10})
    outcome = told(tmp_path, mesh)
    assert (outcome.status, outcome.code, mesh.jobs) == (Exit.REFUSED, "job-too-large", [])


def test_a_url_that_is_none_is_told(tmp_path: Path) -> None:
    for number, url in enumerate(("http://mesh/", "mesh:8443", "https://")):
        (tmp_path / str(number)).mkdir()
        assert submitted(tmp_path / str(number), url).code == "profile-url"
