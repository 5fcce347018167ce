"""Letting go of a printer at any moment: what is under way ends with an error of the port, and nothing is left."""

import asyncio
import os
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest
from aiohttp import web

from hal.framing.ipp import IppOperation, Message
from hal.ports.errors import DeviceError, OutcomeUnknownError, PrinterUnreachableError
from hal.ports.printer import Printer
from tests.support import aio
from tests.support.canned_printer import CannedPrinter, Refusal
from tests.support.printer_rigs import MIB, THREADS, DriverRig, ServedRig, document, pieces, ticket
from tests.support.reader_rig import until

PLAIN = "?insecure=yes-not-encrypted"
CYCLES = 200
BIG = 32 * MIB
"""More than the buffers between two sockets hold."""


@pytest.fixture
def rig() -> Iterator[DriverRig]:
    made = DriverRig()
    yield made
    made.close()


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 (names are counted)


async def all_at_work(rig: DriverRig) -> None:
    """The rig's threads begin when they are needed: now."""
    together = threading.Barrier(THREADS)
    await asyncio.gather(*(rig.workers.run(together.wait) for _ in range(THREADS)))


async def use(printer: Printer) -> None:
    """Every call that there is."""
    await printer.status()
    await printer.capabilities()
    asked = ticket(4)
    job = await printer.create_job(asked)
    await printer.send_document(job.job_id, asked, document(b"%PDF"))
    await printer.job_status(job.job_id)
    await printer.find_job("ours")
    await printer.next_change(0.001)
    await printer.cancel_job(job.job_id)
    await printer.identify()


def test_two_hundred_printers_leave_nothing_behind(rig: DriverRig) -> None:
    async def main() -> None:
        canned = CannedPrinter()
        async with canned.serving() as uri:
            await all_at_work(rig)
            before = descriptors(), threading.active_count()
            for _ in range(CYCLES):
                printer = rig.open(uri + PLAIN)
                await use(printer)
                await printer.aclose()
            await until(lambda: descriptors() <= before[0] and threading.active_count() <= before[1])

    aio.run(main())


@pytest.mark.parametrize("closing", [True, False], ids=["closed", "cancelled"])
def test_it_may_end_while_any_answer_is_waited_for(rig: DriverRig, closing: bool) -> None:
    """At the first request, at the second, and so on, until all of them were let through."""

    async def ended_at(number: int, canned: CannedPrinter, printer: Printer) -> bool:
        heard = 0
        last: list[asyncio.Task[None]] = []

        def end(_request: web.Request, _message: Message) -> Refusal:
            nonlocal heard
            heard += 1
            if heard == number:
                last.append(asyncio.create_task(printer.aclose())) if closing else task.cancel()
            return None

        canned.door = end
        task = asyncio.create_task(use(printer))
        with suppress(asyncio.CancelledError, DeviceError):
            await task
        await asyncio.gather(*last, printer.aclose())
        return heard >= number

    async def main() -> None:
        canned = CannedPrinter()
        async with canned.serving() as uri:
            number = 1
            await all_at_work(rig)
            before = descriptors()
            while await ended_at(number, canned, rig.open(uri + PLAIN)):
                number += 1
            assert number > 9
            await until(lambda: descriptors() <= before)

    aio.run(main())


def test_a_printer_that_never_answers_keeps_nobody_who_lets_it_go(rig: DriverRig) -> None:
    async def main() -> None:
        there = asyncio.Event()

        async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            there.set()
            try:
                with suppress(ConnectionError):
                    await reader.read()
            finally:
                writer.close()  # also where the loop ends first

        async with await asyncio.start_server(mute, "127.0.0.1", 0) as server:
            printer = rig.open(f"ipp://127.0.0.1:{server.sockets[0].getsockname()[1]}/{PLAIN}")
            asking = asyncio.create_task(printer.status())
            await there.wait()
            await printer.aclose()
            with pytest.raises(PrinterUnreachableError, match="broken off"):
                await asking

    aio.run(main())


def test_a_document_on_its_way_is_broken_off_and_its_outcome_unknown(served: ServedRig) -> None:
    async def main() -> None:
        asked = ticket(BIG)
        job_id = (await served.printer.create_job(asked)).job_id
        served.server.reading.clear()
        sending = asyncio.create_task(served.printer.send_document(job_id, asked, document(*pieces(BIG))))
        await until(lambda: bool(served.twin.deliveries))
        await served.printer.aclose()
        with pytest.raises(OutcomeUnknownError):
            await sending
        served.server.reading.set()
        await until(lambda: served.twin.engine.jobs[job_id].state.final)
        assert not served.twin.deliveries[-1].whole

    served.run(main())


def test_what_was_let_go_of_is_asked_nothing_more(rig: DriverRig) -> None:
    async def main() -> None:
        canned = CannedPrinter()
        async with canned.serving() as uri:
            printer = rig.open(uri + PLAIN)
            await printer.status()
            await printer.aclose()
            await printer.aclose()
            for asking in (printer.status(), printer.create_job(ticket()), printer.job_status(1)):
                with pytest.raises(PrinterUnreachableError, match="let go"):
                    await asking
            await printer.next_change(0.001)
            assert canned.codes() == [IppOperation.GET_PRINTER_ATTRIBUTES]

    aio.run(main())
