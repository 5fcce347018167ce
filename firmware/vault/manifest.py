"""The manifest: what a client says, over its signature, about one held job."""

import re
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from firmware.errors import LockgateError
from firmware.vault import boxes, signing
from firmware.vault.fields import FieldError, Fields, encode_object, encode_octets, encode_time, read_object
from firmware.vault.identity import Identity, IdentityError, Kind, TrustAnchor, is_id, is_org_id, is_user
from firmware.vault.parts import KEY_BYTES, SALT_BYTES
from firmware.vault.stream import MAX_PLAINTEXT_BYTES

VERSION = 1
MAX_BYTES = 64 * 1024
MAX_NODES = 64
MAX_ATTRIBUTES_BYTES = 8 * 1024
CLOCK_SKEW = timedelta(minutes=5)
"""How far a client's clock may be from the mesh's and the station's."""

_FORMAT = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,63}/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}")
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")
_NAMES = (
    *("v", "job_id", "org_id", "org_epoch", "owner", "submitted_at", "expires_at", "format", "plaintext_size"),
    *("salt", "commitment", "attributes", "node_boxes", "org_box", "client_cert"),
)


class ManifestError(LockgateError):
    """Codes: `manifest-malformed`, `manifest-untrusted` (the signer is not a client of this organisation),
    `manifest-signature`, `manifest-owner` (the client may not submit for this person), `manifest-expired`,
    `manifest-stale` (submitted at another time than it says)."""

    code = "manifest-malformed"


@dataclass(frozen=True, slots=True)
class NodeBox:
    """The node part, boxed for one node that may hold the job."""

    node_id: str
    suite: str
    box: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class OrgBox:
    """The org part, boxed for one epoch of the organisation's key service."""

    epoch: int
    suite: str
    box: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Manifest:
    """One held job. Times are aware UTC to the second, `format` is a MIME type, `plaintext_size` bytes, `attributes`
    ciphertext, `client_cert` the SHA-256 of the client's certificate in hex."""

    job_id: str
    org_id: str
    org_epoch: int
    owner: str = field(repr=False)
    submitted_at: datetime
    expires_at: datetime
    format: str
    plaintext_size: int
    salt: bytes = field(repr=False)
    commitment: bytes = field(repr=False)
    attributes: bytes = field(repr=False)
    node_boxes: tuple[NodeBox, ...]
    org_box: OrgBox
    client_cert: str


def encode(manifest: Manifest) -> bytes:
    """The JSON to sign; from then on only these bytes are carried."""
    node_boxes = [{"node_id": b.node_id, "suite": b.suite, "box": encode_octets(b.box)} for b in manifest.node_boxes]
    org_box = manifest.org_box
    return encode_object(
        {
            "v": VERSION,
            "job_id": manifest.job_id,
            "org_id": manifest.org_id,
            "org_epoch": manifest.org_epoch,
            "owner": manifest.owner,
            "submitted_at": encode_time(manifest.submitted_at),
            "expires_at": encode_time(manifest.expires_at),
            "format": manifest.format,
            "plaintext_size": manifest.plaintext_size,
            "salt": encode_octets(manifest.salt),
            "commitment": encode_octets(manifest.commitment),
            "attributes": encode_octets(manifest.attributes),
            "node_boxes": node_boxes,
            "org_box": {"epoch": org_box.epoch, "suite": org_box.suite, "box": encode_octets(org_box.box)},
            "client_cert": manifest.client_cert,
        }
    )


def parse(raw: bytes) -> Manifest:
    """Read a manifest of at most 64 KiB; believe nothing of it yet. Raises `ManifestError`."""
    if len(raw) > MAX_BYTES:
        raise ManifestError("longer than 64 KiB")
    try:
        return _manifest(read_object(raw, _NAMES))
    except FieldError as exc:
        raise ManifestError(str(exc)) from exc


