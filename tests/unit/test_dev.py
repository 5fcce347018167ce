"""`tools/dev test` runs in two halves: together they are all tests."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_two_halves_are_all_tests() -> None:
    halves = re.findall(r"python -m pytest \$unstuck((?: tests/\w+)+)", (ROOT / "tools/dev").read_text())
    assert len(halves) == 2
    named = [folder for half in halves for folder in half.split()]
    there = {f"tests/{path.relative_to(ROOT / 'tests').parts[0]}" for path in (ROOT / "tests").rglob("test_*.py")}
    assert sorted(named) == sorted(there)
