"""A printer, and a look at what really came out of it: the twin, the driver over the served twin, the driver over
the real ippeveprinter."""

import hashlib
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from hal.drivers import ipp_printer
from hal.drivers.context import DriverContext
from hal.drivers.system_clock import SystemClock
from hal.drivers.system_random import SystemRandom
from hal.drivers.thread_workers import ThreadWorkers
from hal.ports.clock import Clock
from hal.ports.printer import JobState, JobStatus, JobTicket, Printer
from hal.sim import virtual_time
from hal.sim.clock import VirtualClock
from hal.sim.ipp_printer import ServedPrinter
from hal.sim.printer import SimPrinter
from hal.sim.printer_intake import Delivery
from hal.sim.random_source import SeededRandom
from hal.sim.self_signed import SelfSigned
from tests.support import aio
from tools.peers.ippeveprinter import IppEvePrinter

MIB = 1 << 20
THREADS = 4
PDF = "application/pdf"


@dataclass
class Arrived:
    """The bytes of one job that reached the printer, by size and SHA-256."""

    size: int
    digest: str


class Rig(Protocol):
    """One printer under test. `arrived` looks at the printer, not at what it claims."""

    printer: Printer
    clock: Clock

    def run(self, main: Coroutine[Any, Any, None]) -> None: ...

    def arrived(self, job_id: int) -> Arrived: ...


class Scales:
    """A sink for the twin: weighs and hashes what arrives, and keeps none of it."""

    def __init__(self) -> None:
        self._hashes: dict[int, Any] = {}
        self._sizes: dict[int, int] = {}

    def __call__(self, delivery: Delivery, data: bytes) -> None:
        self._hashes.setdefault(delivery.job_id, hashlib.sha256()).update(data)
        self._sizes[delivery.job_id] = self._sizes.get(delivery.job_id, 0) + len(data)

    def weigh(self, job_id: int) -> Arrived:
        return Arrived(self._sizes.get(job_id, 0), self._hashes.get(job_id, hashlib.sha256()).hexdigest())


class TwinRig:
    """`SimPrinter` itself, in virtual time."""

    def __init__(self) -> None:
        scales = Scales()
        self.clock: Clock = VirtualClock()
        self.twin = SimPrinter(self.clock, SeededRandom(1), sink=scales)
        self.printer: Printer = self.twin
        self.arrived = scales.weigh

    def run(self, main: Coroutine[Any, Any, None]) -> None:
        virtual_time.run(main)


class DriverRig:
    """What the two with the real driver share."""

    def __init__(self) -> None:
        self.clock: Clock = SystemClock()
        self.workers = ThreadWorkers(THREADS)

    def open(self, uri: str) -> Printer:
        return ipp_printer.open(uri, DriverContext(self.clock, self.workers, SystemRandom()))

    def close(self) -> None:
        self.workers.close()


@asynccontextmanager
async def opened(rig: DriverRig, uri: str) -> AsyncIterator[Printer]:
    """The printer at `uri`, let go of in the end."""
    printer = rig.open(uri)
    try:
        yield printer
    finally:
        await printer.aclose()


class ServedRig(DriverRig):
    """The driver over the served twin; `printer` is there while `run` runs."""

    printer: Printer

    def __init__(self, *, encrypted: bool = True, identity: SelfSigned | None = None) -> None:
        super().__init__()
        scales = Scales()
        self.twin = SimPrinter(self.clock, SeededRandom(1), page_seconds=0.0, sink=scales)
        self.server = ServedPrinter(self.twin, encrypted=encrypted, identity=identity)
        self.arrived = scales.weigh

    def run(self, main: Coroutine[Any, Any, None]) -> None:
        aio.run(self._serving(main))

    async def _serving(self, main: Coroutine[Any, Any, None]) -> None:
        async with self.server:
            self.printer = self.open(self.server.pinned_uri)
            await main


class PeerRig(DriverRig):
    """The driver over a real ippeveprinter."""

    def __init__(self, peer: IppEvePrinter) -> None:
        super().__init__()
        self.peer = peer
        self.printer = self.open(peer.pinned_uri)

    def run(self, main: Coroutine[Any, Any, None]) -> None:
        aio.run(main)

    def arrived(self, job_id: int) -> Arrived:
        path = self.peer.document(job_id)
        try:
            data = path.read_bytes() if path else b""
        except FileNotFoundError:  # it throws a cut document away
            data = b""
        return Arrived(len(data), hashlib.sha256(data).hexdigest())


class Peers:
    """One real printer for many tests, and a fresh one after a test that left it in a mess."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._peer: IppEvePrinter | None = None

    def take(self) -> IppEvePrinter:
        if self._peer is None:
            self._peer = IppEvePrinter.start(self._directory)
        return self._peer

    def spoil(self) -> None:
        if self._peer is not None:
            self._peer.stop()
        self._peer = None


_names = iter(range(1, 1_000_000))


def ticket(size: int | None = None, format: str = PDF) -> JobTicket:
    return JobTicket(f"job-{next(_names)}", format, size)


async def document(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


def pieces(size: int) -> list[bytes]:
    """`size` bytes that do not repeat, in chunks of at most 1 MiB."""
    return [noise(index, min(MIB, size - start)) for index, start in enumerate(range(0, size, MIB))]


def noise(index: int, size: int) -> bytes:
    return hashlib.shake_128(index.to_bytes(4, "big")).digest(size)


def weighed(*chunks: bytes) -> Arrived:
    return Arrived(sum(map(len, chunks)), hashlib.sha256(b"".join(chunks)).hexdigest())


async def final(rig: Rig, job_id: int) -> JobStatus:
    """The job's status once it is over; at most a minute."""
    for _ in range(3000):
        status = await rig.printer.job_status(job_id)
        if status.state.final:
            return status
        await rig.clock.sleep(0.02)
    raise AssertionError(f"never over: {status}")


async def printed(rig: Rig, *chunks: bytes, announced: bool = True, format: str = PDF) -> int:
    """Print the chunks, and see them complete."""
    asked = ticket(sum(map(len, chunks)) if announced else None, format)
    job_id = (await rig.printer.create_job(asked)).job_id
    await rig.printer.send_document(job_id, asked, document(*chunks))
    status = await final(rig, job_id)
    assert (status.state, status.name) == (JobState.COMPLETED, asked.name)
    return job_id
