"""What the submitting client does: draw the parts, box them, and sign the manifest of one job."""

import hashlib
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from firmware.vault import boxes, signing
from firmware.vault.attributes import NONCE_BYTES, Attributes, seal_attributes
from firmware.vault.boxes import PartKind
from firmware.vault.manifest import Manifest, NodeBox, OrgBox, encode, parse
from firmware.vault.parts import PART_BYTES, SALT_BYTES, Parts, derive
from firmware.vault.signing import Signer
from firmware.vault.stream import PREFIX_BYTES, BodySealer

Token = Callable[[int], bytes]
"""So many fresh random bytes: the random source's `token`."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """A vault or a node: its id and its raw public box key, both from its certificate."""

    id: str
    box_key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class OrgRecipient:
    """The organisation's key service in one epoch, from the signed epoch statement, which names the suite."""

    epoch: int
    box_key: bytes = field(repr=False)
    suite: str


@dataclass(frozen=True, slots=True)
class Recipients:
    """Everybody who gets a part of the job. `nodes` are all that may hold it."""

    org_id: str
    vault: Recipient
    nodes: tuple[Recipient, ...]
    org: OrgRecipient


@dataclass(frozen=True, slots=True)
class SealedJob:
    """All that is sent for a job but its body; `body_key` stays with the client and is forgotten with the upload."""

    manifest: Manifest
    manifest_raw: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    chain: tuple[bytes, ...] = field(repr=False)
    job_box: bytes = field(repr=False)
    body_key: bytes = field(repr=False)
    aad: bytes = field(repr=False)

    def body_sealer(self, token: Token) -> BodySealer:
        """A sealer for this job's document, with a fresh header: another one for each attempt is safe."""
        return BodySealer(self.body_key, self.aad, token(SALT_BYTES), token(PREFIX_BYTES))


def body_aad(manifest_raw: bytes) -> bytes:
    """What ties a body to its manifest: SHA-256 of the exact bytes that were signed."""
    return hashlib.sha256(manifest_raw).digest()


def new_job_id(now: datetime, token: Token) -> str:
    """A UUID of version 7 (RFC 9562 5.7): milliseconds since 1970, then chance."""
    milliseconds = int(now.timestamp() * 1000).to_bytes(6, "big")
    octets = bytearray(milliseconds + token(10))
    octets[6] = 0x70 | octets[6] & 0x0F
    octets[8] = 0x80 | octets[8] & 0x3F
    return str(uuid.UUID(bytes=bytes(octets)))


def seal_job(
    *,
    owner: str,
    attributes: Attributes,
    document_format: str,
    plaintext_size: int,
    recipients: Recipients,
    signer: Signer,
    chain: Sequence[bytes],
    now: datetime,
    lifetime: timedelta,
    token: Token,
) -> SealedJob:
    """Make the manifest of a new job, its signature, and the box for the vault. `chain` is the signer's (DER, leaf
    first), `now` aware. Raises `ManifestError`, `AttributesError` or `BoxError` for what nobody would accept."""
    job_id, salt = new_job_id(now, token), token(SALT_BYTES)
    parts = Parts(token(PART_BYTES), token(PART_BYTES), token(PART_BYTES))
    keys = derive(parts, salt, recipients.org_id, job_id)
    node_boxes, org_box, job_box = _boxes(parts, recipients, job_id)
    manifest = Manifest(
        job_id=job_id,
        org_id=recipients.org_id,
        org_epoch=recipients.org.epoch,
        owner=owner,
        submitted_at=now.replace(microsecond=0),
        expires_at=(now + lifetime).replace(microsecond=0),
        format=document_format,
        plaintext_size=plaintext_size,
        salt=salt,
        commitment=keys.check,
        attributes=seal_attributes(attributes, keys.attributes, token(NONCE_BYTES)),
        node_boxes=node_boxes,
        org_box=org_box,
        client_cert=hashlib.sha256(chain[0]).hexdigest(),
    )
    raw = encode(manifest)
    signature = signer.sign(signing.MANIFEST, raw)
    return SealedJob(parse(raw), raw, signature, tuple(chain), job_box, keys.body, body_aad(raw))


def _boxes(parts: Parts, recipients: Recipients, job_id: str) -> tuple[tuple[NodeBox, ...], OrgBox, bytes]:
    org, vault = recipients.org, recipients.vault

    def sealed(kind: PartKind, part: bytes, recipient_id: str, box_key: bytes, suite: str = boxes.SUITE) -> bytes:
        return boxes.seal(part, box_key, boxes.submit_info(kind, recipients.org_id, job_id, recipient_id), suite)

    node_boxes = tuple(
        NodeBox(node.id, boxes.SUITE, sealed(PartKind.NODE, parts.node, node.id, node.box_key))
        for node in recipients.nodes
    )
    org_box = sealed(PartKind.ORG, parts.org, boxes.epoch_recipient(org.epoch), org.box_key, org.suite)
    job_box = sealed(PartKind.JOB, parts.job, vault.id, vault.box_key)
    return node_boxes, OrgBox(org.epoch, org.suite, org_box), job_box
