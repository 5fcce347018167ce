"""`tools/dev panel`, as it is typed: the cast's words, the station's words, and words that nobody knows."""

import re

import pytest

from tests.panel import players
from tools.panel.__main__ import main, obey
from tools.panel.cast import Paper, document
from tools.panel.rig import Rig


def typed(rig: Rig, *lines: str) -> str:
    said: list[str] = []
    obey(rig, lines, lambda words: said.append(str(words)))
    return "\n".join(said)


def test_badges_jams_and_jobs_are_typed(rig: Rig) -> None:
    assert typed(rig, "send ada 2 A new one", "tap ada") == ""
    assert "6 jobs listed" in rig.until("listed")
    typed(rig, "tap ada", "cover open")
    rig.until("A cover is open")


def test_a_code_and_help_are_told_and_nothing_comes_after_quit(rig: Rig) -> None:
    assert re.search(r"ben's one-time code: \S+", typed(rig, "code ben"))
    assert rig.url in typed(rig, "help")
    assert typed(rig, "quit", "help") == ""


@pytest.mark.parametrize("words", ["code nobody", "send ada many Pages", "send nobody 2 Pages", 'send ada 2 "open'])
def test_what_cannot_be_done_is_said(rig: Rig, words: str) -> None:
    assert "not done" in typed(rig, words)


def test_what_nobody_knows_is_for_the_station_to_say(rig: Rig) -> None:
    assert typed(rig, "", "dance") == ""
    rig.until("not understood")


def test_help_answers_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    assert "--screens" in capsys.readouterr().out


def test_a_paper_has_its_pages_and_not_its_title() -> None:
    made = document(Paper("A secret title", 3))
    assert made.startswith(b"%PDF-1.4")
    assert made.count(b"/Type /Page /") == 3
    assert b"secret" not in made
    assert players.ADA.badge not in repr(players.ADA)
