"""The served twin before the checks that CUPS ships for real printers: what `ippeveprinter` passes, it passes too."""

from pathlib import Path

import pytest

from hal.drivers.system_clock import SystemClock
from hal.sim.ipp_printer import ServedPrinter
from hal.sim.printer import SimPrinter
from hal.sim.random_source import SeededRandom
from tests.support import aio, ipptool
from tests.support.ipptool import Checks
from tools.peers import ippeveprinter
from tools.peers.ippeveprinter import IppEvePrinter

PAGE_SECONDS = 1.0
"""Slow enough for a job to be cancelled while it prints."""
SUITES = (
    *("ipp-everywhere.test", "get-printer-attributes.test", "get-printer-description-attributes.test"),
    *("get-job-template-attributes.test", "validate-job.test", "print-job.test", "print-job-and-wait.test"),
    *("print-job-gzip.test", "print-job-deflate.test", "print-job-hold.test", "print-job-letter.test"),
    *("print-job-media-col.test", "create-job.test", "create-job-format.test", "get-jobs.test"),
    *("get-completed-jobs.test", "identify-printer.test", "identify-printer-display.test"),
    *("identify-printer-multiple.test", "cancel-current-job.test"),
)
"""ipp-everywhere.test holds ipp-2.0.test, and that ipp-1.1.test."""
SCHEMES = ("ipp", "ipps")
BY_REFERENCE = "-URI"
"""Print-URI and Send-URI: the twin fetches no documents, and says so; the real printer's checks of them pass or are
skipped, as it happens."""
OVER_TLS = ("ipp-everywhere.test", "print-job-and-wait.test")
REAL = [
    pytest.param(suite, scheme, id=f"{suite.removesuffix('.test')}-{scheme}")
    for suite in SUITES
    for scheme in SCHEMES
    if ippeveprinter.available() and (scheme == "ipp" or suite in OVER_TLS)
]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ipptool.unpack(tmp_path_factory.mktemp("ipptool"))


def served(files: Path, suite: str, scheme: str) -> Checks:
    twin = SimPrinter(SystemClock(), SeededRandom(1), page_seconds=PAGE_SECONDS, latency=0.0)

    async def main() -> Checks:
        async with ServedPrinter(twin, encrypted=scheme == "ipps") as printer:
            assert printer.uri.startswith(f"{scheme}://")
            return await ipptool.check(printer.uri, files, suite)

    return aio.run(main())


@pytest.mark.parametrize(("suite", "scheme"), REAL)
def test_what_the_real_printer_passes_the_twin_passes(files: Path, suite: str, scheme: str, tmp_path: Path) -> None:
    with IppEvePrinter.start(tmp_path) as peer:
        real = aio.run(ipptool.check(f"{scheme}://localhost:{peer.port}/ipp/print", files, suite))
    assert real.passed + real.failed, real.said
    twin = served(files, suite, scheme)
    assert {name for name in real.passed if BY_REFERENCE not in name} <= set(twin.passed), twin.said


@pytest.mark.parametrize("scheme", SCHEMES)
def test_no_check_of_ipp_everywhere_fails(files: Path, scheme: str) -> None:
    twin = served(files, "ipp-everywhere.test", scheme)
    assert not twin.failed, twin.said
    assert twin.passed["PWG 5100.14 section 5.1/5.2 - Required Operations and Attributes"] == 1
    assert twin.passed.total() > 30


def test_a_printer_and_a_client_that_pulls_its_events(files: Path) -> None:
    """The real printer has no subscriptions to be measured by; the client is CUPS's all the same."""
    twin = served(files, "create-printer-subscription.test", "ipps")
    assert twin.passed["Create a pull printer subscription"] == 1, twin.said
