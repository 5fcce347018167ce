"""The station's private cupsd with its one queue: there when it is needed, and made anew after it died."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any

from hal.drivers import cups_config, cups_marks, cups_room
from hal.drivers.cups_address import NAME, CupsAddress
from hal.drivers.cups_config import QUEUE
from hal.drivers.cups_daemon import Daemon
from hal.drivers.cups_line import CupsError, Line
from hal.drivers.cups_room import TEMPORARY, Room
from hal.drivers.thread_workers import ThreadWorkers
from hal.ports.errors import DeviceConfigError, PrinterUnreachableError

QUEUE_LIMIT = 60.0
"""Seconds for making the queue: cups-driverd looks through every driver there is."""
NOT_POSSIBLE = 0x0404
"""RFC 8011 appendix B; cupsd's word for a device URI that it cannot take apart."""
EVERYWHERE, DRIVERLESS = "everywhere", "driverless:"
"""cups-filters' driverless(1) asks the printer and writes its PPD while cupsd waits. (cupsd's own `everywhere` does so
beside, and a job that comes first is sent as it is.)"""


class Server:
    """`line` is for questions; an upload gets one of its own. Jobs of a cupsd that died are in no later one: its spool
    goes with it, and its numbers are not given again, so that nothing is ever printed by a restart."""

    def __init__(self, address: CupsAddress, first_job: int) -> None:
        self._address = address
        self._next_job = first_job
        self._keeper = ThreadWorkers(1)  # cupsd ends with the thread that started it
        self._changing = asyncio.Lock()
        self._room: Room | None = None
        self._daemon: Daemon | None = None
        self._line: Line | None = None
        self._closed = False

    @property
    def is_alive(self) -> bool:
        return self._daemon is not None and self._daemon.is_alive()

    @property
    def pid(self) -> int:
        """cupsd's own; 0 where none runs."""
        return self._daemon.pid if self._daemon is not None and self.is_alive else 0

    @property
    def root(self) -> Path | None:
        """Where it writes."""
        return self._room.root if self._room else None

    @property
    def _is_whole(self) -> bool:
        """Whether nobody took away what cupsd cannot do without: it would live on, and nobody could reach it."""
        return self._room is not None and self._room.is_whole

    def lost_a_program(self, job_id: int) -> bool:
        """Whether one that worked on that job was killed with its script, or the script before it began: cupsd takes
        that for its good end. Of a job that has come to one."""
        return self._room is not None and cups_marks.lost_a_program(self._room.root / TEMPORARY, job_id)

    def free(self) -> int:
        """Bytes of memory that its file system has left."""
        return self._room.free() if self._room else 0

    async def line(self) -> Line:
        """The way to cupsd, started if it does not run. Raises `DeviceConfigError`, `PrinterUnreachableError`."""
        async with self._changing:
            if self._closed:
                raise PrinterUnreachableError(NAME, "this printer was let go of")
            if self._line is None or not self.is_alive or not self._is_whole:
                await self._down()
                return await self._up()
            return self._line

    def another_line(self) -> Line:
        """One more to the cupsd that runs."""
        if self._room is None or self._daemon is None:
            raise PrinterUnreachableError(NAME, "cupsd does not run")
        return Line(self._room.socket, self._daemon.kill)

    def took(self, job_id: int) -> None:
        """That number was given."""
        self._next_job = max(self._next_job, job_id + 1)
        if self._room is not None:
            cups_marks.forget(self._room.root / TEMPORARY, job_id)

    async def aclose(self) -> None:
        """End cupsd, and all it wrote goes. Idempotent."""
        async with self._changing:
            if self._closed:
                return
            self._closed = True
            try:
                await self._down()
            finally:
                self._keeper.close()

    async def _up(self) -> Line:
        try:
            await self._keeper.run(self._start)
            line = self._line = self.another_line()
            await self._make_queue(line)
        except BaseException:
            await self._down()
            raise
        return line

    def _start(self) -> None:
        """On the keeper's thread, which notes what it made: whoever asked for it may have been cancelled meanwhile."""
        self._room = cups_room.furnish()
        cups_config.write(self._room, self._address, self._next_job)
        self._daemon = Daemon(self._room)

    async def _down(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.close()
        with suppress(OSError):
            await self._keeper.run(self._clear)

    def _clear(self) -> None:
        """On the keeper's thread too, and so behind a start that nobody waits for any more."""
        daemon, room = self._daemon, self._room
        self._daemon = self._room = None
        try:
            if daemon is not None:
                daemon.stop()
        finally:
            if room is not None:
                room.remove()

    async def _make_queue(self, line: Line) -> None:
        """Raises `DeviceConfigError` where cupsd has no such driver."""
        address = self._address
        try:
            await line.ask(lambda connection: _add(connection, address), QUEUE_LIMIT)
        except CupsError as exc:
            if address.model == EVERYWHERE and exc.status:
                raise PrinterUnreachableError(NAME, "the printer did not say what it can do (everywhere)") from exc
            if exc.status == NOT_POSSIBLE:
                raise DeviceConfigError(NAME, "cupsd takes no such device URI; see lpinfo -v") from exc
            said = "no such driver or PPD" if exc.status else str(exc)
            raise DeviceConfigError(NAME, f"no queue for model {address.model!r}: {said}; see lpinfo -m") from exc


def _add(connection: Any, address: CupsAddress) -> None:
    kind = "filename" if address.model.startswith("/") else "ppdname"
    model = f"{DRIVERLESS}{address.device.partition('?')[0]}" if address.model == EVERYWHERE else address.model
    connection.addPrinter(QUEUE, device=address.device, info=address.model, **{kind: model})
    connection.setPrinterErrorPolicy(QUEUE, "abort-job")
    connection.setPrinterShared(QUEUE, False)
    connection.enablePrinter(QUEUE)
    connection.acceptJobs(QUEUE)
