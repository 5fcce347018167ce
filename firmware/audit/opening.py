"""How a record is taken up again: a power cut's traces are put right, an attacker's are told and never mended."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from firmware.audit.events import AuditEvent, Value
from firmware.audit.faults import Fault, FaultCode, FaultFoundError
from firmware.audit.material import from_storage
from firmware.audit.proof import prove_extent
from firmware.audit.records import (
    BEGINNING,
    HEAD,
    AuditKey,
    Extent,
    ExtentKind,
    Point,
    RecordError,
    chain_text,
    file_name,
    hash_of,
    parse_entry,
    parse_extent,
)
from firmware.audit.walk import Walk, lines_of
from firmware.vault.identity import IdentityError, TrustAnchor
from firmware.vault.signing import SignatureError
from hal.ports.storage import Storage

PROBED = 4096
"""Files looked for when the statement that says which there are is lost; the storage port has no listing."""
Note = tuple[AuditEvent, Mapping[str, Value]]


@dataclass(slots=True)
class Kept:
    """One file of the record: the point it continues (None: its first line is damaged), and its length in bytes."""

    before: Point | None
    size: int


@dataclass(slots=True)
class State:
    """Where a record stands. `kept` has the files by number, oldest first; `start` is what the first of them continues,
    `point` the last good entry. `newest` is the highest number ever used. `resume`: the newest file is whole and its
    first entry has the chain we sign with now. `notes` are to be recorded first of all. `leftovers`: older files may
    lie about."""

    kept: dict[int, Kept] = field(default_factory=dict)
    start: Point = BEGINNING
    point: Point = BEGINNING
    newest: int = 0
    resume: bool = False
    leftovers: bool = True
    fresh: bool = False
    notes: list[Note] = field(default_factory=list)


def take_up(storage: Storage, anchor: TrustAnchor, key: AuditKey) -> State:
    """The record in `storage`. Raises `StorageError`."""
    try:
        head = _head(storage, anchor, key)
    except _LostHeadError as exc:
        return _without_head(storage, exc.code)
    return State(fresh=True) if head is None else _with_head(storage, anchor, key, head)


def _head(storage: Storage, anchor: TrustAnchor, key: AuditKey) -> Extent | None:
    """The statement of the record's end, proven; None where there is no record at all. Raises `_LostHeadError`."""
    data = storage.read(HEAD)
    if data is None:
        if any(storage.read(file_name(number)) is not None for number in range(1, PROBED)):
            raise _LostHeadError(FaultCode.HEAD_MISSING)
        return None
    try:
        head = parse_extent(data.removesuffix(b"\n"))
        prove_extent(anchor, head)
    except (RecordError, SignatureError, IdentityError) as exc:
        raise _LostHeadError(FaultCode.HEAD_CHANGED) from exc
    if (head.org_id, head.holder, head.kind) != (key.org_id, key.holder, ExtentKind.HEAD):
        raise _LostHeadError(FaultCode.FOREIGN_KEY)
    return head


def _with_head(storage: Storage, anchor: TrustAnchor, key: AuditKey, head: Extent) -> State:
    files = from_storage(storage, head.segment, head.newest)
    cut = _drop_unbegun(storage, head, files)
    kept = {number: Kept(_before(data), len(data)) for number, data in files.items()}
    newest = max([head.newest, *files])
    state = State(kept, Point(head.first - 1, head.after), head.point, newest)
    walk = Walk(anchor, head, head.point, framed=True, wanted=frozenset({head.last}))
    try:
        _check_end(walk, state, files)
    except FaultFoundError as exc:
        if exc.fault.code is not FaultCode.TORN_TAIL:
            return _damaged(state, walk, exc.fault.code, exc.fault.sequence)
        cut += _cut(storage, state, files, walk.good_bytes)
    return _resumed(state, walk, key, files, cut)


