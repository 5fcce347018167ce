"""IPP over USB at whatever port it is served now: every call is carried, and letting go of it leaves nothing."""

import asyncio
import os
import threading
from collections.abc import Iterator
from itertools import count

import pytest

from hal.drivers import ipp_usb_printer
from hal.drivers.context import DriverContext
from hal.drivers.ipp_usb_printer import IppUsbPrinter
from hal.drivers.system_clock import SystemClock
from hal.drivers.system_random import SystemRandom
from hal.drivers.thread_workers import ThreadWorkers
from hal.drivers.usb_address import UsbAddress
from hal.framing.ipp import IppOperation
from hal.ports.errors import PrinterUnreachableError
from hal.ports.printer import Printer
from tests.support import aio
from tests.support.cancelling import was_cancelled_at
from tests.support.canned_printer import CannedPrinter
from tests.support.printer_rigs import document, ticket
from tests.support.reader_rig import until

THREADS = 4
PATIENCE = 30.0


class Daemon:
    """In ipp-usb's place: says where the printer is served, at one port after the other when `ports` are several."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.workers = ThreadWorkers(THREADS)
        self.ports: list[int] = []
        self.there = True
        self._looks = count()
        monkeypatch.setattr(ipp_usb_printer, "served_port", self._served_port)

    def _served_port(self, address: UsbAddress) -> int:
        if not self.there:
            raise PrinterUnreachableError(address.name, "not plugged in")
        return self.ports[next(self._looks) % len(self.ports)]

    def opened(self) -> Printer:
        context = DriverContext(SystemClock(), self.workers, SystemRandom())
        return ipp_usb_printer.open("ipp-usb://03f0:7a12", context)

    async def all_at_work(self) -> None:
        """All threads can be had: none is stuck."""
        together = threading.Barrier(THREADS)
        await asyncio.gather(*(self.workers.run(lambda: together.wait(PATIENCE)) for _ in range(THREADS)))


@pytest.fixture
def daemon(monkeypatch: pytest.MonkeyPatch) -> Iterator[Daemon]:
    made = Daemon(monkeypatch)
    yield made
    made.workers.close()


def port_of(uri: str) -> int:
    return int(uri.split(":")[2].partition("/")[0])


def left_open() -> tuple[int, int]:
    """Files, and threads."""
    return len(os.listdir("/proc/self/fd")), threading.active_count()  # noqa: PTH208 (names are counted)


async def use(printer: Printer) -> None:
    """Every call that there is."""
    await printer.status()
    await printer.capabilities()
    asked = ticket(4)
    job = await printer.create_job(asked)
    await printer.send_document(job.job_id, asked, document(b"%PDF"))
    await printer.job_status(job.job_id)
    await printer.find_job("ours")
    await printer.cancel_job(job.job_id)
    await printer.identify()
    await printer.next_change(0.001)


def test_every_call_is_carried(daemon: Daemon) -> None:
    async def main() -> None:
        canned = CannedPrinter()
        async with canned.serving() as uri:
            daemon.ports = [port_of(uri)]
            printer = daemon.opened()
            await use(printer)
            await printer.aclose()
        carried = set(canned.codes())
        assert carried >= {
            IppOperation.GET_PRINTER_ATTRIBUTES,
            IppOperation.CREATE_JOB,
            IppOperation.SEND_DOCUMENT,
            IppOperation.GET_JOB_ATTRIBUTES,
            IppOperation.GET_JOBS,
            IppOperation.CANCEL_JOB,
            IppOperation.IDENTIFY_PRINTER,
        }

    aio.run(main())


def test_news_are_waited_for_at_the_printer(daemon: Daemon) -> None:
    """And not by the clock alone, as while it is not there."""

    async def main() -> None:
        canned = CannedPrinter()
        async with canned.serving() as uri:
            daemon.ports = [port_of(uri)]
            printer = daemon.opened()
            await printer.next_change(0.01)
            await until(lambda: bool(canned.heard))
            daemon.there = False
            heard = len(canned.heard)
            await printer.next_change(0.01)
            assert len(canned.heard) == heard
            await printer.aclose()

    aio.run(main())


def test_what_was_let_go_of_is_not_looked_for_again(daemon: Daemon) -> None:
    async def main() -> None:
        canned = CannedPrinter()
        async with canned.serving() as uri:
            daemon.ports = [port_of(uri)]
            printer = daemon.opened()
            await printer.status()
            heard = len(canned.heard)
            await printer.aclose()
            for asking in (printer.status(), printer.create_job(ticket()), printer.identify()):
                with pytest.raises(PrinterUnreachableError, match="let go"):
                    await asking
            await printer.aclose()
        assert len(canned.heard) == heard

    aio.run(main())


def test_a_look_under_way_while_it_is_let_go_of_opens_nothing(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    looked, go_on = threading.Event(), threading.Event()

    def slow(_address: UsbAddress) -> int:
        looked.set()
        go_on.wait(PATIENCE)
        return 1

    async def main() -> None:
        monkeypatch.setattr(ipp_usb_printer, "served_port", slow)
        printer = daemon.opened()
        assert isinstance(printer, IppUsbPrinter)
        asking = asyncio.create_task(printer.status())
        await asyncio.to_thread(looked.wait, PATIENCE)
        leaving = asyncio.create_task(printer.aclose())
        await asyncio.sleep(0)
        assert not leaving.done()  # it lets go of what is opened until then, too
        go_on.set()
        with pytest.raises(PrinterUnreachableError, match="let go"):
            await asking
        await leaving

    aio.run(main())


@pytest.mark.parametrize("places", [1, 2], ids=["stays", "comes-back-elsewhere"])
def test_it_may_be_cancelled_at_any_wait(daemon: Daemon, places: int) -> None:
    """At the first, at the second, and so on; served at another port at each look, every call lets go of a printer."""

    async def main() -> None:
        canned = CannedPrinter()
        async with canned.serving() as one, canned.serving() as other:
            daemon.ports = [port_of(one), port_of(other)][:places]
            await daemon.all_at_work()
            before = left_open()
            number, more = 1, True
            while more:
                printer = daemon.opened()
                more = await was_cancelled_at(number, use(printer))
                await was_cancelled_at(number % 4 + 1, printer.aclose())  # letting go is cancelled, too
                await printer.aclose()
                number += 1
            assert number > 20
            await daemon.all_at_work()
            await until(lambda: all(now <= then for now, then in zip(left_open(), before, strict=True)))

    aio.run(main())
