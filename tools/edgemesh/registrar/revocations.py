"""Withdrawing: a member's certificate, a person, a badge. Each is denied first, whatever cannot be done afterwards."""

import re
from contextlib import suppress
from dataclasses import replace

from firmware.audit.events import AuditEvent
from firmware.audit.port import AuditError
from firmware.vault.identity import Identity, Kind, is_user
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.registrar.bench import Bench
from tools.edgemesh.registrar.records import Denial, Member, MemberState
from tools.edgemesh.registrar.store import MemberStore

_BADGE = re.compile(r"b-[A-Za-z0-9_-]{1,60}", re.ASCII)
_DELEGATION = re.compile(r"d-[0-9a-f]{32}", re.ASCII)
_TRIES = 16
_OWN = frozenset({Kind.VAULT, Kind.ORG, Kind.REGISTRAR})


class Revocations:
    """Denies and lifts, for administrators."""

    def __init__(self, bench: Bench) -> None:
        self._store, self._denybook, self._audit = bench.store, bench.denybook, bench.audit
        self._changing = bench.changing

    async def deny(self, by: Identity, holder: str, reason: str = "") -> Denial:
        """Deny `station/lobby`, `user/ada`, `badge/b-…`, `delegation/d-…` from now on. A member is revoked with it. The
        denial holds even where it cannot be recorded. Raises `Problem`: member-unknown, last-admin, deny-list-full,
        json-malformed, not-allowed."""
        fields = audited(holder)
        async with self._changing:
            if "holder" in fields:
                self._check_member(holder)
            denial = self._denybook.deny(holder, reason)
            if "holder" in fields:
                revoke(self._store, denial)
            event = AuditEvent.BADGE_BLOCKED if "badge" in fields else AuditEvent.REVOKED
            await self._audit.record(event, by=by.name, **fields)
            await self._told_issue()
            return denial

    async def lift(self, by: Identity, holder: str) -> None:
        """Let a person or badge in again; no error when it was not denied. A member pairs again instead. Raises
        `Problem`: json-malformed, not-allowed."""
        fields = audited(holder)
        if not fields.keys() & {"user", "badge"}:
            raise Problem("not-allowed", "a member comes back by pairing again")
        async with self._changing:
            await self._audit.record(AuditEvent.DENIAL_LIFTED, by=by.name, **fields)
            self._denybook.lift(holder)
            await self._told_issue()

    async def deny_delegation(self, by: Identity, delegation_id: str) -> None:
        """The vault's word that one was ended; once is enough. Raises `Problem` deny-list-full."""
        name = f"delegation/{delegation_id}"
        async with self._changing:
            if self._denybook.denial(name) is None:
                self._denybook.deny(name)
                await self._audit.record(AuditEvent.REVOKED, by=by.name, delegation=delegation_id)
                await self._told_issue()

    async def lift_delegation(self, by: Identity, delegation_id: str) -> None:
        """The vault's word that nobody needs to be told of one any more: its time is over."""
        name = f"delegation/{delegation_id}"
        async with self._changing:
            if self._denybook.denial(name) is not None:
                await self._audit.record(AuditEvent.DENIAL_LIFTED, by=by.name, delegation=delegation_id)
                self._denybook.lift(name)
                await self._told_issue()

    async def _told_issue(self) -> None:
        with suppress(AuditError):  # it is done, and the next round tells the record
            await self._denybook.record(self._audit)

    def _check_member(self, name: str) -> None:
        member = self._store.member(name)
        if member is None:
            raise Problem("member-unknown")
        if member.kind in _OWN:
            raise Problem("not-allowed", "the mesh's own roles are not revoked: nothing would work without them")
        admins = [one for one in self._store.members() if one.kind is Kind.ADMIN and one.active]
        if admins == [member]:
            raise Problem("last-admin")


def audited(holder: str) -> dict[str, str]:
    """Whom a denial's name means, in the field that the record has for it. Raises `Problem` json-malformed."""
    kind, _, who = holder.partition("/")
    if kind in set(Kind):
        return {"holder": holder}
    if kind == "user" and is_user(who):
        return {"user": who}
    if kind == "badge" and _BADGE.fullmatch(who):
        return {"badge": who}
    if kind == "delegation" and _DELEGATION.fullmatch(who):
        return {"delegation": who}
    raise Problem("json-malformed", "holder: such as station/lobby, user/ada or badge/b-…")


def revoke(store: MemberStore, denial: Denial) -> None:
    """Have the registry say what the deny list says. Raises `Problem` store-failed."""
    for _ in range(_TRIES):
        member = store.member(denial.name)
        if member is None or not member.active:
            return
        revoked = replace(member, state=MemberState.REVOKED, since=denial.since, revision=member.revision + 1)
        if store.put(revoked):
            return
    raise Problem("store-failed", "the member changes all the time")


def is_overtaken(member: Member, denial: Denial | None) -> bool:
    """Whether a member counts as active although its last certificate is denied: a crash came between."""
    return member.active and denial is not None and member.not_before <= denial.since