def _drop_unbegun(storage: Storage, head: Extent, files: dict[int, bytes]) -> int:
    """Files of which not even the first line was written when the power went; how many bytes that was."""
    unbegun = [number for number, data in files.items() if b"\n" not in data and number > head.newest]
    for number in unbegun:
        storage.remove(file_name(number))
    return sum(len(files.pop(number)) for number in unbegun)


def _check_end(walk: Walk, state: State, files: Mapping[int, bytes]) -> None:
    """From the file with the last entry stated to the end of what is there. Raises `FaultFoundError`."""
    head = walk.extent
    begun = {number: kept.before for number, kept in state.kept.items() if kept.before is not None}
    begun = {number: before for number, before in begun.items() if before.sequence < max(head.last, 1)}
    if begun:
        first = max(begun)
        walk.point = begun[first]
        walk.go(
            [line for number in sorted(files) if number >= first for line in lines_of(file_name(number), files[number])]
        )
    elif head.last or files:
        raise FaultFoundError(Fault(FaultCode.TRUNCATED, HEAD, 0, head.last, "the last file is missing"))
    walk.seen.setdefault(0, BEGINNING.hash)
    if walk.seen.get(head.last) != head.hash:
        raise FaultFoundError(Fault(FaultCode.TRUNCATED, HEAD, 0, head.last, "the last entry is missing"))


def _cut(storage: Storage, state: State, files: dict[int, bytes], good: int) -> int:
    """Drop what the newest file has beyond `good` bytes; how much that was."""
    dropped = len(files[state.newest]) - good
    if good:
        files[state.newest] = files[state.newest][:good]
        state.kept[state.newest].size = good
        storage.replace(file_name(state.newest), files[state.newest])
    else:
        storage.remove(file_name(state.newest))
        del files[state.newest], state.kept[state.newest]
        state.newest -= 1
    return dropped


def _resumed(state: State, walk: Walk, key: AuditKey, files: Mapping[int, bytes], cut: int) -> State:
    unconfirmed = walk.point.sequence - walk.extent.last
    if cut or unconfirmed:
        state.notes.append((AuditEvent.TAIL_REPAIRED, {"bytes": cut, "entries": unconfirmed}))
    state.point = walk.point
    state.resume = _chain_of(files.get(state.newest, b"")) == chain_text(key.chain)
    return state


def _damaged(state: State, walk: Walk, code: FaultCode, sequence: int) -> State:
    """Go on in a file of its own after the last entry that is proven; the damage stays as it was found."""
    state.point = max(state.point, walk.point, key=lambda point: point.sequence)
    state.notes.append((AuditEvent.DAMAGE_FOUND, {"code": code.value, "sequence": sequence}))
    return state


def _without_head(storage: Storage, code: FaultCode) -> State:
    """Nothing says where the record stood: go on after its last line, in a new file with which the statement begins."""
    numbers = [number for number in range(1, PROBED) if storage.read(file_name(number)) is not None]
    newest = max(numbers, default=0)
    point = _last_point(storage.read(file_name(newest)) or b"") if newest else BEGINNING
    note = (AuditEvent.DAMAGE_FOUND, {"code": code.value, "sequence": point.sequence})
    return State(start=point, point=point, newest=newest, leftovers=False, notes=[note])


def _last_point(data: bytes) -> Point:
    for line in reversed(data.split(b"\n")):
        try:
            return Point(parse_entry(line).sequence, hash_of(line))
        except RecordError:
            continue
    return BEGINNING


def _before(data: bytes) -> Point | None:
    """What a file says that it continues."""
    try:
        entry = parse_entry(data.partition(b"\n")[0])
    except RecordError:
        return None
    return Point(entry.sequence - 1, entry.prev)


def _chain_of(data: bytes) -> str:
    try:
        return str(parse_entry(data.partition(b"\n")[0]).fields.get("chain", ""))
    except RecordError:
        return ""


class _LostHeadError(Exception):
    def __init__(self, code: FaultCode) -> None:
        super().__init__(code)
        self.code = code
