"""Writes down what came of the tests of the image, for the table in images/README.md (tools/image/table.py)."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.image.boxes import PLACE
from tools.image.errors import ImageError
from tools.image.table import Result, board_of, write_results

OUTCOMES: dict[str, bool] = {}
"""By a test's file and name, whether all its cases passed so far."""


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """After setup, the test itself, and teardown."""
    name = report.nodeid.partition("[")[0]
    if report.when == "call" or report.failed:
        OUTCOMES[name] = OUTCOMES.get(name, True) and report.passed


def pytest_sessionfinish() -> None:
    """After the last test."""
    line = PLACE.out / "boot" / "cmdline.txt"
    built = re.search(r"lockgate\.roothash=([0-9a-f]{12})", line.read_text()) if line.exists() else None
    version = PLACE.rootfs / "usr/lib/lockgate/version"
    if built is None or not version.exists() or not OUTCOMES:
        return
    about = (version.read_text().strip(), built[1], datetime.now(UTC).date().isoformat())
    try:
        write_results(PLACE, [_result(name, *about) for name in OUTCOMES])
    except ImageError as exc:
        pytest.exit(str(exc), returncode=1)


def _result(name: str, version: str, image: str, day: str) -> Result:
    file, _, test = name.partition("::")
    return Result(Path(file).name, test, board_of(Path(file).name, test), OUTCOMES[name], version, image, day)
