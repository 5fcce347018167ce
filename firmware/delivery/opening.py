"""What a station checks and opens before it fetches a byte: the manifest, its owner, the grant, the three parts."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from firmware.delivery.errors import DeliveryError
from firmware.mesh.messages import Grant, HeldJob, Preview, Session
from firmware.vault import manifest as manifests
from firmware.vault.attributes import Attributes
from firmware.vault.delegation import SignedDelegation
from firmware.vault.denials import DenyList
from firmware.vault.identity import TrustAnchor
from firmware.vault.manifest import Manifest
from firmware.vault.release import OpenedJob, open_preview, open_release
from firmware.vault.stream import ciphertext_length


class Denied(Protocol):
    """What a deny list says of jobs."""

    def refuses_job(self, client_id: str, submitted_at: datetime) -> bool:
        """Whether a job was submitted by a client that was denied by then."""
        ...

    @property
    def current(self) -> DenyList | None:
        """The newest list that is known."""
        ...


@dataclass(frozen=True, slots=True)
class Opening:
    """The station's side of the envelope. `denied` is asked about each job's client and delegation, `box_key` is its
    raw X25519 private key; every call computes and is made by a worker."""

    anchor: TrustAnchor
    org_id: str
    station_id: str
    denied: Denied
    box_key: bytes = field(repr=False)

    def verify(self, job: HeldJob, session: Session, now: datetime) -> Manifest:
        """The job's manifest, once everything that can be known without a key part is right. Raises `ManifestError`,
        `DelegationError`, `DeliveryError` with `manifest-foreign`, `owner-foreign` or `client-revoked`."""
        manifest = manifests.verify(job.manifest, job.signature, job.chain, self.anchor, now)
        if (manifest.job_id, manifest.org_id) != (job.job_id, self.org_id):
            raise DeliveryError("listed as another job", code="manifest-foreign")
        if manifest.owner != session.user and self._delegator(job, session, now) != manifest.owner:
            raise DeliveryError("not the job of whoever stands here", code="owner-foreign")
        client = self.anchor.identify(job.chain, min(manifest.submitted_at, now))
        if self.denied.refuses_job(client.id, manifest.submitted_at):
            raise DeliveryError("its client was revoked before it submitted this", code="client-revoked")
        return manifest

    def _delegator(self, job: HeldJob, session: Session, now: datetime) -> str:
        """Who said that whoever stands here may release their jobs; empty when nobody did. Raises `DelegationError`."""
        if job.delegation is None:
            return ""
        shown = SignedDelegation(job.delegation.raw, job.delegation.signature, job.delegation.chain)
        denied = self.denied.current or DenyList(self.org_id, 0, now, b"", {})
        found = shown.verify(self.anchor, self.org_id, denied, now)
        return found.owner if found.delegate == session.user else ""

    def open(self, job: HeldJob, manifest: Manifest, grant: Grant) -> OpenedJob:
        """The keys and attributes, proven against the commitment. Raises `DeliveryError` with `grant-foreign`,
        `PartError`, `AttributesError`."""
        if (grant.job_id, grant.size) != (job.job_id, ciphertext_length(manifest.plaintext_size)):
            raise DeliveryError("another job or length than the manifest's", code="grant-foreign")
        return open_release(
            manifest_raw=job.manifest,
            manifest=manifest,
            job_box=grant.job_box,
            node_box=grant.node_box,
            org_box=grant.org_box,
            release_id=grant.release_id,
            station_id=self.station_id,
            box_private_key=self.box_key,
        )

    def preview(self, manifest: Manifest, preview: Preview, session: Session) -> Attributes:
        """What a job that waits is called and how it is to be printed; `manifest` is verified. Nothing can prove it
        before the release does. Raises `PartError`, `AttributesError`."""
        return open_preview(
            manifest=manifest,
            node_box=preview.node_box,
            org_box=preview.org_box,
            session_id=session.session_id,
            station_id=self.station_id,
            box_private_key=self.box_key,
        )
