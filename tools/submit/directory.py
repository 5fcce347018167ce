"""Whom to seal to, as the mesh says (GET /v1/mesh), and as we check against the organisation's CA for ourselves."""

from dataclasses import dataclass
from datetime import datetime

from firmware.mesh.decode import Fields
from firmware.mesh.port import MeshProtocolError, MeshUntrustedError
from firmware.vault import boxes, signing
from firmware.vault.fields import FieldError, read_object
from firmware.vault.identity import Identity, IdentityError, Kind, TrustAnchor
from firmware.vault.manifest import MAX_NODES
from firmware.vault.seal import OrgRecipient, Recipient, Recipients
from firmware.vault.signing import SignatureError
from tools.submit.errors import SubmitError

_STATEMENT_BYTES = 8 * 1024
_SIGNATURE_BYTES = 128
_MOST_BYTES = 2**53 - 1


@dataclass(frozen=True, slots=True)
class Directory:
    """A mesh that can take a job of up to `max_job_bytes` bytes and keep it on `replicas` nodes."""

    recipients: Recipients
    replicas: int
    max_job_bytes: int


@dataclass(frozen=True, slots=True)
class Checker:
    """What the mesh's word is checked against: our own organisation, its CA, the time (aware)."""

    org_id: str
    anchor: TrustAnchor
    now: datetime

    def directory(self, fields: Fields) -> Directory:
        """Read the answer to GET /v1/mesh. Raises MeshProtocolError, MeshUntrustedError for whatever is not proven,
        SubmitError `mesh-degraded` when too few nodes are up to hold a job as the site demands."""
        if fields.text("org_id", 63) != self.org_id:
            raise MeshUntrustedError("it is another organisation's mesh")
        nodes, unread = fields.readable("nodes", MAX_NODES, lambda node: self._recipient(node, Kind.NODE))
        if unread:
            raise MeshProtocolError(f"{unread} of its nodes cannot be read")
        replicas = fields.number("replicas", 1, MAX_NODES)
        if len({node.id for node in nodes}) < replicas:
            raise SubmitError(f"{len(nodes)} nodes of {replicas} that are needed are up", code="mesh-degraded")
        vault = self._recipient(fields.within("vault"), Kind.VAULT)
        org = self._epoch(fields.within("epoch"))
        return Directory(
            Recipients(self.org_id, vault, tuple(nodes), org), replicas, fields.number("max_job_bytes", 1, _MOST_BYTES)
        )

    def _recipient(self, fields: Fields, kind: Kind) -> Recipient:
        holder = self._proven(fields.chain("chain"), kind)
        if holder.box_key is None or fields.id("id") != holder.id:
            raise MeshUntrustedError(f"a {kind}'s certificate is not its own, or has no box key")
        return Recipient(holder.id, holder.box_key)

    def _epoch(self, fields: Fields) -> OrgRecipient:
        signer = self._proven(fields.chain("chain"), Kind.ORG)
        raw = fields.octets("statement", _STATEMENT_BYTES)
        try:
            signing.verify(signer, signing.EPOCH, raw, fields.octets("signature", _SIGNATURE_BYTES))
        except SignatureError as exc:
            raise MeshUntrustedError("the org epoch is not signed by the organisation's key service") from exc
        try:
            return self._statement(raw)
        except FieldError as exc:
            raise MeshProtocolError(f"the org epoch's statement: {exc}") from exc

    def _statement(self, raw: bytes) -> OrgRecipient:
        fields = read_object(raw, ("v", "org_id", "epoch", "suite", "box_key", "not_after"))
        fields.integer("v", least=1, most=1)
        suite = fields.text("suite", longest=63)
        if fields.text("org_id", longest=63) != self.org_id or suite not in boxes.PUBLIC_KEY_BYTES:
            raise MeshUntrustedError("the org epoch is another organisation's, or of an unknown suite")
        if fields.time("not_after") <= self.now:
            raise MeshUntrustedError("the org epoch is over")
        length = boxes.PUBLIC_KEY_BYTES[suite]
        return OrgRecipient(fields.integer("epoch"), fields.octets("box_key", shortest=length, longest=length), suite)

    def _proven(self, chain: tuple[bytes, ...], kind: Kind) -> Identity:
        try:
            holder = self.anchor.identify(chain, self.now)
        except IdentityError as exc:
            raise MeshUntrustedError(f"the certificate of its {kind}: {exc.detail or exc.code}") from exc
        if (holder.kind, holder.org_id) != (kind, self.org_id):
            raise MeshUntrustedError(f"the certificate of its {kind} is that of a {holder.kind}")
        return holder
