"""The registrar: admits, renews, revokes. It alone signs certificates and the deny list."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from firmware.audit.port import Audit
from tools.edgemesh.ca import Ca
from tools.edgemesh.keys import RoleKeys
from tools.edgemesh.registrar.admissions import Admissions
from tools.edgemesh.registrar.denybook import DenyBook
from tools.edgemesh.registrar.records import Member
from tools.edgemesh.registrar.renewals import Renewals
from tools.edgemesh.registrar.revocations import Revocations, is_overtaken, revoke
from tools.edgemesh.registrar.store import MemberStore
from tools.edgemesh.registrar.tokens import Tokens
from tools.edgemesh.registrar.upkeep import Upkeep


@dataclass(frozen=True, slots=True)
class Registrar:
    """The registrar's role. Whatever changes members takes `changing`, so that decisions come one after the other."""

    identity: RoleKeys
    ca: Ca
    denybook: DenyBook
    store: MemberStore
    admissions: Admissions
    tokens: Tokens
    renewals: Renewals
    revocations: Revocations
    upkeep: Upkeep
    changing: asyncio.Lock
    audit: Audit

    def recover(self) -> None:
        """At start-up, before the first request: what is denied is revoked, and the mesh's own roles have certificates
        that are valid now."""
        self.denybook.open()
        for member in self.store.members():
            denial = self.denybook.denial(member.name)
            if denial is not None and is_overtaken(member, denial):
                revoke(self.store, denial)
        self.upkeep.renew()

    async def round(self) -> None:
        """What the registrar does unasked. Raises `StoreError`, `AuditError`."""
        async with self.changing:
            self.denybook.refresh()
            self.admissions.room.tidy()
            self.tokens.tidy()
            self.upkeep.renew()
            await self.denybook.record(self.audit)

    def members(self) -> Sequence[Member]:
        """Ordered by name."""
        return self.store.members()
