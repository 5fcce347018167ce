"""The offline verifier: a record and the organisation's CA certificate in, "whole" or the first fault out."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from firmware.audit.faults import Fault, FaultCode, FaultFoundError
from firmware.audit.material import Material, from_export, from_path
from firmware.audit.proof import prove_extent, prove_header
from firmware.audit.records import Extent, ExtentKind, Point, RecordError, file_name, parse_entry, parse_extent
from firmware.audit.walk import Line, Walk, lines_of
from firmware.vault.identity import IdentityError, TrustAnchor
from firmware.vault.signing import SignatureError

Witnessed = tuple[str, Point]
"""Whose record it is, and the point of it that somebody remembers."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a verification found. `first` and `last` number the entries, `hash` is that of the last: with it, the point
    a witness may remember. `unconfirmed` entries are whole, but the statement of the end does not know them yet (a
    power cut does that). `unjudged` witnesses saw what has been pruned, `strays` are files outside the chain.
    `witnessed` is what the whole entries remember of other holders' records: for verifying those."""

    fault: Fault | None
    org_id: str = ""
    holder: str = ""
    entries: int = 0
    files: int = 0
    first: int = 0
    last: int = 0
    hash: str = ""
    unconfirmed: int = 0
    unjudged: int = 0
    strays: int = 0
    witnessed: tuple[Witnessed, ...] = field(default=(), repr=False)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return self.fault is None

    def as_json(self) -> dict[str, object]:
        """For machines."""
        return {"ok": self.ok, **asdict(replace(self, witnessed=())), "witnessed": len(self.witnessed)}


def verify_path(
    path: Path,
    anchor: TrustAnchor,
    *,
    holder: str = "",
    witnesses: Sequence[Point] = (),
    witnessed: Sequence[Witnessed] = (),
) -> Report:
    """Verify a holder's directory or an exported file. `holder` is whose it must be (empty: anybody's of the
    organisation); `witnesses` are points of this very record, `witnessed` those out of others' records: what they say
    of this holder counts. Never raises for what is in the files."""
    try:
        material = from_path(path)
    except FaultFoundError as exc:
        return Report(exc.fault)
    return verify(material, anchor, holder=holder, witnesses=witnesses, witnessed=witnessed)


def verify_export(data: bytes, anchor: TrustAnchor, *, holder: str = "", witnesses: Sequence[Point] = ()) -> Report:
    """The same for an exported file's bytes."""
    return verify(from_export("export", data), anchor, holder=holder, witnesses=witnesses)


def verify(
    material: Material,
    anchor: TrustAnchor,
    *,
    holder: str = "",
    witnesses: Sequence[Point] = (),
    witnessed: Sequence[Witnessed] = (),
) -> Report:
    """The same for what was read already."""
    report = Report(None, files=len(material.files) or int(material.exported is not None))
    try:
        extent = _statement(material, anchor, holder)
        report = replace(report, org_id=extent.org_id, holder=extent.holder, first=extent.first)
        witnesses = [*witnesses, *(point for whose, point in witnessed if whose == extent.holder)]
        walk = _begin(material, extent, anchor, witnesses)
    except FaultFoundError as exc:
        return replace(report, fault=exc.fault)
    lines, strays = _lines(material, extent)
    try:
        walk.go(_without_context(walk, lines))
        _conclude(walk, material, extent, witnesses)
        fault = None
    except FaultFoundError as exc:
        fault = exc.fault
    return replace(
        report,
        fault=_gap(fault, material),
        entries=walk.entries,
        last=walk.point.sequence,
        hash=walk.point.hash,
        unconfirmed=max(0, walk.point.sequence - extent.last),
        unjudged=sum(witness.sequence < extent.first - 1 for witness in witnesses),
        strays=strays,
        witnessed=tuple(walk.witnessed),
    )


