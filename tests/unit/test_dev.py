"""`tools/dev test` runs in two halves: together they are all tests, and what became of each counts."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DEV = (ROOT / "tools/dev").read_text()
PYTHON = """#!/bin/sh
case "$*" in *tests/unit*) exit {second} ;; *) exit {first} ;; esac
"""


def test_the_two_halves_are_all_tests() -> None:
    halves = re.findall(r"python -m pytest \$unstuck((?: tests/\w+)+)", DEV)
    assert len(halves) == 2
    named = [folder for half in halves for folder in half.split()]
    modules = {path.relative_to(ROOT).parts[1] for path in (ROOT / "tests").rglob("test_*.py")}
    assert sorted(named) == sorted(f"tests/{folder}" for folder in modules)


@pytest.mark.parametrize(("first", "second", "code"), [(0, 0, 0), (1, 0, 1), (0, 2, 2), (3, 1, 3)])
def test_only_where_both_passed_all_has_passed(tmp_path: Path, first: int, second: int, code: int) -> None:
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.write_text(PYTHON.format(first=first, second=second))
    python.chmod(0o755)
    begin = DEV.index("tell_once_more() {")
    functions = DEV[begin : DEV.index("task=$", begin)]
    script = f'set -eu\nsay() {{ :; }}\nvenv="{tmp_path}" root="{tmp_path}"\n{functions}\nin_two_halves'
    assert subprocess.run(["sh", "-c", script], timeout=60, stdout=subprocess.DEVNULL).returncode == code
