"""The audit record of each role: written by whatever the role does, read by administrators, a file in its directory."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from firmware.audit.events import AuditEvent
from firmware.audit.log import AuditLog, Limits
from firmware.audit.memory import MemoryAudit
from firmware.audit.port import Audit
from firmware.audit.recorder import Recorder
from firmware.audit.records import AuditKey, Point
from firmware.vault.identity import Kind, TrustAnchor
from hal.drivers.file_storage import FileStorage
from hal.ports.clock import Clock
from hal.ports.storage import Storage
from hal.ports.workers import Workers
from tools.edgemesh.keys import RoleKeys

DIRECTORY = "audit"
"""Within a role's directory."""
PAGE = 100
"""Lines told at once."""


class RoleAudit(Audit, Protocol):
    """A record that can be read."""

    @property
    def point(self) -> Point:
        """Where it stands, for a witness."""
        ...

    def head(self) -> bytes:
        """The signed statement of its end, one line. Raises `AuditError`."""
        ...

    def read_after(self, sequence: int, most: int = PAGE) -> Sequence[bytes]:
        """Up to `most` lines after that entry, oldest first. Raises `AuditError`."""
        ...


class KeptAudit:
    """`RoleAudit` on a role's files, signed with the role's certificate of the moment."""

    def __init__(self, log: AuditLog, storage: Storage, workers: Workers, key: Callable[[], AuditKey]) -> None:
        self.log, self.storage, self.workers, self._key = log, storage, workers, key
        self._chain = key().chain
        self._recorder = Recorder(log, workers)

    @property
    def key(self) -> AuditKey:
        """What it is signed with now."""
        return self._key()

    async def record(self, event: AuditEvent, **fields: str | int) -> None:
        """See `Audit.record`."""
        key = self._key()
        if key.chain != self._chain:
            self.log.take_key(key)
            self._chain = key.chain
        await self._recorder.record(event, **fields)

    async def settle(self) -> None:
        """Wait until all that was asked for has been tried: then another process may take the record up."""
        await self._recorder.settle()

    @property
    def point(self) -> Point:
        return self.log.point

    def head(self) -> bytes:
        return self.log.head()

    def read_after(self, sequence: int, most: int = PAGE) -> Sequence[bytes]:
        return self.log.read_after(sequence, most)


class UnsignedAudit(MemoryAudit):
    """`RoleAudit` in memory, for simulations; nothing of it proves anything."""

    @property
    def point(self) -> Point:
        """As far as it goes, with a hash of the newest event."""
        last = repr(self.entries[-1:]).encode()
        return Point(len(self.entries), hashlib.sha256(last).hexdigest())

    def head(self) -> bytes:
        return b""

    def read_after(self, sequence: int, most: int = PAGE) -> Sequence[bytes]:
        lines = [f"{number} {entry.event}".encode() for number, entry in enumerate(self.entries, 1)]
        return lines[sequence : sequence + most]


def audit_key(org_id: str, kind: Kind, keys: RoleKeys) -> AuditKey:
    """What a role signs its record with now."""
    return AuditKey(org_id, f"{kind}/{keys.id}", keys.chain, keys.signer)


def open_audit(
    directory: Path,
    key: Callable[[], AuditKey],
    *,
    anchor: TrustAnchor,
    clock: Clock,
    workers: Workers,
    limits: Limits | None = None,
) -> KeptAudit:
    """The record in a role's directory, taken up where it was left. Raises `AuditError`, `DeviceError`."""
    storage = FileStorage(directory / DIRECTORY)
    return KeptAudit(AuditLog(storage, clock, anchor, key(), limits), storage, workers, key)
