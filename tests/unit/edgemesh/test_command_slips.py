"""Slips of an administrator at the `edgemesh` command: said before anything is changed."""

import io
from pathlib import Path

import pytest

from tools.edgemesh.__main__ import main
from tools.edgemesh.bootstrap import MadeMesh, make_mesh
from tools.edgemesh.cli import parser
from tools.edgemesh.databases import vault_database
from tools.edgemesh.sqlite_desk import SqliteDesk


@pytest.fixture
def made(tmp_path: Path) -> MadeMesh:
    return make_mesh(tmp_path, "acme.example")


@pytest.mark.parametrize("port", ["99999", "65536", "-1", "x", "", "9" * 5000])
def test_a_port_that_is_none(made: MadeMesh, port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["serve", "--dir", str(made.site.directory), f"--port={port}"])
    assert caught.value.code == 2
    assert "a port is 0 to 65535" in capsys.readouterr().err


def test_a_client_for_somebody_unknown(made: MadeMesh, capsys: pytest.CaptureFixture[str]) -> None:
    where, out = str(made.site.directory), made.site.directory.parent / "lap"
    words = ["client", "add", "lap", "--user", "ada", "--user", "adda", "--out", str(out), "--dir", where]
    assert main(words) == 1
    assert "edgemesh user add adda" in capsys.readouterr().err
    assert not out.exists()


def badge_of(made: MadeMesh, number: str, user: str, monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{number}\n"))
    return main(["badge", "add", "--user", user, "--dir", str(made.site.directory), *words])


def test_a_badge_moves_only_when_told_to(
    made: MadeMesh, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["user", "add", "bob", "--dir", str(made.site.directory)]) == 0
    assert badge_of(made, made.badge, "ada", monkeypatch) == 0  # hers already
    assert badge_of(made, made.badge.lower(), "bob", monkeypatch) == 1
    captured = capsys.readouterr()
    assert "--move" in captured.err
    assert badge_of(made, made.badge, "bob", monkeypatch, "--move") == 0
    assert badge_of(made, made.badge, "ada", monkeypatch) == 1


@pytest.mark.parametrize("number", ["", "123", "04 A1 B2", "04:A1:B2:C3", "0" * 65, "käfer", "0499\x00a", "\udcff0499"])
def test_a_badge_that_no_reader_reads(
    made: MadeMesh, number: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert badge_of(made, number, "ada", monkeypatch) == 1
    assert "a badge number is 4 to 64 ASCII letters and digits" in capsys.readouterr().err
    database = vault_database(made.site)
    badges = database.rows("SELECT * FROM badges")
    database.close()
    assert len(badges) == 1


def test_a_badge_that_is_not_even_text(
    made: MadeMesh, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\xff0499\n"), encoding="utf-8"))
    assert main(["badge", "add", "--user", "ada", "--dir", str(made.site.directory)]) == 1
    assert "a badge number is" in capsys.readouterr().err


def test_a_station_gets_keys_twice_only_when_told_to(made: MadeMesh, capsys: pytest.CaptureFixture[str]) -> None:
    base = made.site.directory.parent

    def add(out: str, *words: str) -> int:
        return main(["station", "add", "lobby", "--out", str(base / out), "--dir", str(made.site.directory), *words])

    assert add("a") == 0
    assert add("b") == 1
    assert "--again" in capsys.readouterr().err
    assert not (base / "b").exists()
    assert add("a", "--again") == 1  # never over keys that are there
    assert add("b", "--again") == 0


def test_an_empty_directory_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGEMESH_DIR", "")
    with pytest.raises(SystemExit) as caught:
        main(["jobs", "list"])
    assert caught.value.code == 2


def test_the_examples_are_words_of_the_command() -> None:
    text = parser().format_help()
    lines = [line.split("(")[0].split() for line in text.splitlines() if line.startswith("  edgemesh ")]
    assert len(lines) == 6
    for line in lines:
        parser().parse_args(line[1:])
    assert "--mesh https://localhost:8443" in text


def test_people_are_known_before_their_client(made: MadeMesh) -> None:
    database = vault_database(made.site)
    known = SqliteDesk(database).user(made.user)
    database.close()
    assert known is not None
