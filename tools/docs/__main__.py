"""Writes every generated document anew, or with --check says which are stale: `python -m tools.docs [--check]`."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from tools.docs import access, feedback, printer_faults, state_machine, telling

PAGES: tuple[tuple[Path, Callable[[], str]], ...] = (
    (state_machine.PAGE, state_machine.page),
    (access.PAGE, access.page),
    (telling.PAGE, telling.page),
    (feedback.PAGE, feedback.page),
    (printer_faults.PAGE, printer_faults.page),
)


def main(arguments: list[str] | None = None) -> int:
    """1 when, with --check, one of the pages is stale."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a page is stale")
    check = parser.parse_args(arguments).check
    stale = [path for path, page in PAGES if not path.exists() or path.read_text("utf-8") != page()]
    if check:
        for path in stale:
            print(f"{path.name} is stale: run python -m tools.docs")
        return 1 if stale else 0
    for path, page in PAGES:
        path.write_text(page(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
