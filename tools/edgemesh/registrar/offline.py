"""Members made by command on the registrar's own machine, beside a running registrar or without one."""

from collections.abc import Iterable
from datetime import UTC, datetime

from firmware.vault.identity import Kind, TrustAnchor
from hal.drivers.system_clock import SystemClock
from hal.drivers.system_random import SystemRandom
from tools.edgemesh import keys as role_keys
from tools.edgemesh.ca import Ca
from tools.edgemesh.denials import Denials
from tools.edgemesh.keys import RoleKeys
from tools.edgemesh.registrar.denybook import DenyBook
from tools.edgemesh.registrar.sqlite import SqliteDenials, SqliteMembers
from tools.edgemesh.registrar.upkeep import registered
from tools.edgemesh.storage.sqlite import Database


class NameTakenError(Exception):
    """There is, or was, a member of this name."""


class Offline:
    """The registrar's stores and the CA's key, in the hand of whoever may read them."""

    def __init__(self, ca: Ca, database: Database) -> None:
        self.ca, self.members = ca, SqliteMembers(database)
        clock = SystemClock()
        self.anchor = TrustAnchor(ca.certificate_pem)
        denials = Denials(self.anchor, ca.org_id, clock)
        self.denybook = DenyBook(SqliteDenials(database), ca=ca, denials=denials, clock=clock, random=SystemRandom())

    def issue(
        self, kind: Kind, holder_id: str, *, users: Iterable[str] = (), hosts: Iterable[str] = (), again: bool = False
    ) -> RoleKeys:
        """Fresh keys with a day's certificate for a member, new or (`again`) in place of one whose keys are denied from
        now on. Raises `NameTakenError`, `StoreError`."""
        name, hosts, now = f"{kind}/{holder_id}", tuple(hosts), datetime.now(UTC)
        before = self.members.member(name)
        if before is not None and not again:
            raise NameTakenError(name)
        if before is not None and before.active:
            self.denybook.deny(name, "replaced")
        denial = self.denybook.denial(name)
        since = denial.since if denial else None
        made = role_keys.issue(self.ca, kind, holder_id, now, users=users, hosts=hosts, after=since)
        member = registered(made.proven(self.anchor), hosts, now, revision=(before.revision if before else 0) + 1)
        if not self.members.put(member):
            raise NameTakenError(name)
        return made
