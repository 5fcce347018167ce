"""Letting somebody in: by an administrator who types the code, or by a token made before."""

from dataclasses import dataclass

from firmware.audit.events import AuditEvent
from firmware.vault import pairing
from firmware.vault.identity import Identity, Kind
from hal.ports.clock import Clock
from tools.edgemesh.csr import WITH_BOX, read
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.registrar import tokens
from tools.edgemesh.registrar.bench import Bench
from tools.edgemesh.registrar.records import Member
from tools.edgemesh.registrar.waiting import Asked, Enrolment, Stage, WaitingRoom, fits


@dataclass(frozen=True, slots=True)
class Approval:
    """How an enrolment may become a member. `users` are in place of those that were asked for, None for the same."""

    source: str
    by: str = ""
    users: tuple[str, ...] | None = None
    replace: bool = False
    token_id: str = ""


class Admissions:
    """Decides about enrolments, one decision at a time (`changing`, shared with whatever else changes members)."""

    def __init__(self, bench: Bench, room: WaitingRoom) -> None:
        self.room = room
        self._store, self._certifier, self._denybook = bench.store, bench.certifier, bench.denybook
        self._audit, self._clock, self._changing = bench.audit, bench.clock, bench.changing

    async def ask(self, asked: Asked, address: str) -> Enrolment:
        """A device asks to be let in. Raises `Problem`: csr-malformed, enrolment-pending, too-many-enrolments."""
        requested = read(asked.csr, asked.name, boxed=asked.kind in WITH_BOX)
        known = {one.id for one in self.room.waiting()}
        enrolment = self.room.enter(asked, requested, address)
        if enrolment.id not in known:
            await self._audit.record(AuditEvent.ENROLMENT_ASKED, holder=asked.holder, enrolment=enrolment.id)
        return enrolment

    async def reveal(self, enrolment_id: str, nonce: bytes, token: str, address: str) -> Enrolment:
        """The device's nonce, and perhaps a token: the enrolment, waiting or admitted. Raises `Problem`:
        commitment-mismatch, token-refused, name-taken, enrolment-refused, …"""
        async with self._changing:
            before = self.room.get(enrolment_id)
            try:
                found = self.room.reveal(enrolment_id, nonce)
            except Problem as exc:
                if before.waiting:
                    await self._told_refused(before, exc.code)
                raise
            if found.stage is Stage.REFUSED:
                raise Problem(found.refusal)
            if not token or found.stage is Stage.ADMITTED:
                return found
            return await self._by_token(found, token, address)

    async def _by_token(self, enrolment: Enrolment, text: str, address: str) -> Enrolment:
        token = self._store.token(tokens.digest(text))
        asked, now = enrolment.asked, self._clock.now()
        good = token is not None and tokens.is_for(token, asked, enrolment.requested.key, now)
        if good and token is not None and token.used:
            member = self._store.member(asked.holder)  # who was thrown out meanwhile does not come back by it
            good = member is not None and member.active and member.key == token.used
        if token is None or not good:
            self.room.count(asked, address)
            await self._told_refused(enrolment, "token-refused")
            raise Problem("token-refused")
        approval = Approval("token", users=token.users, replace=token.replace, token_id=token.id)
        return await self._admit(enrolment, approval)

    async def approve(
        self,
        by: Identity,
        enrolment_id: str,
        code: str,
        users: tuple[str, ...] | None = None,
        *,
        kind: Kind | None = None,
        replace: bool = False,
    ) -> Enrolment:
        """An administrator typed the code that the device shows, and says themself whom a client may submit for
        (`users`) and that it is to be an administrator (`kind`; of others, None for whatever it is). A wrong code ends
        the attempt on both sides; nothing else does. Raises `Problem`: json-malformed, users-missing, kind-mismatch,
        code-mismatch, enrolment-unready, name-taken, …"""
        if not pairing.typed(code):
            raise Problem("json-malformed", f"code: {pairing.CODE_DIGITS} digits wanted")
        async with self._changing:
            found = self.room.get(enrolment_id)
            if found.stage is Stage.REFUSED:
                raise Problem("enrolment-refused")
            if found.stage is Stage.COMMITTED:
                raise Problem("enrolment-unready")
            check_meant(found.asked, users, kind)
            if not pairing.fits(found.code(self._certifier.ca.der), code):
                await self._mismatch(found, by)
            if found.stage is Stage.ADMITTED:
                return found
            return await self._admit(found, Approval("code", by.name, users, replace))

    async def _mismatch(self, enrolment: Enrolment, by: Identity) -> None:
        self.room.refuse(enrolment.id, "enrolment-refused")
        if enrolment.waiting:
            await self._told_refused(enrolment, "code-mismatch", by.name)
        raise Problem("code-mismatch")

    async def cancel(self, by: Identity, enrolment_id: str) -> None:
        """An administrator refuses; no error when it was refused before. Raises `Problem`: enrolment-unknown,
        enrolment-expired, enrolment-admitted."""
        async with self._changing:
            found = self.room.get(enrolment_id)
            if found.stage is Stage.ADMITTED:
                raise Problem("enrolment-admitted")
            self.room.refuse(found.id, "enrolment-refused")
            if found.waiting:
                await self._told_refused(found, "cancelled", by.name)

    async def give_up(self, enrolment_id: str, nonce: bytes) -> None:
        """The device wants no more; who was admitted already stays a member. Raises `Problem`: enrolment-unknown,
        commitment-mismatch."""
        async with self._changing:
            found = self.room.get(enrolment_id)
            if not fits(found, nonce):
                raise Problem("commitment-mismatch")
            self.room.refuse(found.id, "enrolment-refused")
            if found.waiting:
                await self._told_refused(found, "given-up")

    async def _admit(self, enrolment: Enrolment, approval: Approval) -> Enrolment:
        """First the record, then the denial of the key that had the name, then the member, then the certificate: cut
        off anywhere, nobody has a certificate who is not a member, and no two keys have one name."""
        asked, requested = enrolment.asked, enrolment.requested
        before = self._store.member(asked.holder)
        again = before is not None and before.active and before.key == requested.key
        if before is not None and not again and not approval.replace:
            raise Problem("name-taken")
        await self._told_admitted(enrolment, approval)
        if before is not None and before.active and not again:
            self._denybook.deny(before.name, "replaced")
        certified = self._certifier.certify(_member(enrolment, approval, before, self._clock), requested.key_pem)
        if not self._store.put(certified.member, approval.token_id):
            raise Problem("token-refused" if approval.token_id else "store-failed")
        return self.room.admit(enrolment.id, certified.chain)

    async def _told_admitted(self, enrolment: Enrolment, approval: Approval) -> None:
        fields = {"holder": enrolment.asked.holder, "enrolment": enrolment.id, "source": approval.source}
        await self._audit.record(AuditEvent.ENROLLED, **fields, **({"by": approval.by} if approval.by else {}))

    async def _told_refused(self, enrolment: Enrolment, code: str, by: str = "") -> None:
        fields = {"holder": enrolment.asked.holder, "enrolment": enrolment.id, "code": code}
        await self._audit.record(AuditEvent.ENROLMENT_REFUSED, **fields, **({"by": by} if by else {}))


def check_meant(asked: Asked, users: tuple[str, ...] | None, kind: Kind | None) -> None:
    """What is granted is what an administrator said, not what a stranger asked for. Raises `Problem`: users-missing,
    kind-mismatch."""
    if kind is not asked.kind and (kind is not None or asked.kind is Kind.ADMIN):
        raise Problem("kind-mismatch", f"it asks to be let in as {asked.kind}")
    if users is None and asked.kind is Kind.CLIENT:
        raise Problem("users-missing")


def _member(enrolment: Enrolment, approval: Approval, before: Member | None, clock: Clock) -> Member:
    asked, requested, now = enrolment.asked, enrolment.requested, clock.now()
    return Member(
        asked.kind,
        asked.name,
        requested.key,
        *(now, now, now),
        users=asked.users if approval.users is None else approval.users,
        hosts=asked.hosts,
        url=asked.url,
        box_key=requested.box_key,
        revision=(before.revision if before else 0) + 1,
    )
