"""Writes every generated document anew, or with --check says which are stale: `python -m tools.docs [--check]`."""

import sys

from tools.docs import access, state_machine

PAGES = (state_machine.main, access.main)


def main(arguments: list[str] | None = None) -> int:
    """1 when one of the pages is stale."""
    return max([write(arguments) for write in PAGES])


if __name__ == "__main__":
    sys.exit(main())
