"""A document on its way over usblp: no question that fails meanwhile, or is given up, takes the device from it."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from hal.drivers import usblp_printer
from hal.drivers.context import DriverContext
from hal.drivers.system_clock import SystemClock
from hal.drivers.system_random import SystemRandom
from hal.drivers.thread_workers import ThreadWorkers
from hal.drivers.usblp_file import UsblpFile
from hal.framing.ieee1284 import DeviceId
from hal.ports.errors import OutcomeUnknownError, PrinterRefusedError, PrinterUnreachableError
from hal.ports.printer import CreatedJob, JobState, JobTicket, Printer
from tests.support import aio
from tests.support.pseudo_terminal import Far

THREADS = 4
PATIENCE = 30.0
PDF = "application/pdf"
ASKED = JobTicket("job", PDF)


class Cable:
    """The driver at a pseudo-terminal in place of the device. `go_on` lets the source come to its end."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.far = Far()
        self.opened = 0
        self.commands: tuple[str, ...] = ("PDF",)
        self.workers = ThreadWorkers(THREADS)
        self.pulled, self.go_on = asyncio.Event(), asyncio.Event()
        monkeypatch.setattr(usblp_printer, "_open", self._open)
        monkeypatch.setattr(UsblpFile, "status", lambda _file: 0x18)
        context = DriverContext(SystemClock(), self.workers, SystemRandom())
        self.printer: Printer = usblp_printer.open("usblp://03f0:2b17", context)

    def _open(self, _address: object) -> tuple[UsblpFile, DeviceId]:
        self.opened += 1
        return UsblpFile(self.far.path), DeviceId(commands=self.commands)

    async def begin(self) -> tuple[CreatedJob, asyncio.Task[None]]:
        """A job of which the first byte has been taken, and the rest is awaited."""
        job = await self.printer.create_job(ASKED)
        sending = asyncio.create_task(self.printer.send_document(job.job_id, ASKED, self._document()))
        await self.pulled.wait()
        return job, sending

    async def _document(self) -> AsyncIterator[bytes]:
        yield b"%"
        self.pulled.set()
        await self.go_on.wait()
        yield b"PDF"

    async def is_forgotten(self, job: CreatedJob) -> bool:
        with pytest.raises(PrinterRefusedError) as caught:
            await self.printer.job_status(job.job_id)
        return caught.value.status == usblp_printer.NOT_FOUND

    async def all_at_work(self) -> None:
        """All threads can be had: none is stuck."""
        together = threading.Barrier(THREADS)
        await asyncio.gather(*(self.workers.run(lambda: together.wait(PATIENCE)) for _ in range(THREADS)))

    def close(self) -> None:
        self.workers.close()
        self.far.close()


@pytest.fixture
def cable(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cable]:
    made = Cable(monkeypatch)
    yield made
    made.close()


def test_a_question_that_is_not_answered_leaves_the_document_alone(
    cable: Cable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Printers at work have been seen to stall GET_PORT_STATUS."""

    def stalled(_file: UsblpFile) -> int:
        raise OSError(5, "Input/output error")

    async def main() -> None:
        _, sending = await cable.begin()
        with monkeypatch.context() as meanwhile:
            meanwhile.setattr(UsblpFile, "status", stalled)
            with pytest.raises(PrinterUnreachableError):
                await cable.printer.status()
        cable.go_on.set()
        await sending
        assert (cable.far.read(4), cable.opened) == (b"%PDF", 1)
        await cable.printer.aclose()

    aio.run(main())


def test_a_question_that_is_given_up_leaves_the_document_alone(cable: Cable, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, answer = threading.Event(), threading.Event()

    def slow(_file: UsblpFile) -> int:
        asked.set()
        answer.wait(30)
        return 0x18

    async def main() -> None:
        _, sending = await cable.begin()
        with monkeypatch.context() as meanwhile:
            meanwhile.setattr(UsblpFile, "status", slow)
            asking = asyncio.create_task(cable.printer.status())
            await asyncio.to_thread(asked.wait, 30)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
        cable.go_on.set()
        await sending
        answer.set()
        assert (cable.far.read(4), cable.opened) == (b"%PDF", 1)
        await cable.printer.aclose()

    aio.run(main())


def test_of_what_was_begun_nobody_says_aborted(cable: Cable) -> None:
    """What came before the end of it may be on paper."""

    async def main() -> None:
        job, sending = await cable.begin()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        assert await cable.is_forgotten(job)
        await cable.printer.aclose()

    aio.run(main())


def test_letting_go_ends_a_document_and_nothing_is_opened_again(cable: Cable) -> None:
    async def main() -> None:
        job, sending = await cable.begin()
        await cable.printer.aclose()
        cable.go_on.set()
        with pytest.raises(OutcomeUnknownError):
            await sending
        assert await cable.is_forgotten(job)
        for asking in (cable.printer.status(), cable.printer.capabilities(), cable.printer.create_job(ASKED)):
            with pytest.raises(PrinterUnreachableError, match="let go"):
                await asking
        assert cable.opened == 1

    aio.run(main())


def test_a_device_that_is_lost_before_the_first_byte_aborts_the_job(
    cable: Cable, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(_file: UsblpFile, _data: bytes, _stall: float) -> None:
        raise OSError(19, "No such device")

    async def main() -> None:
        monkeypatch.setattr(UsblpFile, "write", gone)
        job = await cable.printer.create_job(ASKED)
        with pytest.raises(PrinterUnreachableError):
            await cable.printer.send_document(job.job_id, ASKED, cable._document())
        await cable.printer.cancel_job(job.job_id)  # comes too late, and changes nothing
        assert (await cable.printer.job_status(job.job_id)).state is JobState.ABORTED
        await cable.printer.aclose()

    aio.run(main())


@pytest.mark.parametrize("printed", [0, 1])
def test_what_went_before_is_not_the_documents_first_byte(
    cable: Cable, monkeypatch: pytest.MonkeyPatch, printed: int
) -> None:
    """Another document of the same file, or the word that ends one: the person is not asked whether this one came."""
    cable.commands = ("PDF", "PJL")
    really = UsblpFile.write

    def gone(file: UsblpFile, data: bytes, stall: float) -> None:
        if data != usblp_printer.END_OF_JOB:
            raise OSError(19, "No such device")
        really(file, data, stall)

    async def main() -> None:
        cable.go_on.set()
        for _ in range(printed):
            whole = await cable.printer.create_job(ASKED)
            await cable.printer.send_document(whole.job_id, ASKED, cable._document())
        job = await cable.printer.create_job(ASKED)
        monkeypatch.setattr(UsblpFile, "write", gone)
        with pytest.raises(PrinterUnreachableError):
            await cable.printer.send_document(job.job_id, ASKED, cable._document())
        assert cable.far.read(9) == usblp_printer.END_OF_JOB
        await cable.printer.aclose()

    aio.run(main())


def test_a_file_that_could_not_even_be_tried_is_no_burden(monkeypatch: pytest.MonkeyPatch) -> None:
    """Out of descriptors: what was never opened is not closed."""

    def exhausted(_flags: int) -> tuple[int, int]:
        raise OSError(24, "Too many open files")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr("hal.drivers.usblp_file.os.pipe2", exhausted)
        with pytest.raises(OSError, match="Too many"):
            UsblpFile(Path("/dev/null"))
