"""What the solver found, for the technician's eyes: what was read, what each rule makes of it, side by side."""

from collections.abc import Sequence

from firmware.badges.number import SHORTEST
from firmware.badges.solver import Candidate, Known, Solution
from firmware.config import Config
from firmware.rule_store import StoredRules
from firmware.technician.told import Told, joined, told

NONE = "no rule was found"
AS_READ = told("as it is read")


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
    """That other rules explain these cards as well, or that it refuses others; empty where neither is so."""
    said = []
    if rivals := solution.rivals(candidate):
        numbers = ", ".join(str(solution.candidates.index(rival) + 1) for rival in rivals)
        said.append(
            told("%(rules)s would do for these cards as well, and give others different numbers", rules=numbers)
        )
    if candidate.refuses:
        which = solution.candidates.index(candidate) + 1
        refused = told(
            "rule %(rule)s refuses cards whose number has fewer than %(least)s characters", rule=which, least=SHORTEST
        )
        said.append(refused)
    return told("ambiguous: %(why)s", why=joined(said, "; ")) if said else ""


def directory(known: Sequence[Known], candidate: Candidate) -> str:
    """The numbers that the directory must hold: of each card that has another one than what is printed says, or of the
    last card as an example. In the clear, as above."""
    pairs = [(card.printed.strip(), number) for card, number in zip(known, candidate.numbers, strict=False)]
    other = [(printed, number) for printed, number in pairs if printed.lower() != number.lower()]
    return joined([_entry(printed, number) for printed, number in other or pairs[-1:]], "\n")


def _entry(printed: str, number: str) -> Told:
    if printed.lower() == number.lower():
        return told(
            "The card printed %(printed)s gets the number %(number)s: the directory must hold %(number)s "
            "(edgemesh badge add).",
            printed=printed,
            number=number,
        )
    return told(
        "The card printed %(printed)s gets the number %(number)s: the directory must hold %(number)s "
        "(edgemesh badge add), not what is printed.",
        printed=printed,
        number=number,
    )


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
