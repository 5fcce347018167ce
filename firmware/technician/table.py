"""What the solver found, for the technician's eyes: what was read, what each rule makes of it, side by side."""

from collections.abc import Sequence

from firmware.badges.solver import Candidate, Known, Solution
from firmware.config import Config
from firmware.rule_store import StoredRules

NONE = "no rule was found"
AS_READ = "as it is read"


def table(known: Sequence[Known], solution: Solution) -> str:
    """A line for each card, then one for each candidate with its number for each card. Numbers are in the clear: the
    technician has the cards in hand."""
    rows = [("", "read", *(card.raw.text for card in known)), ("", "printed", *(card.printed for card in known))]
    rows += [
        (str(index), steps(candidate.steps), *candidate.numbers)
        for index, candidate in enumerate(solution.candidates, 1)
    ]
    lines = _columns(rows)
    if not solution.candidates:
        lines.append(NONE)
    return "\n".join(lines)


def steps(rule: Sequence[str]) -> str:
    """A rule in one line."""
    return ", ".join(rule) or AS_READ


def warning(candidate: Candidate, solution: Solution) -> str:
    """That other rules explain these cards as well; empty where none does."""
    rivals = solution.rivals(candidate)
    if not rivals:
        return ""
    numbers = " and ".join(str(solution.candidates.index(rival) + 1) for rival in rivals)
    return f"ambiguous: {numbers} would do for these cards as well, and give others different numbers"


def listed(config: Config, kept: StoredRules) -> str:
    """The rules in use, and where each comes from."""
    site, origin = (config.badge_rules, "configuration") if kept.site is None else (kept.site, "solved")
    rows = [("site", steps(site), origin)]
    for name, rule in {**config.reader_rules, **kept.readers}.items():
        rows.append((f"reader {name}", steps(rule), "solved" if name in kept.readers else "configuration"))
    return "\n".join(_columns(rows))


def _columns(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
