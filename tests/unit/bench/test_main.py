"""The commands: what they print, what they write, and their exit codes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hal.sim.words import vocabulary
from tools.bench.__main__ import main

GOOD = 'name = "good"\n[[step]]\ndo = "tap 04ffffff"\nshows = ["reading", "unknown-badge"]\n'
BAD = 'name = "bad"\n[[step]]\ndo = "tap 04ffffff"\nshows = ["reading", "good"]\n'


@pytest.fixture
def stories(tmp_path: Path) -> Path:
    (tmp_path / "good.toml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "bad.toml").write_text(BAD, encoding="utf-8")
    (tmp_path / "broken.toml").write_text("name = 1", encoding="utf-8")
    return tmp_path


def test_run(stories: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", str(stories / "good.toml")]) == 0
    assert capsys.readouterr().out == f"passed  {stories / 'good.toml'}: good\n1 passed, 0 failed\n"
    assert main(["run", str(stories / "good.toml"), str(stories / "bad.toml"), "--seed", "4"]) == 1
    out = capsys.readouterr().out
    assert "1 passed, 1 failed" in out
    assert "--seed 4" in out


def test_run_for_machines(stories: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = stories / "out.xml"
    assert main(["run", "--json", "--junit", str(report), str(stories / "bad.toml")]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["passed"], answer["failed"]) == (0, 1)
    assert answer["stories"][0]["failure"]["differences"] == ["shows:", "  reading", "- good", "+ unknown-badge"]
    assert report.read_text(encoding="utf-8").startswith("<?xml")
    assert main(["run", "--junit", str(stories / "no" / "out.xml"), str(stories / "good.toml")]) == 1


def test_a_story_that_cannot_be_read(stories: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for task in ("run", "rewrite"):
        assert main([task, str(stories / "broken.toml")]) == 65
        assert "lockgate-bench: story-invalid" in capsys.readouterr().err


def test_rewrite(stories: Path) -> None:
    assert main(["rewrite", str(stories / "bad.toml")]) == 0
    assert main(["run", str(stories / "bad.toml")]) == 0


def test_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["words"]) == 0
    assert tuple(capsys.readouterr().out.splitlines()) == vocabulary()


@pytest.mark.parametrize(
    "arguments", [[], ["dance"], ["run"], ["run", "--seed", "-1", "x.toml"], ["shell", "--seed", "x"]]
)
def test_wrong_arguments(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_without_the_twins_it_says_where_to_get_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "hal.sim", None)
    assert main(["words"]) == 69
    assert "bench-unavailable" in capsys.readouterr().err


@pytest.fixture(scope="module")
def outputs() -> set[bytes]:
    """Two processes with other hash seeds, the same session."""
    lines = b"submit 2 pages as ada\ntap 04a1b2c3\nkill mesh\nwait 2m\ncut power\nstart mesh\nstart station\nwait 2m\n"
    command = [sys.executable, "-m", "tools.bench", "shell", "--seed", "5"]
    return {
        subprocess.run(
            command,
            input=lines,
            capture_output=True,
            check=True,
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(Path.cwd())},
        ).stdout
        for seed in ("1", "2")
    }


def test_another_process_sees_the_same(outputs: set[bytes]) -> None:
    (output,) = outputs
    assert b"interrupted release" in output or b"printed" in output
