"""A registrar's database that was put back from an old copy would let everybody in again who was revoked since: found
by the signed deny lists that lie beside it and in the directories of the mesh's other roles."""

import logging
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

from firmware.audit.events import AuditEvent, Value
from firmware.audit.records import RecordError, parse_entry
from firmware.errors import LockgateError
from firmware.vault.denials import DenyList
from firmware.vault.identity import TrustAnchor
from hal.ports.clock import Clock
from tools.edgemesh.audits import PAGE, RoleAudit
from tools.edgemesh.denials import Denials
from tools.edgemesh.followers import take_kept_list
from tools.edgemesh.registrar.denybook import DenyBook
from tools.edgemesh.registrar.records import Denial, Issue
from tools.edgemesh.registrar.store import MemberStore

_log = logging.getLogger(__name__)
_FIELDS = {"holder": "", "user": "user/", "badge": "badge/", "delegation": "delegation/"}


class Record(Protocol):
    """Where an event is recorded before there are requests; `AuditLog.append` is one."""

    def __call__(self, event: AuditEvent, **fields: Value) -> object:
        """Returns when the entry is durable. Raises `AuditError`."""
        ...


class RolledBackError(LockgateError):
    """The database knows less than a deny list that the CA has signed."""

    code = "registrar-rolled-back"


def newest(directories: Iterable[Path], *, anchor: TrustAnchor, org_id: str, clock: Clock) -> Denials:
    """The newest list that any of the roles' directories keeps."""
    known = Denials(anchor, org_id, clock)
    for directory in directories:
        if directory.is_dir():
            take_kept_list(directory, known)
    return known


def is_behind(issue: Issue | None, kept: Denials) -> bool:
    """Whether the database's last issue is older than the kept one, or another one of its number."""
    if not kept.number:
        return False
    if issue is None or issue.number < kept.number:
        return True
    return issue.number == kept.number and issue.signed.raw != kept.signed().raw


def check(issue: Issue | None, kept: Denials) -> None:
    """Raises `RolledBackError`."""
    if is_behind(issue, kept):
        number = issue.number if issue else 0
        raise RolledBackError(f"the database is at issue {number} of the deny list, issue {kept.number} was signed")


def carry_on(book: DenyBook, members: MemberStore, kept: Denials, names: Iterable[str], record: Record) -> int:
    """A person has decided to go on with the old copy: what the newest list denies is denied again, as far as the copy
    or `names` (the record's) can name it, under numbers above; one-time tokens of the copy are void. How many denials
    nobody can name: lists hold no names. `record` is told first, and nothing is done unrecorded. Raises `StoreError`,
    `AuditError`."""
    denied, reasons = kept.last(), {one.name: one.reason for one in book.store.denials()}
    candidates = {*reasons, *names, *(member.name for member in members.members())}
    found = [Denial(name, since, reasons.get(name, "")) for name in candidates if (since := denied.since(name))]
    record(AuditEvent.ROLLBACK_ACCEPTED, number=kept.number, entries=len(denied.entries), count=len(found))
    for token in members.tokens():
        members.drop_token(token.id)
    book.overtake(found, kept.number)
    lost = _unnamed(denied, found)
    _log.warning("went on with an old copy: %d denials taken over, %d could not be named", len(found), lost)
    return lost


def _unnamed(denied: DenyList, found: list[Denial]) -> int:
    return len(denied.entries) - len(found)


def recorded(audit: RoleAudit) -> Iterator[str]:
    """Every name that the registrar's record speaks of. Raises `AuditError`."""
    after = 0
    while lines := audit.read_after(after, PAGE):
        for line in lines:
            after += 1
            yield from _names(line)


def _names(line: bytes) -> Iterator[str]:
    try:
        entry = parse_entry(line)
    except RecordError:
        return
    yield from (f"{kind}{entry.fields[field]}" for field, kind in _FIELDS.items() if field in entry.fields)
