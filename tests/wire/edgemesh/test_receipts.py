"""Over real HTTPS and through kill -9: how far a job got, and its receipt, as the commands show them."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.aio import run
from tests.support.mesh_people import people, system_now
from tests.support.mesh_process import MeshProcess
from tests.support.mesh_receipts import Signing
from tools.edgemesh.__main__ import main
from tools.edgemesh.administration.given import MOST_CA
from tools.edgemesh.bootstrap import MadeMesh, add_admin, make_mesh
from tools.submit.__main__ import main as submit_main

UNKNOWN = "01900000-0000-7000-8000-000000000000"


class Hands:
    """An administrator's, and the owner's, at one mesh."""

    def __init__(self, made: MadeMesh, url: str, capsys: pytest.CaptureFixture[str]) -> None:
        self.made, self.url, self._capsys = made, url, capsys
        self.profile = made.site.directory.parent / "grace"

    def admin(self, *words: str) -> tuple[int, str]:
        """Exit code, stdout."""
        self._capsys.readouterr()
        status = main([*words, "--profile", str(self.profile), "--mesh", self.url])
        return status, self._capsys.readouterr().out

    def owner(self, *words: str) -> tuple[int, str, str]:
        """Exit status, stdout, stderr."""
        out, err = io.StringIO(), io.StringIO()
        given = ["receipt", *words, "--profile", str(self.made.client), "--mesh", self.url]
        return submit_main(given, out=out, err=err, environment={}), out.getvalue(), err.getvalue()


async def stopped(made: MadeMesh, url: str) -> str:
    """A job of ada's that stopped after page 2, with a receipt; its id."""
    async with people(url, made) as (client, station):
        job = await client.submit(b"%PDF-1.7 a document")
        (await station.tap(made.badge)).expect(201)
        here = await Signing.of(station, job, made.site.org_id, system_now)
        (await station.report(here.grant, 1, "started")).expect(200)
        (await here.end("stopped", pages=2, impressions=4)).expect(200)
        return job


def test_commands_show_how_far_a_job_got_and_prove_it(made: MadeMesh, capsys: pytest.CaptureFixture[str]) -> None:
    add_admin(made.site, "grace", made.site.directory.parent / "grace", mesh_url="https://localhost:8443")
    folder, out = made.site.directory, made.site.directory.parent
    with MeshProcess(folder) as mesh:
        job = run(stopped(made, mesh.url))
        mesh.kill()
    with MeshProcess(folder) as mesh:
        hands = Hands(made, mesh.url, capsys)
        assert "held again after page 2" in hands.admin("job", "list")[1]
        status, text = hands.admin("job", "receipt", job)
        assert (status, "held again after page 2" in text, "2 pages, 4 impressions" in text) == (0, True, True)
        status, text = hands.admin("job", "receipt", job, "--json", "--out", str(out / "a.json"))
        assert status == 0
        check_values(json.loads(text), job)
        status, text, _ = hands.owner(job, "--json", "--out", str(out / "b.json"))
        assert status == 0
        check_values(json.loads(text), job)
        assert (out / "a.json").read_bytes() == (out / "b.json").read_bytes()
        assert "Stopped before its end" in hands.owner(job)[1]
        status, _, err = hands.owner(job, "--out", str(out / "b.json"))
        assert (status, "receipt-unwritten" in err) == (4, True)
        assert hands.owner(UNKNOWN)[0] == 7
        assert hands.admin("job", "receipt", UNKNOWN)[0] == 7
    assert run_verify(out / "a.json", made.site.ca_file) == 0  # nobody is asked


def check_values(told: dict[str, Any], job: str) -> None:
    (receipt,) = told["receipts"]
    assert (told["job"], told["state"], told["pages_out"]) == (job, "held", 2)
    expected = {"job": job, "outcome": "stopped", "pages": 2, "impressions": 4, "sheets": None, "station": "station-1"}
    assert expected.items() <= receipt.items()


def run_verify(file: Path, ca: Path, *words: str) -> int:
    return main(["receipt", "verify", str(file), "--ca", str(ca), *words])


def test_a_file_that_is_not_true_is_told_as_such(
    made: MadeMesh, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def story(url: str) -> bytes:
        async with people(url, made) as (client, station):
            job = await client.submit(b"%PDF-1.7 a document")
            (await station.tap(made.badge)).expect(201)
            return (await Signing.of(station, job, made.site.org_id, system_now)).file(pages=3)

    with MeshProcess(made.site.directory) as mesh:
        file = tmp_path / "receipt.json"
        file.write_bytes(run(story(mesh.url)))
    other = make_mesh(tmp_path / "other", "other.example")
    assert run_verify(file, made.site.ca_file, "--json") == 0
    assert json.loads(capsys.readouterr().out)["pages"] == 3
    assert run_verify(file, other.site.ca_file, "--json") == 10
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "receipt-untrusted"
    file.write_bytes(file.read_bytes() + b" " * 20_000)
    assert run_verify(file, made.site.ca_file, "--json") == 10
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "receipt-malformed"


def test_files_that_cannot_be_used_are_named_and_are_1(
    made: MadeMesh, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty, late, receipt = tmp_path / "empty", tmp_path / "late", tmp_path / "receipt.json"
    empty.touch()
    receipt.write_text("{}")
    late.write_bytes(b"\n" * MOST_CA + made.site.ca_file.read_bytes())  # it may be a disk's image: who reads it all?

    def code(file: Path, ca: Path) -> str:
        assert run_verify(file, ca, "--json") == 1
        error = json.loads(capsys.readouterr().out)["error"]
        assert str(file if error["code"] == "receipt-unreadable" else ca) in error["detail"]
        return str(error["code"])

    assert {code(file, made.site.ca_file) for file in (tmp_path, tmp_path / "none")} == {"receipt-unreadable"}
    assert {code(receipt, ca) for ca in (tmp_path, tmp_path / "none", empty, late)} == {"ca-unusable"}


def test_an_administrator_settles_with_a_number_of_pages(made: MadeMesh, capsys: pytest.CaptureFixture[str]) -> None:
    add_admin(made.site, "grace", made.site.directory.parent / "grace", mesh_url="https://localhost:8443")

    async def unknown(url: str) -> str:
        async with people(url, made) as (client, station):
            job = await client.submit(b"%PDF-1.7 a document")
            (await station.tap(made.badge)).expect(201)
            here = await Signing.of(station, job, made.site.org_id, system_now)
            (await here.end("unknown", b"")).expect(200)  # an older station: without a receipt
            return job

    with MeshProcess(made.site.directory) as mesh:
        hands, job = Hands(made, mesh.url, capsys), run(unknown(mesh.url))
        assert hands.admin("job", "settle", job, "--printed", "--pages", "3")[0] == 2
        assert hands.admin("job", "settle", job, "--not-printed", "--pages", "3")[0] == 0
        assert "held again after page 3" in hands.admin("job", "list")[1]
        assert hands.admin("job", "receipt", job, "--out", str(made.site.directory.parent / "r.json"))[0] == 7
        assert hands.owner(job, "--json")[0] == 0
