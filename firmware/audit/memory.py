"""A record kept in memory: for tests, and for what has no identity yet to sign with."""

import asyncio
from dataclasses import dataclass

from firmware.audit.events import AuditEvent, check, fitting
from firmware.audit.port import AuditError


@dataclass(frozen=True, slots=True)
class Recorded:
    """One event with its fields."""

    event: AuditEvent
    fields: dict[str, str | int]


class MemoryAudit:
    """An `Audit` that keeps the newest `room` events in `entries`; while `failing`, it takes none."""

    def __init__(self, room: int = 10_000) -> None:
        self.entries: list[Recorded] = []
        self.failing = False
        self._room = room

    async def record(self, event: AuditEvent, **fields: str | int) -> None:
        """See `Audit.record`."""
        check(event, fields)
        if self.failing:
            raise AuditError("told to fail")
        self.entries.append(Recorded(event, fields))
        del self.entries[: -self._room]

    def note(self, event: AuditEvent, **fields: str | int) -> None:
        """See `Notebook.note`."""
        if not self.failing:
            self.entries.append(Recorded(event, fitting(event, fields)))

    def begin(self, event: AuditEvent, **fields: str | int) -> asyncio.Future[None]:
        """See `Notebook.begin`."""
        self.note(event, **fields)
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self.failing:
            done.set_exception(AuditError("told to fail"))
            done.exception()  # looked at: whoever does not wait does not mind
        else:
            done.set_result(None)
        return done

    def of(self, event: AuditEvent) -> list[dict[str, str | int]]:
        """The fields of every event of that name, oldest first."""
        return [entry.fields for entry in self.entries if entry.event is event]