def _statement(material: Material, anchor: TrustAnchor, holder: str) -> Extent:
    """The statement of the record's extent, proven."""
    if material.statement is None:
        code = FaultCode.HEAD_MISSING if material.files else FaultCode.EMPTY
        raise FaultFoundError(Fault(code, material.origin, 0, 0, "no statement of the record's end"))
    try:
        extent = parse_extent(material.statement)
        prove_extent(anchor, extent)
    except (RecordError, SignatureError) as exc:
        fault = Fault(FaultCode.HEAD_CHANGED, material.origin, 1, 0, "not a statement as it was signed")
        raise FaultFoundError(fault) from exc
    except IdentityError as exc:
        fault = Fault(FaultCode.FOREIGN_KEY, material.origin, 1, 0, "not made by a holder under this CA")
        raise FaultFoundError(fault) from exc
    if (extent.kind is ExtentKind.HEAD) != (material.exported is None):
        raise FaultFoundError(Fault(FaultCode.HEAD_CHANGED, material.origin, 1, 0, "a statement of the other kind"))
    if holder not in ("", extent.holder):
        raise FaultFoundError(Fault(FaultCode.FOREIGN_KEY, material.origin, 1, 0, "the record of another holder"))
    return extent


def _begin(material: Material, extent: Extent, anchor: TrustAnchor, witnesses: Iterable[Point]) -> Walk:
    wanted = frozenset({extent.last, *(witness.sequence for witness in witnesses)})
    start = Point(extent.first - 1, extent.after)
    walk = Walk(anchor, extent, start, framed=material.exported is None, wanted=wanted)
    walk.seen[start.sequence] = start.hash
    return walk


def _lines(material: Material, extent: Extent) -> tuple[list[Line], int]:
    """The lines in order, and how many files are not of the chain: left by a power cut amid pruning, or planted."""
    if material.exported is not None:
        return material.exported, 0
    last = extent.newest
    while last + 1 in material.files:
        last += 1
    numbers = [number for number in sorted(material.files) if extent.segment <= number <= last]
    lines = [line for number in numbers for line in lines_of(file_name(number), material.files[number])]
    return lines, len(material.files) - len(numbers)


def _without_context(walk: Walk, lines: list[Line]) -> list[Line]:
    """An export that begins amid a file has that file's first entry before it, to say who signs."""
    if walk.framed or not lines:
        return lines
    try:
        header = parse_entry(lines[0].raw)
        if header.sequence >= walk.extent.first:
            return lines
        walk.identity = prove_header(walk.anchor, header)
    except (RecordError, SignatureError):
        walk.fail(FaultCode.CHANGED, lines[0], "not the entry that says who signs")
    except IdentityError:
        walk.fail(FaultCode.FOREIGN_KEY, lines[0], "not signed by a holder under this CA")
    if (walk.identity.org_id, walk.identity.name) != (walk.extent.org_id, walk.extent.holder):
        walk.fail(FaultCode.FOREIGN_KEY, lines[0], "another holder's entry")
    return lines[1:]


def _conclude(walk: Walk, material: Material, extent: Extent, witnesses: Iterable[Point]) -> None:
    """What can be said only at the end."""
    end = Line(material.origin, 0, b"")
    if walk.point.sequence < extent.last:
        walk.fail(FaultCode.TRUNCATED, end, f"the record goes to entry {extent.last}")
    if walk.seen[extent.last] != extent.hash:
        walk.fail(FaultCode.FORKED, end, "the statement of the end is of another history")
    if not walk.framed and walk.point.sequence > extent.last:
        walk.fail(FaultCode.CHANGED, end, "entries after the stated end")
    if walk.told is not None:
        walk.fail(FaultCode.DAMAGE_TOLD, end, f"entry {walk.told.sequence} says that the record was found damaged")
    if walk.framed and extent.first > 1 and (extent.first, extent.after) not in walk.starts:
        walk.fail(FaultCode.GAP, end, "no entry says why the record does not begin at its beginning")
    for witness in witnesses:
        if witness.sequence >= extent.first - 1 and walk.seen.get(witness.sequence) != witness.hash:
            walk.fail(FaultCode.WITNESS, end, f"entry {witness.sequence} is not, or not any more, what was witnessed")


def _gap(fault: Fault | None, material: Material) -> Fault | None:
    """Entries that are missing because a whole file is."""
    if fault is None or fault.code is not FaultCode.REMOVED or fault.line != 1 or material.exported is not None:
        return fault
    missing = [number for number in range(min(material.files), max(material.files)) if number not in material.files]
    if any(file_name(number + 1) == fault.file for number in missing):
        return replace(fault, code=FaultCode.GAP, detail="a whole file is missing before this one")
    return fault
