"""The walk along a chain of entries: the one place where it is decided whether a line continues what stands before."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NoReturn

from firmware.audit.events import AuditEvent
from firmware.audit.faults import Fault, FaultCode, FaultFoundError
from firmware.audit.proof import prove_header, signed_by
from firmware.audit.records import Entry, Extent, Point, RecordError, hash_of, parse_entry
from firmware.vault.identity import Identity, IdentityError, TrustAnchor
from firmware.vault.signing import SignatureError


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file: its place, its bytes without the end, whether it has an end, and whether it is the first."""

    file: str
    number: int
    raw: bytes = field(repr=False)
    ended: bool = True
    opens_file: bool = False


def lines_of(file: str, data: bytes, start: int = 1) -> list[Line]:
    """The lines of a file; the last may be torn. `start` is the number of the first."""
    *whole, tail = data.split(b"\n")
    lines = [Line(file, number, raw, opens_file=number == 1) for number, raw in enumerate(whole, start)]
    if tail:
        lines.append(Line(file, len(lines) + start, tail, ended=False, opens_file=not lines and start == 1))
    return lines


@dataclass(slots=True)
class Walk:
    """Goes along `lines` from `point`. `extent` says whose the record is and how far it goes; in files, `framed`, each
    first line and no other begins a segment. Afterwards, `seen` has the hashes of the entries asked for in `wanted`,
    and `witnessed` whose records the signer remembers to have stood where."""

    anchor: TrustAnchor
    extent: Extent
    point: Point
    framed: bool
    wanted: frozenset[int] = frozenset()
    identity: Identity | None = None
    seen: dict[int, str] = field(default_factory=dict)
    starts: list[tuple[int, str]] = field(default_factory=list)
    told: Entry | None = None
    witnessed: list[tuple[str, Point]] = field(default_factory=list)
    entries: int = 0
    good_bytes: int = 0

    def go(self, lines: Sequence[Line]) -> None:
        """To the end. Raises `FaultFoundError` for the first line that does not fit; `point` is then the last good one,
        and `good_bytes` the length of what was good in that line's file."""
        for index, line in enumerate(lines):
            self.good_bytes = 0 if line.opens_file else self.good_bytes
            self._take(lines, index)
            self.good_bytes += len(line.raw) + 1

    def _take(self, lines: Sequence[Line], index: int) -> None:
        line = lines[index]
        if not line.ended and index == len(lines) - 1:
            self._fail_torn(line)
        entry = self._parse(line)
        if entry.sequence != self.point.sequence + 1:
            self._fail_order(entry, line, lines[index + 1 :])
        if self.framed and line.opens_file != (entry.event is AuditEvent.SEGMENT_BEGUN):
            self.fail(FaultCode.REORDERED, line, "files begin with their own first entry, and only there")
        if entry.event is AuditEvent.SEGMENT_BEGUN:
            self._begin(entry, line)
        if self.identity is None or not signed_by(self.identity, entry):
            self._fail_signature(line, lines[index + 1 : index + 2])
        if entry.prev != self.point.hash:
            self.fail(FaultCode.FORKED, line, "the signer continues something else than stands before")
        self._note(entry, line)

    def _parse(self, line: Line) -> Entry:
        try:
            entry = parse_entry(line.raw)
        except RecordError:
            self.fail(FaultCode.CHANGED, line, "not an entry as it was written")
        if not line.ended:
            self.fail(FaultCode.CHANGED, line, "the file's end is missing")
        return entry

    def _begin(self, entry: Entry, line: Line) -> None:
        try:
            self.identity = prove_header(self.anchor, entry)
        except SignatureError:
            self.fail(FaultCode.CHANGED, line, "not what its signer signed")
        except (IdentityError, RecordError):
            self.fail(FaultCode.FOREIGN_KEY, line, "not signed by a holder under this CA")
        if (self.identity.org_id, self.identity.name) != (self.extent.org_id, self.extent.holder):
            self.fail(FaultCode.FOREIGN_KEY, line, "another holder's entry")

    def _note(self, entry: Entry, line: Line) -> None:
        self.point = Point(entry.sequence, hash_of(line.raw))
        self.entries += 1
        if entry.sequence in self.wanted:
            self.seen[entry.sequence] = self.point.hash
        if entry.event is AuditEvent.PRUNED:
            self.starts.append((int(entry.fields.get("sequence", 0)), str(entry.fields.get("digest", ""))))
        if entry.event is AuditEvent.WITNESSED:
            point = Point(int(entry.fields.get("sequence", 0)), str(entry.fields.get("digest", "")))
            self.witnessed.append((str(entry.fields.get("holder", "")), point))
        if entry.event is AuditEvent.DAMAGE_FOUND:
            self.told = entry

    def _fail_torn(self, line: Line) -> None:
        if self.point.sequence < self.extent.last:
            self.fail(FaultCode.TRUNCATED, line, f"the record goes to entry {self.extent.last}")
        self.fail(FaultCode.TORN_TAIL, line, "an entry that was never finished")

    def _fail_order(self, entry: Entry, line: Line, later: Iterable[Line]) -> None:
        expected = self.point.sequence + 1
        if entry.sequence < expected or any(_sequence(other) == expected for other in later):
            self.fail(FaultCode.REORDERED, line, f"entry {entry.sequence} stands in its place")
        self.fail(FaultCode.REMOVED, line, f"entry {entry.sequence} comes next")

    def _fail_signature(self, line: Line, following: Sequence[Line]) -> None:
        """A line that others build on was meant by whoever wrote them: then it is the key that is wrong."""
        digest = hash_of(line.raw)
        built_on = self.extent.hash == digest or any(_prev(other) == digest for other in following)
        if built_on:
            self.fail(FaultCode.FOREIGN_KEY, line, "signed with another key")
        self.fail(FaultCode.CHANGED, line, "not what its signer signed")

    def fail(self, code: FaultCode, line: Line, detail: str) -> NoReturn:
        """Raises `FaultFoundError`: this line, where the next entry was expected."""
        raise FaultFoundError(Fault(code, line.file, line.number, self.point.sequence + 1, detail))


def _sequence(line: Line) -> int:
    try:
        return parse_entry(line.raw).sequence
    except RecordError:
        return 0


def _prev(line: Line) -> str:
    try:
        return parse_entry(line.raw).prev
    except RecordError:
        return ""
