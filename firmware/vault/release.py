"""What the station does with boxes: with the three of a granted release, open them, check the commitment, get the keys;
with the two of a preview, open the attributes."""

import hmac
from dataclasses import dataclass, field

from firmware.errors import LockgateError
from firmware.vault import boxes
from firmware.vault.attributes import Attributes, AttributesError, open_attributes
from firmware.vault.boxes import BoxError, PartKind
from firmware.vault.manifest import Manifest
from firmware.vault.parts import Keys, Parts, attribute_key, derive
from firmware.vault.seal import body_aad
from firmware.vault.stream import BodyOpener

NODE_OR_ORG = "node-or-org"


class PartError(LockgateError):
    """`part` names what is at fault. Codes: `part-refused` (`job`, `node` or `org`: its box is missing or not for this
    job, station and release), `commitment-mismatch` (all boxes open, but a part is not the one sealed: `job`, or
    `node-or-org`, which one of the two nobody can tell)."""

    code = "part-refused"

    def __init__(self, part: str, *, code: str | None = None) -> None:
        super().__init__(part, code=code)
        self.part = part


@dataclass(frozen=True, slots=True)
class OpenedJob:
    """What a station holds in memory, for one release only."""

    keys: Keys
    attributes: Attributes
    aad: bytes = field(repr=False)
    plaintext_size: int

    def body_opener(self) -> BodyOpener:
        """An opener for this job's body."""
        return BodyOpener(self.keys.body, self.aad, self.plaintext_size)


def open_release(
    *,
    manifest_raw: bytes,
    manifest: Manifest,
    job_box: bytes,
    node_box: bytes,
    org_box: bytes,
    release_id: str,
    station_id: str,
    box_private_key: bytes,
) -> OpenedJob:
    """Open the boxes made for this station and release, and prove the parts before any byte of the body is fetched.
    The manifest was verified by the caller. Raises `PartError`, `AttributesError`."""

    def opened(kind: PartKind, box: bytes) -> bytes:
        info = boxes.release_info(kind, manifest.org_id, manifest.job_id, release_id, station_id)
        return _open(kind, box, box_private_key, info)

    parts = Parts(opened(PartKind.JOB, job_box), opened(PartKind.NODE, node_box), opened(PartKind.ORG, org_box))
    keys = derive(parts, manifest.salt, manifest.org_id, manifest.job_id)
    attributes = _attributes(manifest, keys)
    if not hmac.compare_digest(keys.check, manifest.commitment):
        raise PartError(PartKind.JOB.value, code="commitment-mismatch")
    return OpenedJob(keys, attributes, body_aad(manifest_raw), manifest.plaintext_size)


def _attributes(manifest: Manifest, keys: Keys) -> Attributes:
    """The attributes open under the node and org parts alone: so they tell which part breaks the commitment."""
    try:
        return open_attributes(manifest.attributes, keys.attributes)
    except AttributesError as exc:
        if hmac.compare_digest(keys.check, manifest.commitment):
            raise  # all parts are right: the client signed attributes that nobody can read
        raise PartError(NODE_OR_ORG, code="commitment-mismatch") from exc


def open_preview(
    *,
    manifest: Manifest,
    node_box: bytes,
    org_box: bytes,
    session_id: str,
    station_id: str,
    box_private_key: bytes,
) -> Attributes:
    """Open the boxes made for this station and session, and with them what the owner may see of a job that waits. The
    manifest was verified by the caller. Raises `PartError`; `AttributesError`, where the parts are not the ones that
    were sealed, or the client signed attributes that nobody can read: without the job part nobody can tell."""

    def opened(kind: PartKind, box: bytes) -> bytes:
        info = boxes.preview_info(kind, manifest.org_id, manifest.job_id, session_id, station_id)
        return _open(kind, box, box_private_key, info)

    node, org = opened(PartKind.NODE, node_box), opened(PartKind.ORG, org_box)
    key = attribute_key(node, org, manifest.salt, manifest.org_id, manifest.job_id)
    return open_attributes(manifest.attributes, key)


def _open(kind: PartKind, box: bytes, box_private_key: bytes, info: bytes) -> bytes:
    try:
        return boxes.open_box(box, box_private_key, info)
    except BoxError as exc:
        raise PartError(kind.value) from exc
