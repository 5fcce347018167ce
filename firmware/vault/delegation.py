"""A person's word that another may release their jobs for a while, signed on a computer certified for that person."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from firmware.errors import LockgateError
from firmware.vault import signing
from firmware.vault.denials import DenyList
from firmware.vault.fields import FieldError, encode_object, encode_time, read_object
from firmware.vault.identity import Identity, IdentityError, Kind, TrustAnchor

VERSION = 1
MAX_BYTES = 4096
LONGEST = timedelta(days=366)


class DelegationError(LockgateError):
    """Codes: `delegation-malformed`, `delegation-refused` (its signer may not speak for its owner, or its signature
    does not fit), `delegation-ended` (outside its dates), `delegation-revoked`."""

    code = "delegation-refused"


@dataclass(frozen=True, slots=True)
class Delegation:
    """From `begins` to `ends` (UTC, whole seconds) `delegate` may release what `owner` has held."""

    org_id: str
    delegation_id: str
    owner: str = field(repr=False)
    delegate: str = field(repr=False)
    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class SignedDelegation:
    """A delegation as it travels: its exact bytes, the signature (label `lockgate/v1/delegation`), and the signer's
    chain."""

    raw: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    chain: tuple[bytes, ...] = field(repr=False)

    def verify(self, anchor: TrustAnchor, org_id: str, denied: DenyList, now: datetime) -> Delegation:
        """The delegation, once all of it holds now. The signer is judged as of its beginning: its certificate has
        long been renewed since. Raises `DelegationError`."""
        found = parse(self.raw)
        _check_dates(found, now)
        signer = _signer(self.chain, anchor, found)
        try:
            signing.verify(signer, signing.DELEGATION, self.raw, self.signature)
        except signing.SignatureError as exc:
            raise DelegationError("the signature does not fit") from exc
        if found.org_id != org_id or found.owner not in signer.users:
            raise DelegationError("its signer may not speak for its owner")
        if denied.refuses_job(signer.id, found.begins) or denied.since(f"delegation/{found.delegation_id}"):
            raise DelegationError(code="delegation-revoked")
        return found


def encode(delegation: Delegation) -> bytes:
    """The bytes to sign."""
    return encode_object(
        {
            "v": VERSION,
            "org_id": delegation.org_id,
            "delegation_id": delegation.delegation_id,
            "owner": delegation.owner,
            "delegate": delegation.delegate,
            "begins": encode_time(delegation.begins),
            "ends": encode_time(delegation.ends),
        }
    )


def parse(raw: bytes) -> Delegation:
    """Raises `DelegationError` `delegation-malformed`."""
    if len(raw) > MAX_BYTES:
        raise DelegationError("longer than allowed", code="delegation-malformed")
    try:
        fields = read_object(raw, ("v", "org_id", "delegation_id", "owner", "delegate", "begins", "ends"))
        fields.integer("v", least=VERSION, most=VERSION)
        owner, delegate = fields.text("owner", longest=128), fields.text("delegate", longest=128)
        org_id, delegation_id = fields.text("org_id", longest=63), fields.text("delegation_id", longest=64)
        return Delegation(org_id, delegation_id, owner, delegate, fields.time("begins"), fields.time("ends"))
    except FieldError as exc:
        raise DelegationError(str(exc), code="delegation-malformed") from exc


def _check_dates(delegation: Delegation, now: datetime) -> None:
    if not timedelta() < delegation.ends - delegation.begins <= LONGEST:  # a sum could leave the calendar
        raise DelegationError("its dates make no sense", code="delegation-malformed")
    if not delegation.begins <= now < delegation.ends:
        raise DelegationError(code="delegation-ended")


def _signer(chain: Sequence[bytes], anchor: TrustAnchor, delegation: Delegation) -> Identity:
    try:
        signer = anchor.identify(chain, delegation.begins)
    except IdentityError as exc:
        raise DelegationError(exc.code) from exc
    if (signer.kind, signer.org_id) != (Kind.CLIENT, delegation.org_id):
        raise DelegationError("signed by no client of the organisation")
    return signer
