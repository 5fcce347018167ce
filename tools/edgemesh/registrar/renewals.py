"""Renewing certificates: the registry decides, whatever the old certificate still says."""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from firmware.audit.events import AuditEvent
from firmware.mesh.tls import validity
from firmware.vault import signing
from firmware.vault.fields import FieldError, read_object
from firmware.vault.identity import Identity, IdentityError, Kind
from tools.edgemesh.csr import MAX_BYTES, Requested, key_print, read
from tools.edgemesh.evidence import FRESH, Verifier
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.registrar.bench import Bench
from tools.edgemesh.registrar.rates import Rate
from tools.edgemesh.registrar.records import Member
from tools.edgemesh.signed import Signed

GRACE = timedelta(days=30)
"""How long after its last certificate's end a member may still renew; then it pairs again."""
MAX_AN_HOUR = 6
"""New certificates for one member, and refusals of it that are recorded."""
VERSION = 1
_ANY_TIME = datetime(1970, 1, 1, tzinfo=UTC)
_MESH = frozenset({Kind.VAULT, Kind.ORG, Kind.REGISTRAR})
_LONGEST = 128


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a member was given last, and upon which request."""

    digest: str
    chain: tuple[bytes, ...] = field(repr=False)


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
        self._answers: dict[str, _Answer] = {}  # by member: no more than there are
        self._issued, self._refused = Rate(MAX_AN_HOUR), Rate(MAX_AN_HOUR)

    async def renew(self, caller: Identity | None, signed: Signed) -> tuple[bytes, ...]:
        """A new chain (DER, leaf first) for the member who signed; `caller` is who the transport has proven, None for
        one whose certificate has ended. Raises `Problem`: identity-revoked, identity-lapsed, request-stale,
        too-many-renewals, csr-malformed, …, and `SignatureError`, `IdentityError`. The same request, or
        another upon the certificate of before, since an answer may be lost, is given the same chain."""
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
                return await self._renew(holder, request, hashlib.sha256(signed.raw).hexdigest())
            except Problem as exc:
                await self._record_refusal(holder, exc)
                raise

    async def _record_refusal(self, holder: Identity, exc: Problem) -> None:
        """No more of them than tell the story: a member could fill the record."""
        now = self._clock.now()
        if not self._refused.spent(holder.name, now):
            self._refused.count(holder.name, now)
            await self._audit.record(AuditEvent.RENEWAL_REFUSED, holder=holder.name, code=exc.code)

    def _proven(self, signed: Signed) -> Identity:
        """Whoever signed had a certificate of ours, at some time."""
        holder = self._verifier.anchor.identify(signed.chain, _ANY_TIME, or_later=True)
        if holder.org_id != self._verifier.org_id:
            raise IdentityError("of another organisation")
        signing.verify(holder, signing.RENEWAL, signed.raw, signed.signature)
        return holder

    async def _renew(self, holder: Identity, request: Request, digest: str) -> tuple[bytes, ...]:
        member = self._entitled(holder)
        requested = read(request.csr, member.id, boxed=member.box_key is not None)
        _check_same(member, requested)
        if (known := self._known(member, holder, digest)) is not None:
            return known
        self._check_pace(member)
        chain = await self.reissue(member, requested.key_pem)
        self._answers[member.name] = _Answer(digest, chain)
        return chain

    def _known(self, member: Member, holder: Identity, digest: str) -> tuple[bytes, ...] | None:
        """The last answer again, to the request that it was given to and to whoever does not have it yet, while it is
        good for as long as a new one has to wait."""
        answer = self._answers.get(member.name)
        if answer is None or validity(answer.chain[0]) != (member.not_before, member.not_after):
            return None
        is_new_to_it = (holder.not_before, holder.not_after) != (member.not_before, member.not_after)
        if answer.digest == digest or (is_new_to_it and self._clock.now() < _half(member)):
            return answer.chain
        return None

    def _check_pace(self, member: Member) -> None:
        """Raises `Problem` too-many-renewals."""
        now = self._clock.now()
        if self._issued.spent(member.name, now):
            raise Problem("too-many-renewals")
        self._issued.count(member.name, now)

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


def _half(member: Member) -> datetime:
    """The middle of its last certificate's life."""
    return member.not_before + (member.not_after - member.not_before) / 2


def _is_mesh(member: Member) -> bool:
    """A role of the mesh itself: a mesh that stood still for a summer starts again."""
    return member.kind in _MESH or (member.kind is Kind.NODE and not member.url)


def _check_same(member: Member, requested: Requested) -> None:
    if (requested.key, requested.box_key) != (member.key, member.box_key):
        raise Problem("csr-malformed", "other keys than the member's: pair again with those")


def _key(holder: Identity) -> str:
    return key_print(holder.public_key)
