"""The `edgemesh` command: its words, its answers, its errors."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.mesh_records import NOW, job, next_state, state
from tools.edgemesh.__main__ import main
from tools.edgemesh.bootstrap import MadeMesh, make_mesh
from tools.edgemesh.databases import node_database, vault_database
from tools.edgemesh.leases import TTL
from tools.edgemesh.records import Holding, Lease, Phase, Place
from tools.edgemesh.site import Site, read_site
from tools.edgemesh.sqlite_desk import SqliteDesk
from tools.edgemesh.sqlite_jobs import SqliteJobs
from tools.edgemesh.sqlite_roles import SqliteHoldings


@pytest.fixture
def made(tmp_path: Path) -> MadeMesh:
    return make_mesh(tmp_path, "acme.example")


def said(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    """The JSON a command prints."""
    assert main([*words, "--json"]) == 0
    out: dict[str, Any] = json.loads(capsys.readouterr().out)
    return out


def test_a_mesh_is_made_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = tmp_path / "mesh"
    words = ("init", "--dir", str(where), "--org", "acme.example", "--node", "a", "--node", "b", "--replicas", "2")
    assert said(capsys, *words)["org_id"] == "acme.example"
    site = read_site(where)
    assert (site.nodes, site.settings.replicas) == (("a", "b"), 2)
    assert (where / "mesh.toml").read_text().startswith("#")
    assert main([*words]) == 1
    assert "is not empty" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ("--org", "Not An Id"),
        ("--org", "acme.example", "--replicas", "2"),
        ("--org", "acme.example", "--node", "vault"),
        ("--org", "acme.example", "--node", "a", "--node", "a"),
    ],
)
def test_a_mesh_that_cannot_be(tmp_path: Path, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "--dir", str(tmp_path / "mesh"), *words]) == 1
    assert capsys.readouterr().err.startswith("edgemesh: ")
    assert not (tmp_path / "mesh").exists()


def test_identities_are_issued_private_and_once(made: MadeMesh, capsys: pytest.CaptureFixture[str]) -> None:
    where, out = str(made.site.directory), made.site.directory.parent / "lobby"
    said(capsys, "station", "add", "lobby", "--out", str(out), "--dir", where)
    assert sorted(path.name for path in out.iterdir()) == ["box.key", "ca.pem", "identity.chain", "identity.key"]
    assert [path.stat().st_mode & 0o777 for path in out.iterdir()] == [0o600] * 4
    assert main(["station", "add", "lobby", "--out", str(out), "--dir", where]) == 1
    assert "holds an identity already" in capsys.readouterr().err
    options = ("--user", "ada", "--out", str(out.parent / "lap"), "--mesh", "https://mesh.example:8443")
    users = said(capsys, "client", "add", "lap", *options, "--dir", where)
    assert users["users"] == ["ada"]
    assert (out.parent / "lap/mesh.toml").read_text() == 'url = "https://mesh.example:8443"\n'
    assert main(["client", "add", "b a d", "--user", "ada", "--out", str(out.parent / "x"), "--dir", where]) == 1


def test_people_and_badges(made: MadeMesh, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    where = str(made.site.directory)
    options = ("--language", "de", "--no-auto-release", "--idle-seconds", "9", "--station", "lobby")
    said(capsys, "user", "add", "bob", *options, "--dir", where)
    monkeypatch.setattr("sys.stdin", io.StringIO("0499\n"))
    said(capsys, "badge", "add", "--user", "bob", "--dir", where)
    said(capsys, "user", "lock", "bob", "--dir", where)
    database = vault_database(made.site)
    bob = SqliteDesk(database).user("bob")
    database.close()
    assert bob is not None
    assert (bob.language, bob.auto_release, bob.idle_seconds, bob.stations) == ("de", False, 9, ("lobby",))
    assert bob.locked
    assert said(capsys, "user", "unlock", "bob", "--dir", where)["locked"] is False


@pytest.mark.parametrize(
    "words",
    [
        ("user", "add", "bob", "--idle-seconds", "0"),
        ("user", "add", "bob", "--language", ""),
        ("user", "lock", "nobody"),
        ("badge", "add", "--user", "nobody"),
        ("job", "shred", "01900000-0000-7000-8000-000000000000"),
        ("job", "settle", "01900000-0000-7000-8000-000000000000", "--printed"),
        ("node", "drop", "01900000-0000-7000-8000-000000000000"),
        ("node", "drop", "01900000-0000-7000-8000-000000000000", "--node", "node-9"),
        ("org", "suspend", "9"),
    ],
)
def test_commands_that_fail_say_why_and_change_nothing(
    made: MadeMesh, words: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("0499\n"))
    assert main([*words, "--dir", str(made.site.directory)]) == 1
    captured = capsys.readouterr()
    assert (captured.out, captured.err.startswith("edgemesh: "), "Traceback" in captured.err) == ("", True, False)
    assert main([*words, "--json", "--dir", str(made.site.directory)]) == 1
    assert set(json.loads(capsys.readouterr().err)) == {"error", "detail"}


def test_an_empty_badge_number_is_refused(
    made: MadeMesh, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))
    assert main(["badge", "add", "--user", "ada", "--dir", str(made.site.directory)]) == 1
    assert "badge number" in capsys.readouterr().err


def with_job(site: Site, phase: Phase, lease: Lease | None = None) -> str:
    """A job in the vault's and the node's stores."""
    database = vault_database(site)
    store = SqliteJobs(database)
    arriving = state(expires=NOW.replace(year=2100), due=NOW.replace(year=2100))
    store.add(job(), arriving)
    store.change("job-1", next_state(arriving, phase=phase, lease=lease, holders=("node-1",)))
    database.close()
    nodes = node_database(site, "node-1")
    SqliteHoldings(nodes).put(Holding("job-1", Place.HELD, 5, b"", "f" * 64, NOW, "d" * 64))
    nodes.close()
    (site.path("node-1") / "bodies").mkdir()
    (site.path("node-1") / "bodies" / "job-1.body").write_bytes(b"12345")
    return "job-1"


def test_jobs_are_listed_and_shredded(made: MadeMesh, capsys: pytest.CaptureFixture[str]) -> None:
    where = str(made.site.directory)
    assert main(["jobs", "list", "--dir", where]) == 0
    assert capsys.readouterr().out == "No jobs.\n"
    name = with_job(made.site, Phase.HELD)
    (line,) = said(capsys, "jobs", "list", "--dir", where)["jobs"]
    assert (line["job"], line["state"], line["size"], line["holders"]) == (name, "held", 1001, ["node-1"])
    assert main(["jobs", "list", "--dir", where]) == 0
    assert name in capsys.readouterr().out
    assert said(capsys, "job", "shred", name, "--dir", where) == {"job": name, "state": "shredded"}


@pytest.mark.parametrize(("word", "expected"), [("--printed", "printed"), ("--not-printed", "held")])
def test_a_person_settles_an_unknown_outcome(
    made: MadeMesh, word: str, expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    name = with_job(made.site, Phase.UNKNOWN, Lease("r-1", "station-1", 1, NOW + TTL, True, 2, "unknown"))
    settled = said(capsys, "job", "settle", name, word, "--dir", str(made.site.directory))
    assert settled == {"job": name, "state": expected}


def test_a_node_drops_its_body_and_remembers_to_refuse(made: MadeMesh, capsys: pytest.CaptureFixture[str]) -> None:
    name = with_job(made.site, Phase.HELD)
    said(capsys, "node", "drop", name, "--dir", str(made.site.directory))
    assert list((made.site.path("node-1") / "bodies").iterdir()) == []
    nodes = node_database(made.site, "node-1")
    kept = SqliteHoldings(nodes).get(name)
    nodes.close()
    assert kept is not None
    assert kept.place is Place.WITHDRAWN


def test_epochs(made: MadeMesh, capsys: pytest.CaptureFixture[str]) -> None:
    where = str(made.site.directory)
    assert said(capsys, "org", "rotate", "--dir", where)["epoch"] == 2
    for change in ("suspend", "resume", "destroy"):
        assert said(capsys, "org", change, "1", "--dir", where) == {"epoch": 1, "change": change}


def test_a_directory_without_a_mesh(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["jobs", "list", "--dir", str(tmp_path)]) == 1
    assert "edgemesh init" in capsys.readouterr().err
    (tmp_path / "mesh.toml").write_text("org_id = 1")
    assert main(["serve", "--dir", str(tmp_path)]) == 1
    assert "mesh.toml cannot be used" in capsys.readouterr().err
    monkeypatch.setenv("EDGEMESH_DIR", str(tmp_path / "nowhere"))
    assert main(["jobs", "list"]) == 1
    monkeypatch.delenv("EDGEMESH_DIR")
    with pytest.raises(SystemExit) as caught:
        main(["jobs", "list"])
    assert caught.value.code == 2


def test_serving_a_node_that_is_not_there(made: MadeMesh, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["serve", "--dir", str(made.site.directory), "--port", "0", "--role", "node", "--node", "node-9"]
    assert main(words) == 1
    assert "node-1" in capsys.readouterr().err