def verify(raw: bytes, signature: bytes, chain: Sequence[bytes], anchor: TrustAnchor, now: datetime) -> Manifest:
    """Read a manifest and check everything that can be known without a key part: its signature, the client's chain
    (DER, leaf first), the owner and the expiry at the aware time `now`. Raises `ManifestError`.

    A client's certificate lives for a day and a job may be held for longer, so the chain is judged at the moment of
    submission; that the moment is true, the mesh checked when it took the job (`check_fresh`)."""
    manifest = parse(raw)
    if manifest.submitted_at > now + CLOCK_SKEW:
        raise ManifestError("from the future", code="manifest-stale")
    client = _client(manifest, chain, anchor, min(manifest.submitted_at, now))
    try:
        signing.verify(client, signing.MANIFEST, raw, signature)
    except signing.SignatureError as exc:
        raise ManifestError(code="manifest-signature") from exc
    if manifest.owner not in client.users:
        raise ManifestError(code="manifest-owner")
    if manifest.expires_at <= now:
        raise ManifestError(code="manifest-expired")
    return manifest


def check_fresh(manifest: Manifest, now: datetime) -> None:
    """What the mesh demands as it takes a job: that it says truly when it was submitted. Raises `ManifestError`."""
    if abs(now - manifest.submitted_at) > CLOCK_SKEW:
        raise ManifestError("submitted at another time than it says", code="manifest-stale")


def _client(manifest: Manifest, chain: Sequence[bytes], anchor: TrustAnchor, at: datetime) -> Identity:
    try:
        client = anchor.identify(chain, at)
    except IdentityError as exc:
        raise ManifestError(exc.code, code="manifest-untrusted") from exc
    expected = (Kind.CLIENT, manifest.org_id, manifest.client_cert)
    if (client.kind, client.org_id, client.fingerprint) != expected:
        raise ManifestError("signed by somebody else than it says", code="manifest-untrusted")
    return client


def _manifest(fields: Fields) -> Manifest:
    fields.integer("v", least=VERSION, most=VERSION)
    manifest = Manifest(
        job_id=_job_id(fields),
        org_id=_matching(fields, "org_id", 63, is_org_id),
        org_epoch=fields.integer("org_epoch"),
        owner=_matching(fields, "owner", 128, is_user),
        submitted_at=fields.time("submitted_at"),
        expires_at=fields.time("expires_at"),
        format=_matching(fields, "format", 129, _FORMAT.fullmatch),
        plaintext_size=fields.integer("plaintext_size", most=MAX_PLAINTEXT_BYTES),
        salt=fields.octets("salt", shortest=SALT_BYTES, longest=SALT_BYTES),
        commitment=fields.octets("commitment", shortest=KEY_BYTES, longest=KEY_BYTES),
        attributes=fields.octets("attributes", shortest=1, longest=MAX_ATTRIBUTES_BYTES),
        node_boxes=tuple(_node_box(item) for item in fields.items("node_boxes", fewest=1, most=MAX_NODES)),
        org_box=_org_box(fields.value("org_box")),
        client_cert=_matching(fields, "client_cert", 64, _FINGERPRINT.fullmatch),
    )
    _check_agreement(manifest)
    return manifest


def _job_id(fields: Fields) -> str:
    """A UUID of version 7 (RFC 9562), in lower case."""
    text = fields.text("job_id", longest=36, shortest=36)
    try:
        job_id = uuid.UUID(text)
    except ValueError as exc:
        raise FieldError("job_id") from exc
    if str(job_id) != text or job_id.version != 7:
        raise FieldError("job_id")
    return text


def _matching(fields: Fields, name: str, longest: int, fits: Callable[[str], object]) -> str:
    text = fields.text(name, longest=longest)
    if not fits(text):
        raise FieldError(name)
    return text


def _node_box(item: object) -> NodeBox:
    fields = Fields(item, ("node_id", "suite", "box"))
    return NodeBox(_matching(fields, "node_id", 63, is_id), *_suite_and_box(fields))


def _org_box(item: object) -> OrgBox:
    fields = Fields(item, ("epoch", "suite", "box"))
    return OrgBox(fields.integer("epoch"), *_suite_and_box(fields))


def _suite_and_box(fields: Fields) -> tuple[str, bytes]:
    suite = _matching(fields, "suite", 63, boxes.BOX_BYTES.__contains__)
    length = boxes.BOX_BYTES[suite]
    return suite, fields.octets("box", shortest=length, longest=length)


def _check_agreement(manifest: Manifest) -> None:
    """What one field says of another."""
    if manifest.org_box.epoch != manifest.org_epoch:
        raise FieldError("org_epoch")
    if len({box.node_id for box in manifest.node_boxes}) != len(manifest.node_boxes):
        raise FieldError("node_boxes")
    if manifest.expires_at <= manifest.submitted_at:
        raise FieldError("expires_at")
