"""What the measurements make of their figures."""

from pathlib import Path

from tools.measure import report
from tools.measure.sections import opened_mb_per_s
from tools.measure.series import Row, Series, interleaved, ratios


def test_contenders_take_turns() -> None:
    order: list[str] = []

    def run(name: str) -> float:
        order.append(name)
        return float(len(order))

    found = interleaved(2, {"a": lambda: run("a"), "b": lambda: run("b")})
    assert order == ["a", "b", "a", "b"]
    assert found["b"].values == (2.0, 4.0)


def test_ratios_are_taken_pair_by_pair() -> None:
    found = ratios(Series((1.0, 9.0)), Series((2.0, 3.0)))
    assert (found.values, found.median, found.low, found.high) == ((0.5, 3.0), 1.75, 0.5, 3.0)


def test_the_table_says_what_was_missed_and_the_plot_is_drawn(tmp_path: Path) -> None:
    values = Series((1.0, 2.0, 3.0))
    rows = [
        Row("start", "s", values, goal="<= 1 s", met=False),
        Row("upload", "s", values, "ipptool", values, Series((1.0,)), "ratio >= 0.7", met=True),
    ]
    table = report.table(rows).splitlines()
    assert table[1].split()[-1] == "MISSED"
    assert table[2].split()[-1] == "met"
    assert "2 (1 to 3)" in table[1]
    report.plot(rows, tmp_path / "plot.svg")
    assert "<svg" in (tmp_path / "plot.svg").read_text()


def test_the_opener_is_really_timed() -> None:
    assert opened_mb_per_s() > 0
