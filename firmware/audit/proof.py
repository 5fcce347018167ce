"""Whose a line is: certificate chains and signatures of records, judged with nothing but the organisation's CA."""

from datetime import datetime

from firmware.audit.events import AuditEvent
from firmware.audit.records import AuditKey, Entry, Extent, RecordError, read_chain
from firmware.mesh.tls import validity
from firmware.vault import signing
from firmware.vault.identity import Identity, IdentityError, TrustAnchor
from firmware.vault.signing import SignatureError, Signer

KEPT_BEFORE = b"lockgate/v1/audit-key"


def prove(anchor: TrustAnchor, chain: tuple[bytes, ...], at: datetime) -> Identity:
    """The identity of `chain`, judged at `at`, or at the moment nearest to it at which the leaf was valid: a box that
    was off for a week, or has no time yet, still records, and signs with what it has. Nothing is lost by that: `at` is
    the signer's own word. Raises `IdentityError`."""
    try:
        return anchor.identify(chain, at)
    except IdentityError as exc:
        if exc.code != "identity-expired":
            raise
    earliest, latest = validity(chain[0])
    return anchor.identify(chain, min(max(at, earliest), latest))


def prove_header(anchor: TrustAnchor, header: Entry) -> Identity:
    """Who signs a file's entries, by the first of them. Raises `IdentityError`, `RecordError`, `SignatureError`."""
    if header.event is not AuditEvent.SEGMENT_BEGUN:
        raise RecordError("not the first entry of a file")
    identity = prove(anchor, _chain(header), header.at)
    if (header.fields.get("org_id"), header.fields.get("holder")) != (identity.org_id, identity.name):
        raise IdentityError("the chain is another holder's")
    signing.verify(identity, signing.AUDIT, header.body, header.signature)
    return identity


def prove_extent(anchor: TrustAnchor, extent: Extent) -> Identity:
    """Who made a statement. Raises `IdentityError`, `SignatureError`."""
    identity = prove(anchor, extent.chain, extent.at)
    if (extent.org_id, extent.holder) != (identity.org_id, identity.name):
        raise IdentityError("the chain is another holder's")
    signing.verify(identity, signing.AUDIT, extent.body, extent.signature)
    return identity


def audit_key(anchor: TrustAnchor, chain: tuple[bytes, ...], signer: Signer, now: datetime) -> AuditKey:
    """The key to keep a record with. Raises `IdentityError`, and `SignatureError` when `signer` is not the chain's."""
    identity = prove(anchor, chain, now)
    signing.verify(identity, KEPT_BEFORE, b"", signer.sign(KEPT_BEFORE, b""))
    return AuditKey(identity.org_id, identity.name, chain, signer)


def signed_by(identity: Identity, entry: Entry) -> bool:
    """Whether `identity` signed the entry."""
    try:
        signing.verify(identity, signing.AUDIT, entry.body, entry.signature)
    except SignatureError:
        return False
    return True


def _chain(header: Entry) -> tuple[bytes, ...]:
    try:
        return read_chain(str(header.fields.get("chain", "")))
    except ValueError as exc:
        raise RecordError("no chain") from exc
