"""`lockgate-submit`: what it does when all goes well in the end."""

import json
import os
import stat
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.scripted_mesh import Peer, Request
from tests.support.submitting import FakeMesh, profile_in, reset, submitted, told
from tools.demo.sample import sample_pdf
from tools.submit import upload
from tools.submit.errors import Exit


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "PAUSE_SECONDS", 0.0)


def test_a_document_is_sealed_uploaded_and_held(tmp_path: Path) -> None:
    mesh, content = FakeMesh(), sample_pdf() + os.urandom(3_000_000)
    outcome = told(tmp_path, mesh, content=content)
    assert outcome.status == Exit.HELD
    answer = json.loads(outcome.out)
    assert (answer["job"], answer["state"], answer["owner"]) == (mesh.manifest.job_id, "held", "ada")
    assert (answer["format"], answer["bytes"], answer["holders"]) == ("application/pdf", len(content), ["n-1"])
    assert mesh.opened() == content
    assert sample_pdf()[:200] not in mesh.bodies["n-1"]


def test_a_person_reads_the_job_on_stdout_and_the_talk_on_stderr(tmp_path: Path) -> None:
    mesh = FakeMesh()
    outcome = told(tmp_path, mesh, "--title", "Minutes", "--keep-days", "1")
    assert outcome.out == f"{mesh.manifest.job_id}\n"
    assert outcome.err.startswith("report.pdf: PDF, 2 pages, for ada\nheld until ")
    assert mesh.manifest.expires_at - mesh.manifest.submitted_at == timedelta(days=1)


def test_quiet_says_only_the_job(tmp_path: Path) -> None:
    outcome = told(tmp_path, FakeMesh(), "--quiet")
    assert (len(outcome.out.splitlines()), outcome.err) == (1, "")


def test_as_many_nodes_get_it_as_the_site_asks_for_and_all_the_same(tmp_path: Path) -> None:
    mesh, content = FakeMesh(replicas=2), b"%PDF-1.4\n" + os.urandom(2_500_000)
    outcome = told(tmp_path, mesh, content=content)
    assert json.loads(outcome.out)["holders"] == ["n-1", "n-2"]
    assert mesh.bodies["n-1"] == mesh.bodies["n-2"]
    assert mesh.opened("n-2") == content


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_connection_that_breaks_once_is_tried_again(tmp_path: Path, method: str) -> None:
    mesh = FakeMesh(instead={method: [reset]})
    assert told(tmp_path, mesh).status == Exit.HELD
    assert mesh.opened() == sample_pdf()


def test_an_upload_whose_answer_was_lost_is_found_to_be_held(tmp_path: Path) -> None:
    mesh = FakeMesh()

    async def take_and_break(request: Request, peer: Peer) -> None:
        mesh.bodies["n-1"] = request.body
        peer.reset()

    mesh.instead = {"PUT": [take_and_break]}
    assert told(tmp_path, mesh).status == Exit.HELD
    assert mesh.opened() == sample_pdf()


def test_a_node_that_stays_away_is_made_up_for_by_another(tmp_path: Path) -> None:
    mesh = FakeMesh(instead={"PUT": [reset, reset]})
    outcome = told(tmp_path, mesh)
    assert (outcome.status, list(mesh.bodies)) == (Exit.HELD, ["n-2"])


def test_a_key_that_others_can_read_is_warned_of(tmp_path: Path) -> None:
    profile = profile_in(tmp_path / "profile")
    (profile / "identity.key").chmod(stat.S_IRUSR | stat.S_IRGRP)
    assert "warning: others can read" in told(tmp_path, FakeMesh(), "--user", "ada").err


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.write_bytes(path.read_bytes() + b"more"),
        lambda path: path.write_bytes(path.read_bytes()[:-1]),
        lambda path: path.write_bytes(b"%PDF-1.4\nother".ljust(path.stat().st_size)),
    ],
)
def test_a_document_that_changes_between_two_tries_is_not_sent_twice(
    tmp_path: Path, change: Callable[[Path], object]
) -> None:
    async def change_and_break(request: Request, peer: Peer) -> None:
        change(tmp_path / "report.pdf")
        peer.reset()

    mesh = FakeMesh(instead={"PUT": [change_and_break]})
    outcome = told(tmp_path, mesh, content=b"%PDF-1.4\n" + os.urandom(1_500_000))
    assert (outcome.status, outcome.code, mesh.bodies) == (Exit.DOCUMENT, "document-changed", {})


def test_nothing_of_the_document_is_written_to_a_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = set(tmp_path.rglob("*"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert told(tmp_path, FakeMesh()).status == Exit.HELD
    written = {path.name for path in set(tmp_path.rglob("*")) - before}
    assert written == {"report.pdf", "profile", "identity.key", "identity.chain", "box.key", "ca.pem"}


def test_an_interruption_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tools.submit.__main__.submit", interrupted)
    outcome = submitted(tmp_path, "https://127.0.0.1:1")
    assert (outcome.status, outcome.code) == (Exit.INTERRUPTED, "submission-interrupted")
