"""The rule that was found, confirmed and written, as the reader's own or as the site's."""

from firmware.badges.solver import Candidate, Solution
from firmware.rule_store import RuleStoreError, StoredRules, store, stored
from firmware.technician.asking import Asking
from firmware.technician.solve import EndedError, Solving, chosen
from firmware.technician.table import directory, steps, warning
from firmware.technician.told import told
from hal.ports.storage import Storage

DONE, UNSOLVED, INTERRUPTED = 0, 1, 130
"""Exit codes: a rule was written; none was found, or several where nobody could be asked; the technician stopped."""
NO_RULE, SEVERAL_RULES = "badge-unsolved", "badge-ambiguous"
YES = ("", "y", "yes")


async def find(search: Solving, storage: Storage, *, site: bool = False, sure: bool = False) -> int:
    """Search, ask unless the technician is `sure`, write. The exit code. Raises `DeviceError`, `RuleStoreError`."""
    asking = search.asking
    try:
        solution, picked = await search.run()
        if not solution.candidates:
            asking.tell(f"{NO_RULE}: no rule makes these numbers of what was read; is that this card's number?")
            return UNSOLVED
        if sure and solution.ambiguous:
            asking.tell(f"{SEVERAL_RULES}: {warning(solution.candidates[0], solution)}; nothing was written")
            return UNSOLVED
        rule = picked or (solution.candidates[0] if sure else await _confirmed(solution, search))
    except EndedError:
        asking.tell("nothing was changed")
        return INTERRUPTED
    if picked or sure or rule != solution.candidates[0]:
        search.print(directory(search.known, rule))
    write(rule, storage, None if site else search.reader.name, asking)
    return DONE


async def _confirmed(solution: Solution, search: Solving) -> Candidate:
    """Raises `EndedError` for whatever is neither yes nor the number of a rule."""
    first, asking = solution.candidates[0], search.asking
    search.print(directory(search.known, first))
    if solution.ambiguous:
        asking.tell(warning(first, solution))
    others = f", or the number of another, 2 to {len(solution.candidates)}" if len(solution.candidates) > 1 else ""
    asking.tell(f"Write rule 1 ({steps(first.steps)})? Enter for yes{others}; anything else for no.")
    line = await asking.line()
    picked = None if line is None else first if line.lower() in YES else chosen(line, solution)
    if picked is None:
        raise EndedError
    return picked


def write(rule: Candidate, storage: Storage, reader: str | None, asking: Asking) -> None:
    """Durably; in place of rules that are damaged, too. Raises `RuleStoreError`, `StorageError`."""
    try:
        kept = stored(storage)
    except RuleStoreError as exc:
        asking.tell(f"{exc}: written anew")
        kept = StoredRules()
    store(storage, kept.having(reader, rule.steps))
    if reader is None:
        said = told(
            "written for the site: %(rule)s. The station goes by it from its next start.", rule=steps(rule.steps)
        )
    else:
        said = told(
            "written for the reader %(reader)s: %(rule)s. The station goes by it from its next start.",
            reader=reader,
            rule=steps(rule.steps),
        )
    asking.tell(said)
