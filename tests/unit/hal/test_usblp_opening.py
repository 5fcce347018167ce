"""Opening a printer at usblp: what keeps it shut is said, nothing of it stays open; its patience is that of the URI."""

import errno
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from hal.drivers import usb_address, usb_devices, usblp_printer
from hal.drivers.context import DriverContext
from hal.drivers.system_clock import SystemClock
from hal.drivers.system_random import SystemRandom
from hal.drivers.thread_workers import ThreadWorkers
from hal.drivers.usblp_file import UsblpFile
from hal.framing.ieee1284 import DeviceId
from hal.ports.errors import PrinterUnreachableError
from hal.ports.printer import JobTicket
from tests.support import aio
from tests.support.pseudo_terminal import Far

ADDRESS = usb_address.parse("usblp://03f0:2b17")
ASKED = JobTicket("job", "application/pdf")


@pytest.fixture
def far() -> Iterator[Far]:
    made = Far()
    yield made
    made.close()


def plugged(monkeypatch: pytest.MonkeyPatch, *nodes: Path) -> None:
    monkeypatch.setattr(usb_devices, "find", lambda _address: SimpleNamespace(nodes=nodes))


def test_one_that_the_kernel_has_not_taken_is_said_to_be_so(monkeypatch: pytest.MonkeyPatch) -> None:
    plugged(monkeypatch)
    with pytest.raises(PrinterUnreachableError, match="usblp has not taken it"):
        usblp_printer._open(ADDRESS)


@pytest.mark.parametrize(("reason", "blamed"), [(errno.ENODEV, False), (errno.EIO, False), (errno.ETIMEDOUT, True)])
def test_a_device_id_that_does_not_come_leaves_nothing_open(
    far: Far, monkeypatch: pytest.MonkeyPatch, reason: int, blamed: bool
) -> None:
    def device_id(_file: UsblpFile) -> bytes:
        raise OSError(reason, os.strerror(reason))

    monkeypatch.setattr(UsblpFile, "device_id", device_id)
    plugged(monkeypatch, far.path)
    with pytest.raises(PrinterUnreachableError) as caught:  # whose traceback holds whatever was not closed
        usblp_printer._open(ADDRESS)
    assert ("device ID" in caught.value.detail) is blamed
    UsblpFile(far.path).close()


def test_every_step_of_a_document_has_the_uris_patience(far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    """The end of a job that was cut off among them, and the last bytes."""
    asked: list[tuple[str, float]] = []
    monkeypatch.setattr(UsblpFile, "status", lambda _file: 0x18)
    monkeypatch.setattr(UsblpFile, "write", lambda _file, data, stall: asked.append((bytes(data).decode(), stall)))
    monkeypatch.setattr(UsblpFile, "drain", lambda _file, stall: asked.append(("drain", stall)))
    found = UsblpFile(far.path), DeviceId(commands=("PDF", "PJL"))
    monkeypatch.setattr(usblp_printer, "_open", lambda _address: found)

    async def document() -> AsyncIterator[bytes]:
        yield b"%PDF"

    async def main() -> None:
        workers = ThreadWorkers(1)
        context = DriverContext(SystemClock(), workers, SystemRandom())
        printer = usblp_printer.open("usblp://03f0:2b17?stall=7", context)
        job = await printer.create_job(ASKED)
        await printer.send_document(job.job_id, ASKED, document())
        await printer.aclose()
        workers.close()

    aio.run(main())
    assert asked == [("\x1b%-12345X", 7), ("%PDF", 7), ("drain", 7)]
