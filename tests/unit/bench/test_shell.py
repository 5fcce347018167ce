"""The shell: lines in, what happened out; what was done can be saved and replays."""

import io
from pathlib import Path

import pytest

from tools.bench import shell
from tools.bench.play import play
from tools.bench.shell import Shell, typed
from tools.bench.site import Setting
from tools.bench.story import load


def said(*lines: str, setting: Setting | None = None) -> str:
    out = io.StringIO()
    assert Shell(1, setting or Setting(), out).run(iter(lines)) == 0
    return out.getvalue()


def test_a_session_tells_what_happens_with_its_time() -> None:
    out = said("submit 1 page as ada", "tap 04a1b2c3", "wait 10s")
    for line in (
        "08:00:01.000  mesh     job 1 (ada) held",
        "08:00:02.000  journal  badge read at reader-1 -> authenticating",
        "08:00:02.000  light    reading",
        "  paper    page 1 of job 1 (ada)",
        "  mesh     job 1 (ada) printed",
    ):
        assert line in out


def test_help_lists_every_word() -> None:
    out = said("help")
    for word in ("tap <text>", "wait <duration>", "save FILE.toml", "quit"):
        assert word in out
    assert "<ability> is pdf, two-sided, color," in out
    for line in out.splitlines():
        assert len(line) < 120


def test_state_and_journal() -> None:
    out = said(
        "jam",
        "submit 1 page as ben",
        "kill mesh",
        "cut network",
        "state",
        "tap 04d4e5f6",
        "journal",
        "kill station",
        "state",
    )
    assert "printer   on, media-jam-error; 0 sheets came out" in out
    assert "mesh      is off; network: cut" in out
    assert "jobs      job 1 (ben) held" in out
    assert out.count("not connected -> offline") == 2  # as it happened, and in the journal
    assert "station-1 is off" in out


def test_what_is_not_understood() -> None:
    out = said("xyzzy", "tap", "", "   ", "# a remark", "printer")
    assert "? nothing of that kind; `help` lists what you can say" in out
    assert "? did you mean tap <text>" in out


def test_what_cannot_be_done_is_remarked() -> None:
    out = said("choose 1", "start station", "start mesh", "kill station", "kill station", "cancel")
    for remark in (
        "no list to choose from",
        "the station runs already",
        "the mesh runs already",
        "is not running",
    ):
        assert remark in out


def test_nothing_is_obeyed_after_quit() -> None:
    assert "reading" not in said("quit", "tap 04a1b2c3")


def test_what_was_done_can_be_saved_and_replays(tmp_path: Path) -> None:
    path = tmp_path / "my session.toml"
    lines = (
        "submit 2 pages as ada",
        "submit 1 page as ada",
        "tap 04a1b2c3",
        "choose 2",
        "jam",
        "wait 5s",
        "clear jam",
        "wait 20s",
    )
    out = said(*lines, f"save {path}", setting=Setting(auto_release=False))
    assert f"lockgate-bench run '{path}'" in out
    story = load(path)
    assert [step.do for step in story.steps] == [*lines]
    assert play(story).passed


def test_saving_nowhere() -> None:
    out = said("save", "save story.txt", "save /proc/none/story.toml")
    assert out.count("? say where: save FILE.toml") == 2
    assert "? /proc/none/story.toml: " in out


def test_piped_lines_are_shown_as_if_typed() -> None:
    out = io.StringIO()
    assert list(typed(io.StringIO("jam\nwait 1s\n"), out)) == ["jam\n", "wait 1s\n"]
    assert out.getvalue() == "bench> jam\nbench> wait 1s\n"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_is_prompted_until_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["jam"])

    def ask(prompt: str) -> str:
        assert prompt == shell.PROMPT
        try:
            return next(answers)
        except StopIteration as exc:
            raise EOFError from exc

    monkeypatch.setattr("builtins.input", ask)
    out = io.StringIO()
    assert list(typed(Terminal(), out)) == ["jam"]
    assert out.getvalue() == "\n"
