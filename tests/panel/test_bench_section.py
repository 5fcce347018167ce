"""The bench's section of the panel, once and small: every row comes, each with what it is held to. Apart from the other
tests, because it starts a browser of its own."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tools.measure import __main__ as bench
from tools.measure import panel


def test_it_is_a_section_of_the_bench_and_says_each_goal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held: Mapping[str, int] = {panel.FEW.name: 2, panel.MANY.name: 3}
    monkeypatch.setattr(panel, "HELD", held)
    rows = list(bench._sections(tmp_path, 1, ())["panel"]())
    assert {row.goal for row in rows} == {"<= 150 ms", "<= 250 ms", "<= 100 ms", "<= 100 KB"}
    assert len(rows) == 9
    assert sum(row.peer is not None for row in rows) == 2
