"""The report: a table for the terminal, a plot, JSON."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from tools.measure.series import Row, Series

HEAD = ("what", "unit", "ours (low to high)", "peer", "peer's (low to high)", "peer/ours", "goal", "")


def table(rows: Sequence[Row]) -> str:
    """Medians with their range; a ratio above 1 means that we are faster."""
    lines = [HEAD, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)


def _cells(row: Row) -> tuple[str, ...]:
    peer = _figure(row.peer) if row.peer else ""
    ratio = _figure(row.ratio) if row.ratio else ""
    verdict = {True: "met", False: "MISSED", None: ""}[row.met]
    return (row.name, row.unit, _figure(row.ours), row.peer_name, peer, ratio, row.goal, verdict)


def _figure(series: Series) -> str:
    if len(series.values) == 1:
        return f"{series.median:.3g}"
    return f"{series.median:.3g} ({series.low:.3g} to {series.high:.3g})"


def as_json(rows: Sequence[Row]) -> list[dict[str, object]]:
    return [asdict(row) for row in rows]


def plot(rows: Sequence[Row], path: Path) -> None:
    """The ratios as bars on a logarithmic axis: to the right of 1 we are faster."""
    import matplotlib as mpl  # noqa: PLC0415 - a second to load, and wanted only here

    mpl.use("svg")
    from matplotlib import pyplot  # noqa: PLC0415 - as above

    drawn = [(row, row.ratio) for row in rows if row.ratio is not None][::-1]
    figure, axes = pyplot.subplots(figsize=(9, 1.2 + 0.5 * len(drawn)), layout="constrained")
    axes.barh(range(len(drawn)), [ratio.median for _, ratio in drawn], color="#3b6ea5")
    for place, (_, ratio) in enumerate(drawn):
        axes.plot([ratio.low, ratio.high], [place, place], color="black", linewidth=1)
    axes.set_yticks(range(len(drawn)), [f"{row.name}\nagainst {row.peer_name}" for row, _ in drawn], fontsize=8)
    axes.axvline(1, color="black", linewidth=0.8)
    axes.set_xscale("log")
    axes.set_xlabel("ratio to the peer, median with range; right of 1: ours is faster")
    figure.savefig(path)
