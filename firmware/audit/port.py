"""The audit port: what the firmware and the mesh's roles record with, whatever keeps the record."""

from asyncio import Future
from typing import Protocol

from firmware.audit.events import AuditEvent
from firmware.errors import LockgateError


class AuditError(LockgateError):
    """`audit-failed`: the entry is not known to be kept (the medium is full or failing, or too many entries wait). What
    must not happen unrecorded must then not happen."""

    code = "audit-failed"


class Audit(Protocol):
    """Where events are recorded, each once, in the order of the calls."""

    async def record(self, event: AuditEvent, **fields: str | int) -> None:
        """Returns when the entry is durable. `fields` are those `events.FIELDS` allows for `event`; anything else is a
        `ValueError`, at once. Cancelling ends the wait and not the record. Raises `AuditError`."""
        ...


class Notebook(Audit, Protocol):
    """An `Audit` for those who do not wait, or not at once. Order is that of the calls, whatever they are."""

    def note(self, event: AuditEvent, **fields: str | int) -> None:
        """Record in the background. Values that do not fit, such as a code that a stranger made up, are left out. A
        failure is told elsewhere, and raises nothing."""
        ...

    def begin(self, event: AuditEvent, **fields: str | int) -> Future[None]:
        """The same, for whoever waits later: done when the entry is durable, with `AuditError` when it is not. Others
        may wait for the same: shield it. Raises `AuditError` when too many entries wait."""
        ...
