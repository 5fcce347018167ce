"""firmware/docs/state-machine.md is drawn from the tables, and fresh."""

from pathlib import Path

import pytest

from firmware.core.signs import Notice
from firmware.core.table import TABLES
from firmware.delivery.obstacles import BLOCKING
from tools.docs import __main__ as docs
from tools.docs import state_machine, telling


def test_the_page_is_fresh() -> None:
    assert state_machine.PAGE.read_text("utf-8") == state_machine.page(), "run python -m tools.docs"


def test_the_page_names_every_state_trigger_and_action() -> None:
    page = state_machine.page()
    for table in TABLES:
        names = {*table.states, *table.triggers} | {line.do for line in table.rows if line.do}
        assert {name for name in names if name not in page} == set()


def test_what_people_are_told_is_fresh_and_whole() -> None:
    page = telling.page()
    assert telling.PAGE.read_text("utf-8") == page, "run python -m tools.docs"
    assert {notice for notice in Notice if f"| `{notice}` |" not in page} == set()
    assert {reason for reason in BLOCKING if f"`{reason}`" not in page} == set()


def test_check_tells_stale_from_fresh(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(docs, "PAGES", ((tmp_path / "state-machine.md", state_machine.page),))
    assert docs.main(["--check"]) == 1
    assert "state-machine.md is stale" in capsys.readouterr().out
    assert docs.main([]) == 0
    assert docs.main(["--check"]) == 0
    assert capsys.readouterr().out == ""
