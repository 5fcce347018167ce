"""An administrator's act: who does it, and the role's record that says so before it is done."""

from dataclasses import dataclass

from firmware.audit.events import AuditEvent
from firmware.audit.port import Audit
from firmware.vault.identity import Identity


@dataclass(frozen=True, slots=True)
class Acts:
    """What `admin` does in the role that keeps `audit`. An act that cannot be recorded is not done."""

    audit: Audit
    admin: Identity

    async def record(self, event: AuditEvent, **fields: str | int) -> None:
        """Raises `AuditError`."""
        await self.audit.record(event, by=self.admin.name, **fields)
