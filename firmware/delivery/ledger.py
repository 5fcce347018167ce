"""The durable release ledger: what makes "at most one start of transmission for each release" hold across a kill -9."""

from collections.abc import Callable
from dataclasses import replace
from threading import Lock
from typing import Any

from firmware.delivery.records import Entry, Step, encode, read
from firmware.errors import LockgateError
from hal.ports.errors import StorageError
from hal.ports.storage import Storage

FILE = "releases.v1"
KEPT = 64
"""Releases still remembered after everything about them was reported, so that a repeated one is known."""
LINES = 1024
"""Lines after which the file is written anew."""


class LedgerError(LockgateError):
    """A step that the ledger does not allow; nothing was changed. Codes: `release-repeated` (the mesh granted a release
    that was here before), `ledger-order` (a step out of its order, which only a bug can ask for)."""

    code = "ledger-order"


class Ledger:
    """All releases of this station that matter. Every call may block for a write to the medium and may come from any
    thread: the event loop makes them through its workers.

    An append that failed may have left half a line, so the next write replaces the whole file."""

    def __init__(self, storage: Storage) -> None:
        """Read and repair. Raises `StorageError`."""
        self._storage = storage
        self._lock = Lock()
        data = storage.read(FILE) or b""
        reading = read(data)
        self.damaged = reading.damaged
        self._entries = reading.entries
        self._lines = data.count(b"\n")
        self._repair = reading.torn or reading.damaged > 0
        if self._repair:
            self._replace()

    def intend(self, entry: Entry) -> None:
        """Begin a release. Raises `LedgerError` when it was here before, `StorageError`."""
        with self._lock:
            if entry.release in self._entries:
                raise LedgerError(entry.release, code="release-repeated")
            self._write(entry)

    def advance(self, release: str, step: Step, **changes: Any) -> Entry:
        """Take a release to a later step; returns once that is durable. Raises `LedgerError`, and `StorageError`: then
        the release stands where it stood."""
        with self._lock:
            entry = self._next(release, step, changes)
            self._write(entry)
            return entry

    def insist(self, release: str, step: Step, **changes: Any) -> Entry:
        """As `advance`, for what has happened already and can't be undone: where the medium fails, it is remembered
        in memory and written with whatever is written next. Until then a power cut leads to the step before, which
        is settled by asking the printer."""
        with self._lock:
            entry = self._next(release, step, changes)
            try:
                self._write(entry)
            except StorageError:
                self._entries[release] = entry
            return entry

    def entry(self, release: str) -> Entry:
        """The release as it stands."""
        return self._entries[release]

    def unsettled(self) -> list[Entry]:
        """Releases without an outcome, oldest first."""
        return self._select(lambda entry: not entry.ended)

    def unreported(self) -> list[Entry]:
        """Releases whose outcome the mesh has not been told, oldest first."""
        return self._select(lambda entry: entry.step is Step.ENDED)

    def _select(self, wanted: Callable[[Entry], bool]) -> list[Entry]:
        with self._lock:
            return [entry for entry in self._entries.values() if wanted(entry)]

    def _next(self, release: str, step: Step, changes: dict[str, Any]) -> Entry:
        entry = self._entries[release]
        in_order = step.rank == entry.step.rank + 1 or (step is Step.ENDED and not entry.ended)
        if not in_order:
            raise LedgerError(f"{release}: {entry.step} to {step}")
        return replace(entry, step=step, **changes)

    def _write(self, entry: Entry) -> None:
        if self._repair or self._lines >= LINES:
            self._replace(entry)
        else:
            self._append(entry)
        self._entries[entry.release] = entry

    def _append(self, entry: Entry) -> None:
        try:
            self._storage.append(FILE, encode(entry))
        except StorageError:
            self._repair = True
            raise
        self._lines += 1

    def _replace(self, entry: Entry | None = None) -> None:
        """The whole file anew, without what was reported long ago, and with `entry` as its release's newest."""
        done = [name for name, known in self._entries.items() if known.step is Step.REPORTED]
        for name in done[:-KEPT]:
            del self._entries[name]
        newest = self._entries | ({entry.release: entry} if entry else {})
        self._storage.replace(FILE, b"".join(map(encode, newest.values())))
        self._lines, self._repair = len(newest), False
