"""The `edgemesh` command on the mesh's own machine: making a mesh with its first administrator, and its words."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from firmware.audit.events import AuditEvent
from firmware.audit.records import parse_entry
from firmware.mesh.tls import chain_der
from firmware.vault.identity import Kind, TrustAnchor
from tests.support.mesh_people import system_now
from tools.edgemesh.__main__ import main
from tools.edgemesh.administration.on_admins import record_offline
from tools.edgemesh.bootstrap import MadeMesh, make_mesh
from tools.edgemesh.site import lock_role, read_site


@pytest.fixture
def made(tmp_path: Path) -> MadeMesh:
    return make_mesh(tmp_path, "acme.example")


def said(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    """The JSON a command prints."""
    assert main([*words, "--json"]) == 0
    out: dict[str, Any] = json.loads(capsys.readouterr().out)
    return out


def init_words(tmp_path: Path, *words: str) -> list[str]:
    where = ["--dir", str(tmp_path / "mesh"), "--profile", str(tmp_path / "profile")]
    return ["init", *where, "--org", "acme.example", *words]


def test_a_mesh_is_made_once_with_its_first_administrator(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = init_words(tmp_path, "--node", "a", "--node", "b", "--replicas", "2", "--admin", "grace")
    told = said(capsys, *words)
    assert (told["org_id"], told["admin"]) == ("acme.example", "grace")
    site = read_site(tmp_path / "mesh")
    assert (site.nodes, site.settings.replicas) == (("a", "b"), 2)
    chain = chain_der((tmp_path / "profile" / "identity.chain").read_bytes())
    identity = TrustAnchor(site.ca_file.read_bytes()).identify(chain, system_now())
    assert (identity.kind, identity.id) == (Kind.ADMIN, "grace")
    assert (tmp_path / "profile" / "identity.key").stat().st_mode & 0o077 == 0
    assert (tmp_path / "profile" / "mesh.toml").read_text() == 'url = "https://localhost:8443"\n'
    assert main(words) == 4  # the profile is hers already
    words = [*init_words(tmp_path), "--profile", str(tmp_path / "other")]
    assert main(words) == 1
    assert "is not empty" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ("--org", "Not An Id"),
        ("--replicas", "2"),
        ("--node", "vault"),
        ("--node", "a", "--node", "a"),
    ],
)
def test_a_mesh_that_cannot_be(tmp_path: Path, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(init_words(tmp_path, *words)) == 1
    assert capsys.readouterr().err.startswith("edgemesh: ")
    assert not (tmp_path / "mesh").exists()
    assert not (tmp_path / "profile" / "identity.key").exists()


def records(site_directory: Path) -> list[dict[str, object]]:
    """What the registrar recorded of administrators."""
    lines = (site_directory / "ca" / "audit" / "audit-000001.jsonl").read_bytes().splitlines()
    entries = [parse_entry(line) for line in lines]
    return [dict(entry.fields) for entry in entries if entry.event is AuditEvent.ADMIN_ACTED]


def test_the_last_resort_is_recorded_and_asks(made: MadeMesh, capsys: pytest.CaptureFixture[str]) -> None:
    base = made.site.directory.parent
    words = ["admin", "recover", "--dir", str(made.site.directory), "--name", "grace", "--profile", str(base / "a")]
    assert main([*words, "--no-input"]) == 2
    assert not (base / "a" / "identity.key").exists()
    assert main([*words, "--yes"]) == 0
    assert "only when no administrator is left" in capsys.readouterr().err
    acted = {"by": "registrar/registrar-1", "action": "admin-recover", "holder": "admin/grace"}
    assert records(made.site.directory) == [acted]
    assert main([*words, "--yes"]) == 4  # never over keys that are there
    assert main(["audit", "verify", "--dir", str(made.site.directory)]) == 0


def test_the_last_resort_needs_a_mesh_that_stands_still(made: MadeMesh, capsys: pytest.CaptureFixture[str]) -> None:
    lock_role(made.site.path("ca"))
    where = str(made.site.directory)
    words = ["admin", "recover", "--dir", where, "--name", "grace", "--profile", str(made.site.directory.parent / "a")]
    assert main([*words, "--yes"]) == 1
    assert "another process serves" in capsys.readouterr().err
    assert not (made.site.directory.parent / "a" / "identity.key").exists()


def test_a_changed_record_is_found_offline(made: MadeMesh, capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.run(record_offline(made.site, "init", "grace"))
    where = str(made.site.directory)
    assert said(capsys, "audit", "verify", "registrar", "--dir", where)["records"]["registrar"]["ok"] is True
    path = made.site.path("ca") / "audit" / "audit-000001.jsonl"
    path.write_bytes(path.read_bytes().replace(b"admin/grace", b"admin/adele"))
    assert main(["audit", "verify", "registrar", "--dir", where]) == 10
    assert "audit-changed" in capsys.readouterr().out


def test_a_directory_without_a_mesh(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["serve", "--dir", str(tmp_path)]) == 1
    assert "edgemesh init" in capsys.readouterr().err
    (tmp_path / "mesh.toml").write_text("org_id = 1")
    assert main(["serve", "--dir", str(tmp_path)]) == 1
    assert "mesh.toml cannot be used" in capsys.readouterr().err
    monkeypatch.setenv("EDGEMESH_DIR", str(tmp_path / "nowhere"))
    assert main(["serve"]) == 1
    monkeypatch.setenv("EDGEMESH_DIR", "")  # what a shell makes of an unset variable
    with pytest.raises(SystemExit) as caught:
        main(["serve"])
    assert caught.value.code == 2


def test_serving_a_node_that_is_not_there(made: MadeMesh, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["serve", "--dir", str(made.site.directory), "--port", "0", "--role", "node", "--node", "node-9"]
    assert main(words) == 1
    assert "node-1" in capsys.readouterr().err
