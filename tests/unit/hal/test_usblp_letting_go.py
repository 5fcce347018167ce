"""Letting go of a printer at usblp at any moment: what is under way ends, and no file and no thread is left."""

import asyncio
import os
import threading
from collections.abc import AsyncIterator

import pytest

from hal.drivers import usblp_printer
from hal.drivers.usblp_file import UsblpFile
from hal.framing.ieee1284 import DeviceId
from hal.ports.errors import OutcomeUnknownError, PrinterUnreachableError
from hal.ports.printer import Printer
from tests.support import aio
from tests.support.cancelling import was_cancelled_at
from tests.support.pseudo_terminal import Far
from tests.support.reader_rig import until
from tests.unit.hal.test_usblp_printer import ASKED, PATIENCE, Cable, cable

__all__ = ["cable"]  # a fixture


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 (names are counted)


async def short(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def use(printer: Printer) -> None:
    """Every call that waits for the device."""
    await printer.status()
    await printer.capabilities()
    job = await printer.create_job(ASKED)
    await printer.send_document(job.job_id, ASKED, short(b"%PDF"))
    await printer.next_change(0.001)
    await printer.status()


def test_it_may_be_cancelled_at_any_wait(cable: Cable) -> None:
    """At the first, at the second, and so on; and it goes on working afterwards."""

    async def main() -> None:
        await cable.all_at_work()
        before = descriptors()
        number, more = 1, True
        while more:
            more = await was_cancelled_at(number, use(cable.printer))
            assert (await cable.printer.status()).accepting
            number += 1
        assert number > 6
        await cable.printer.aclose()
        await cable.all_at_work()
        await until(lambda: descriptors() <= before)

    aio.run(main())


def test_an_opening_whose_first_asker_gave_up_is_the_next_ones(cable: Cable, monkeypatch: pytest.MonkeyPatch) -> None:
    """The device lets one open it: a second opening would be told that another program has it."""
    begun, go_on = threading.Event(), threading.Event()

    def slow(address: object) -> tuple[UsblpFile, DeviceId]:
        begun.set()
        go_on.wait(PATIENCE)
        return cable._open(address)

    async def main() -> None:
        monkeypatch.setattr(usblp_printer, "_open", slow)
        first = asyncio.create_task(cable.printer.status())
        await asyncio.to_thread(begun.wait, PATIENCE)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        second = asyncio.create_task(cable.printer.status())
        await asyncio.sleep(0)
        go_on.set()
        assert (await second).accepting
        assert cable.opened == 1
        await cable.printer.aclose()

    aio.run(main())


def test_what_is_opened_after_it_was_let_go_of_is_closed(cable: Cable, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on = threading.Event(), threading.Event()
    opened: list[UsblpFile] = []

    def slow(address: object) -> tuple[UsblpFile, DeviceId]:
        begun.set()
        go_on.wait(PATIENCE)
        found = cable._open(address)
        opened.append(found[0])
        return found

    async def main() -> None:
        monkeypatch.setattr(usblp_printer, "_open", slow)
        first = asyncio.create_task(cable.printer.status())
        await asyncio.to_thread(begun.wait, PATIENCE)
        await cable.printer.aclose()
        go_on.set()
        with pytest.raises(PrinterUnreachableError, match="let go"):
            await first
        with pytest.raises(OSError, match="broken off"):
            opened[0].drain(PATIENCE)

    aio.run(main())


def test_a_device_that_takes_no_more_holds_no_thread_of_whoever_gives_up(cable: Cable) -> None:
    written = threading.Event()
    really = UsblpFile.write

    def write(file: UsblpFile, data: bytes, stall: float) -> None:
        written.set()
        really(file, data, stall)

    async def main() -> None:
        await cable.all_at_work()
        before = descriptors()
        with pytest.MonkeyPatch.context() as meanwhile:
            meanwhile.setattr(UsblpFile, "write", write)
            job = await cable.printer.create_job(ASKED)
            sending = asyncio.create_task(cable.printer.send_document(job.job_id, ASKED, short(bytes(1 << 20))))
            await asyncio.to_thread(written.wait, PATIENCE)
            sending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sending
        await cable.all_at_work()
        assert await cable.is_forgotten(job)
        await cable.printer.aclose()
        await until(lambda: descriptors() <= before)

    aio.run(main())


def test_what_the_device_does_not_take_out_of_our_hands_is_not_known_to_have_come(
    cable: Cable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel has a page of its own between us and the printer."""

    def lost(_file: UsblpFile, _stall: float) -> None:
        raise OSError(19, "No such device")

    async def main() -> None:
        monkeypatch.setattr(UsblpFile, "drain", lost)
        job = await cable.printer.create_job(ASKED)
        with pytest.raises(OutcomeUnknownError):
            await cable.printer.send_document(job.job_id, ASKED, short(b"%PDF"))
        assert await cable.is_forgotten(job)
        await cable.printer.aclose()

    aio.run(main())


def test_a_drain_waits_for_the_device() -> None:
    """Until it takes bytes again; one that does not is given up."""
    far = Far()
    file = UsblpFile(far.path)
    with pytest.raises(TimeoutError):
        file.write(bytes(1 << 20), 0.01)
    with pytest.raises(TimeoutError):
        file.drain(0.01)
    far.read(file.taken)
    file.drain(PATIENCE)
    file.close()
    far.close()
