"""Draws firmware/docs/state-machine.md from the tables: `python -m tools.docs.state_machine [--check]`."""

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

from firmware.core.table import TABLES, Row, Table

PAGE = Path(__file__).parents[2] / "firmware" / "docs" / "state-machine.md"

INTRODUCTION = """\
# How a station decides

Drawn from `firmware/core/table.py` by `python -m tools.docs.state_machine`; a test keeps it fresh. Do not edit.

Three machines stand side by side: the **service** (may people tap?), the **session** (the one person who stands here)
and the **delivery** (one job on its way to the one printer; others queue). An event goes to one of them. Rows are tried
in order and the first whose condition holds is taken; `stay` keeps the state. A pair without a row is refused: it
changes nothing, and the journal says `ignored EVENT in STATE`. An answer for a person or a delivery of before is
dropped, and the journal says `late EVENT for session N dropped`.

What no event says follows after each one, in this order: a question whose person has left is put away
(`person_left`), the printer takes the next delivery (`start`), a visit whose
jobs have all ended is over (`deliveries_ended`), sessions that nobody needs any more are closed at the mesh, a station
asked to stop is `drained` once nothing prints, and the standing notice is shown where it changed.
"""


def page() -> str:
    """The whole document."""
    return "\n".join([INTRODUCTION, *(_chapter(table) for table in TABLES)])


def _chapter(table: Table) -> str:
    parts = (f"## {table.name.capitalize()}", _meanings(table), _diagram(table), _moves(table), _pairs(table))
    return "\n\n".join(parts) + "\n"


def _meanings(table: Table) -> str:
    first = (type(table.states[0]).__doc__ or "").strip()
    return f"{first} It begins in `{table.states[0]}`."


def _diagram(table: Table) -> str:
    """Moves only: what stays where it is stands in the table below."""
    labels: dict[tuple[StrEnum, StrEnum], dict[str, None]] = {}
    for line in table.rows:
        for source in line.sources:
            if line.dest is not None and line.dest is not source:
                labels.setdefault((source, line.dest), {})[line.trigger] = None
    edges = (f"    {source} --> {dest} : {', '.join(found)}" for (source, dest), found in labels.items())
    return "\n".join(["```mermaid", "stateDiagram-v2", f"    [*] --> {table.states[0]}", *edges, "```"])


def _moves(table: Table) -> str:
    head = ["| on | in | when | go to | do |", "|---|---|---|---|---|"]
    return "\n".join([*head, *(_move(line) for line in table.rows)])


def _move(line: Row) -> str:
    sources = ", ".join(line.sources)
    return f"| {line.trigger} | {sources} | {line.when or ''} | {line.dest or 'stay'} | {line.do or ''} |"


def _pairs(table: Table) -> str:
    head = [f"| | {' | '.join(table.states)} |", "|---" * (len(table.states) + 1) + "|"]
    return "\n".join(["Every pair; `·` is refused:", "", *head, *_pair_lines(table)])


def _pair_lines(table: Table) -> Iterator[str]:
    for trigger in table.triggers:
        cells = (_cell(table.rows_for(state, trigger)) for state in table.states)
        yield f"| {trigger} | {' | '.join(cells)} |"


def _cell(lines: tuple[Row, ...]) -> str:
    return " / ".join(str(line.dest or "stay") for line in lines) or "·"
