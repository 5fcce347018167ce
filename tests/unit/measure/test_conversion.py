"""The measurement of conversion, once, small, with the real mutool."""

from pathlib import Path

from tests.support.aio import run
from tools.measure import __main__ as bench
from tools.measure import conversion


def test_its_rows(tmp_path: Path) -> None:
    rows = list(conversion.measured(1, tmp_path, pages=3))
    assert [row.unit for row in rows] == ["pages/s", "%", "MiB"]
    assert rows[0].peer_name == "bare mutool"
    assert all(value > 0 for row in rows[:2] for value in row.ours.values)
    assert rows[1].ours.values[0] <= 100


def test_the_first_page_of_several_is_before_the_end() -> None:
    took = run(conversion.converted(conversion.written(3)))
    assert 0 < took.first < took.whole


def test_it_is_a_section_of_the_bench() -> None:
    assert "conversion" in bench._sections(Path(), 0, ())
