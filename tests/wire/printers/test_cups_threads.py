"""What waits beside a private cupsd: a document on its way into its spool leaves no thread, and news only the clock."""

from collections.abc import AsyncIterator

import pytest

from hal.drivers import cups_printer
from hal.drivers.context import DriverContext
from hal.drivers.thread_workers import ThreadWorkers
from hal.ports.printer import JobState
from hal.sim import virtual_time
from hal.sim.clock import VirtualClock
from hal.sim.random_source import SeededRandom
from tests.support import aio
from tests.support.cups_jobs import eventually, lines, over, sent
from tests.support.cups_rig import Gutter, cups_uri
from tests.support.printer_rigs import ticket


@pytest.mark.parametrize("whole", [True, False], ids=["whole", "broken-off"])
def test_a_document_leaves_no_thread_behind(gutter: Gutter, whole: bool) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"%PDF"
        raise OSError("the source failed")

    async def main() -> None:
        printer = gutter.opened()
        await printer.status()
        asking = lines()
        for _ in range(3):
            if whole:
                await over(printer, await sent(printer, b"%PDF"))
                continue
            job_id = (await printer.create_job(ticket())).job_id
            with pytest.raises(OSError, match="the source"):
                await printer.send_document(job_id, ticket(), broken())
            assert (await printer.job_status(job_id)).state is JobState.CANCELED
        await eventually(lambda: lines() <= asking)
        await printer.aclose()

    aio.run(main())


def test_there_is_no_news_before_the_time_is_over() -> None:
    async def main() -> None:
        clock = VirtualClock()
        printer = cups_printer.open(cups_uri("usb://A/B"), DriverContext(clock, ThreadWorkers(1), SeededRandom(1)))
        began = clock.monotonic()
        await printer.next_change(7.0)
        assert clock.monotonic() == pytest.approx(began + 7.0)
        assert printer.server.root is None  # no cupsd was started for it

    virtual_time.run(main())
