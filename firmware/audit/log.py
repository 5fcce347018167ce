"""The record on a medium: entries are appended, chained and signed, and the statement of the end is made anew."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from threading import Lock

from firmware.audit.events import AuditEvent, Value, check
from firmware.audit.export import assemble
from firmware.audit.opening import Kept, Note, take_up
from firmware.audit.port import AuditError
from firmware.audit.records import HEAD, AuditKey, Entry, Extent, ExtentKind, Point, chain_text, file_name, hash_of
from firmware.vault.identity import TrustAnchor
from hal.ports.clock import Clock
from hal.ports.errors import StorageError
from hal.ports.storage import Storage


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes: `segment` of one file (the batch that passes it still goes in), `quota` of all."""

    segment: int = 256 * 1024
    quota: int = 8 * 1024 * 1024

    def __post_init__(self) -> None:
        if not 0 < self.segment * 2 <= self.quota:
            raise ValueError("a record's quota has room for two files at least")


class AuditLog:
    """One holder's record. Calls block for the medium and may come from any thread; the event loop goes through a
    `Recorder`. The storage is the record's own or its station's: only files named `audit…` are touched."""

    def __init__(
        self, storage: Storage, clock: Clock, anchor: TrustAnchor, key: AuditKey, limits: Limits | None = None
    ) -> None:
        """Take the record up where it was left. Raises `AuditError`."""
        self._storage, self._clock, self._key = storage, clock, key
        self._limits = limits or Limits()
        self._lock = Lock()
        self._mend: int | None = None  # the file that a failed append may have left torn
        try:
            self._state = take_up(storage, anchor, key)
            if self._state.fresh:
                self._write_head()  # first: files without a statement are always somebody's doing
        except StorageError as exc:
            raise AuditError(f"the record cannot be read: {exc}") from exc
        self.found: tuple[Note, ...] = tuple(self._state.notes)
        """What taking it up has brought to light: `tail-repaired`, `damage-found`. It is in the record as well."""
        if self._state.notes:
            self._state.notes = []
            self.append_all(self.found)

    @property
    def point(self) -> Point:
        """The end of the record, for witnesses to remember."""
        return self._state.point

    @property
    def first(self) -> int:
        """The number of the oldest entry that is kept, or of the first there will be."""
        return self._state.start.sequence + 1

    def append(self, event: AuditEvent, **fields: Value) -> Point:
        """Record one event; returns its point once it is durable. Raises `ValueError` (see `events.check`),
        `AuditError`: then the entry is not there, or there although that could not be confirmed."""
        return self.append_all([(event, fields)])

    def append_all(self, notes: Sequence[Note]) -> Point:
        """Record several events with one write. Raises as `append`."""
        for event, fields in notes:
            check(event, fields)
        with self._lock:
            try:
                self._append(notes)
            except StorageError as exc:
                raise AuditError(str(exc)) from exc
            return self._state.point

    def take_key(self, key: AuditKey) -> None:
        """From now on, sign with the key of a new chain, in a new file. Raises `ValueError` for another holder's."""
        if (key.org_id, key.holder) != (self._key.org_id, self._key.holder):
            raise ValueError("a record has one holder")
        with self._lock:
            self._key = key
            self._state.resume = False

    def head(self) -> bytes:
        """The newest statement of the record's end: one line, without its end. Raises `AuditError`."""
        with self._lock:
            return (self._read(HEAD)).removesuffix(b"\n")

    def read_after(self, sequence: int, most: int = 100) -> list[bytes]:
        """The lines (without ends) of up to `most` kept entries after `sequence`, oldest first. Raises `AuditError`."""
        with self._lock:
            return self._lines(sequence + 1, min(sequence + most, self._state.point.sequence))

    def export(self, first: int = 0, last: int = 0) -> bytes:
        """The entries `first` to `last` (0: from the oldest kept, to the newest) as one file that proves itself.
        Raises `ValueError` for a range that is not kept, `AuditError`."""
        with self._lock:
            first, last = first or self.first, last or self._state.point.sequence
            if not self.first <= first <= last <= self._state.point.sequence:
                raise ValueError(f"entries {self.first} to {self._state.point.sequence} are kept")
            header = self._read(file_name(self._file_of(first))).partition(b"\n")[0]
            return assemble(self._key, self._clock.now(), header, self._lines(first, last))

    def _append(self, notes: Sequence[Note]) -> None:
        """The lines with one append, then the statement. When the append fails, nothing has changed but the medium."""
        state = self._state
        opening = not state.resume or state.kept[state.newest].size >= self._limits.segment
        number = state.newest + 1 if opening else state.newest
        drop, start = self._to_drop() if opening else ([], state.start)
        lines, point = self._signed([*self._first_notes(start), *notes] if opening else notes)
        self._write(number, lines)
        state.kept.setdefault(number, Kept(state.point, 0)).size += len(lines)
        state.newest, state.resume, state.point, state.start = number, True, point, start
        for old in drop:
            del state.kept[old]
        state.leftovers = state.leftovers or bool(drop)
        self._write_head()
        self._remove_leftovers()

    def _to_drop(self) -> tuple[list[int], Point]:
        """The oldest files, so that another one has room in the quota; and what the record then starts from."""
        kept = dict(self._state.kept)
        drop: list[int] = []
        while kept and sum(file.size for file in kept.values()) + self._limits.segment > self._limits.quota:
            drop.append(min(kept))
            del kept[drop[-1]]
        while kept and drop and kept[min(kept)].before is None:  # damaged: nothing says what it continues
            drop.append(min(kept))
            del kept[drop[-1]]
        if not drop:
            return [], self._state.start
        before = kept[min(kept)].before if kept else None
        return drop, before or self._state.point

    def _first_notes(self, start: Point) -> Iterable[Note]:
        """What stands first in a file: who signs here, and from where on the record is kept when that changes."""
        key, old = self._key, self._state.start
        holder = {"org_id": key.org_id, "holder": key.holder, "chain": chain_text(key.chain)}
        yield AuditEvent.SEGMENT_BEGUN, holder
        if start != old:
            entries = start.sequence - old.sequence
            yield AuditEvent.PRUNED, {"sequence": start.sequence + 1, "digest": start.hash, "entries": entries}

    def _signed(self, notes: Iterable[Note]) -> tuple[bytes, Point]:
        """The lines that continue the record, and the point they lead to."""
        point, lines, now = self._state.point, [], self._clock.now()
        for event, fields in notes:
            entry = Entry(point.sequence + 1, now, event, fields, point.hash)
            line = replace(entry, signature=self._key.sign(entry.body)).line
            point = Point(entry.sequence, hash_of(line))
            lines.append(line + b"\n")
        return b"".join(lines), point

    def _write(self, number: int, lines: bytes) -> None:
        if self._mend is not None:
            self._restore(self._mend)
        try:
            self._storage.append(file_name(number), lines)
        except StorageError:
            self._mend = number
            raise

    def _restore(self, number: int) -> None:
        """Take back what a failed append may have left."""
        name, kept = file_name(number), self._state.kept.get(number)
        if kept is None:
            self._storage.remove(name)
        else:
            self._storage.replace(name, (self._storage.read(name) or b"")[: kept.size])
        self._mend = None

    def _write_head(self) -> None:
        key, state = self._key, self._state
        extent = Extent(
            kind=ExtentKind.HEAD,
            org_id=key.org_id,
            holder=key.holder,
            at=self._clock.now(),
            segment=min(state.kept, default=state.newest + 1),
            newest=state.newest,
            first=state.start.sequence + 1,
            after=state.start.hash,
            last=state.point.sequence,
            hash=state.point.hash,
            chain=key.chain,
        )
        self._storage.replace(HEAD, replace(extent, signature=key.sign(extent.body)).line + b"\n")

    def _remove_leftovers(self) -> None:
        """Files before those kept: pruned now, or before the power went. What cannot go now goes next time."""
        if not self._state.leftovers:
            return
        with suppress(StorageError):
            number = min(self._state.kept) - 1
            while number > 0 and self._storage.read(file_name(number)) is not None:
                self._storage.remove(file_name(number))
                number -= 1
            self._state.leftovers = False

    def _lines(self, first: int, last: int) -> list[bytes]:
        """The kept lines of these entries."""
        found: list[bytes] = []
        for number, kept in sorted(self._state.kept.items()):
            if kept.before is None or kept.before.sequence >= last:
                continue
            offset = kept.before.sequence + 1
            if self._ends_before(number, first):
                continue
            lines = self._read(file_name(number))[: kept.size].split(b"\n")[:-1]
            found += lines[max(0, first - offset) : last - offset + 1]
        return found

    def _ends_before(self, number: int, sequence: int) -> bool:
        after = self._state.kept.get(number + 1)
        return after is not None and after.before is not None and after.before.sequence < sequence

    def _file_of(self, sequence: int) -> int:
        """The file in which an entry stands."""
        begun = {number: kept.before for number, kept in self._state.kept.items() if kept.before is not None}
        return max(number for number, before in begun.items() if before.sequence < sequence)

    def _read(self, name: str) -> bytes:
        try:
            return self._storage.read(name) or b""
        except StorageError as exc:
            raise AuditError(str(exc)) from exc
