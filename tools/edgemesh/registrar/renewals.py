"""Renewing certificates: the registry decides, whatever the old certificate still says."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from firmware.audit.events import AuditEvent
from firmware.vault import signing
from firmware.vault.fields import FieldError, read_object
from firmware.vault.identity import Identity, IdentityError, Kind
from tools.edgemesh.csr import MAX_BYTES, Requested, key_print, read
from tools.edgemesh.evidence import FRESH, Verifier
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.registrar.bench import Bench
from tools.edgemesh.registrar.records import Member
from tools.edgemesh.signed import Signed

GRACE = timedelta(days=30)
"""How long after its last certificate's end a member may still renew; then it pairs again."""
VERSION = 1
_ANY_TIME = datetime(1970, 1, 1, tzinfo=UTC)
_MESH = frozenset({Kind.VAULT, Kind.ORG, Kind.REGISTRAR})
_LONGEST = 128


@dataclass(frozen=True, slots=True)
class Request:
    """What a member signs (label `lockgate/v1/renewal`)."""

    org_id: str
    holder: str
    csr: bytes = field(repr=False)
    asked_at: datetime


class Renewals:
    """Answers POST /.well-known/est/simplereenroll."""

    def __init__(self, bench: Bench, verifier: Verifier) -> None:
        self._store, self._certifier, self._denybook = bench.store, bench.certifier, bench.denybook
        self._audit, self._clock, self._changing = bench.audit, bench.clock, bench.changing
        self._verifier = verifier

    async def renew(self, caller: Identity | None, signed: Signed) -> tuple[bytes, ...]:
        """A new chain (DER, leaf first) for the member who signed; `caller` is who the transport has proven, None for
        one whose certificate has ended. Raises `Problem`: identity-revoked, identity-lapsed, request-stale,
        csr-malformed, …, and `SignatureError`, `IdentityError`."""
        holder = self._proven(signed)
        if caller is not None and (caller.name, key_print(caller.public_key)) != (holder.name, _key(holder)):
            raise Problem("not-allowed", "the request is another member's")
        request = parse(signed.raw)
        if (request.org_id, request.holder) != (holder.org_id, holder.name):
            raise Problem("not-allowed", "the request names another member")
        if abs(self._clock.now() - request.asked_at) > FRESH:
            raise Problem("request-stale", "check the clock")
        async with self._changing:
            try:
                return await self._renew(holder, request)
            except Problem as exc:
                await self._audit.record(AuditEvent.RENEWAL_REFUSED, holder=holder.name, code=exc.code)
                raise

    def _proven(self, signed: Signed) -> Identity:
        """Whoever signed had a certificate of ours, at some time."""
        holder = self._verifier.anchor.identify(signed.chain, _ANY_TIME, or_later=True)
        if holder.org_id != self._verifier.org_id:
            raise IdentityError("of another organisation")
        signing.verify(holder, signing.RENEWAL, signed.raw, signed.signature)
        return holder

    async def _renew(self, holder: Identity, request: Request) -> tuple[bytes, ...]:
        member = self._entitled(holder)
        requested = read(request.csr, member.id, boxed=member.box_key is not None)
        _check_same(member, requested)
        return await self.reissue(member, requested.key_pem)

    async def reissue(self, member: Member, key_pem: bytes) -> tuple[bytes, ...]:
        """A new certificate for a member's own key, recorded before it is given out."""
        certified = self._certifier.certify(member, key_pem)
        if not self._store.put(replace(certified.member, revision=member.revision + 1)):
            raise Problem("store-failed", "the member changed meanwhile")
        await self._audit.record(AuditEvent.RENEWED, holder=member.name)
        return certified.chain

    def _entitled(self, holder: Identity) -> Member:
        """The member that may renew. Raises `Problem`: identity-revoked, identity-lapsed."""
        member, denial = self._store.member(holder.name), self._denybook.denial(holder.name)
        if member is None or not member.active or member.key != _key(holder):
            raise Problem("identity-revoked", "pair again, if you may")
        if denial is not None and holder.not_before <= denial.since:
            raise Problem("identity-revoked")
        if self._clock.now() > member.not_after + GRACE and not _is_mesh(member):
            raise Problem("identity-lapsed")
        return member


def parse(raw: bytes) -> Request:
    """A renewal request's exact bytes. Raises `Problem` json-malformed."""
    try:
        fields = read_object(raw, ("v", "org_id", "holder", "csr", "asked_at"))
        fields.integer("v", least=VERSION, most=VERSION)
        org_id, holder = fields.text("org_id", longest=63), fields.text("holder", longest=_LONGEST)
        return Request(org_id, holder, fields.octets("csr", shortest=1, longest=MAX_BYTES), fields.time("asked_at"))
    except FieldError as exc:
        raise Problem("json-malformed", f"request: {exc}") from exc


def _is_mesh(member: Member) -> bool:
    """A role of the mesh itself: a mesh that stood still for a summer starts again."""
    return member.kind in _MESH or (member.kind is Kind.NODE and not member.url)


def _check_same(member: Member, requested: Requested) -> None:
    if (requested.key, requested.box_key) != (member.key, member.box_key):
        raise Problem("csr-malformed", "other keys than the member's: pair again with those")


def _key(holder: Identity) -> str:
    return key_print(holder.public_key)
