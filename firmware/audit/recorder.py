"""Recording from the event loop: entries that are asked for while another write is under way share the next one."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from firmware.audit.events import AuditEvent, Value, check
from firmware.audit.opening import Note
from firmware.audit.port import AuditError
from hal.ports.workers import Workers

WAITING = 1024
"""Entries that may wait for the medium."""
BATCH = 256
"""Entries of one write."""


class Appender(Protocol):
    """What a `Recorder` needs of a record; `AuditLog` is one."""

    def append_all(self, notes: Sequence[Note]) -> object:
        """Record several events with one write, in a worker's thread. Raises `AuditError`."""
        ...


class Recorder:
    """An `Audit` on a record and workers. Keeps the order of calls; one write at a time."""

    def __init__(self, log: Appender, workers: Workers, *, waiting: int = WAITING, batch: int = BATCH) -> None:
        self._log, self._workers = log, workers
        self._most, self._batch = waiting, batch
        self._waiting = 0
        self._open: tuple[list[Note], asyncio.Task[None]] | None = None  # the batch that still takes entries
        self._last: asyncio.Task[None] | None = None
        self._writes: set[asyncio.Task[None]] = set()

    async def record(self, event: AuditEvent, **fields: Value) -> None:
        """See `Audit.record`. Raises `AuditError` when too many entries wait, or the medium fails."""
        await asyncio.shield(self.begin(event, **fields))  # whoever is cancelled leaves the others' entries alone

    def begin(self, event: AuditEvent, **fields: Value) -> asyncio.Task[None]:
        """Ask for an entry; the write that it goes into, for whoever waits for it (shielded: it is others' as well).
        Raises `ValueError`, and `AuditError` when too many entries wait."""
        check(event, fields)
        if self._waiting >= self._most:
            raise AuditError("too many entries wait for the medium")
        if self._open is None or len(self._open[0]) >= self._batch:
            notes: list[Note] = []
            self._last = asyncio.get_running_loop().create_task(self._write(notes, self._last))
            self._last.add_done_callback(_looked_at)
            self._writes.add(self._last)
            self._last.add_done_callback(self._writes.discard)
            self._open = notes, self._last
        notes, done = self._open
        notes.append((event, fields))
        self._waiting += 1
        return done

    async def settle(self) -> None:
        """Wait until all that was asked for has been tried."""
        while self._last is not None and not self._last.done():
            await asyncio.wait([self._last])

    async def drop(self) -> None:
        """Begin no more writes; what was asked for and is not under way is lost, as when the process is killed."""
        writes = list(self._writes)
        for write in writes:
            write.cancel()
        await asyncio.gather(*writes, return_exceptions=True)

    async def _write(self, notes: list[Note], previous: asyncio.Task[None] | None) -> None:
        if previous is not None and not previous.done():
            await asyncio.wait([previous])
        if self._open is not None and self._open[0] is notes:
            self._open = None
        try:
            await self._workers.run(lambda: self._log.append_all(notes))
        finally:
            self._waiting -= len(notes)


def _looked_at(write: asyncio.Task[None]) -> None:
    """A failure is for whoever waits; that nobody does is no fault of the program."""
    if not write.cancelled():
        write.exception()
