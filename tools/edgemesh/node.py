"""A holding node's role: gives its own part of a key, and the ciphertext, to a station it has checked itself."""

from collections.abc import Sequence
from datetime import timedelta

from firmware.vault import boxes
from firmware.vault.boxes import BoxError, PartKind
from firmware.vault.identity import Identity
from firmware.vault.manifest import Manifest, NodeBox
from hal.ports.clock import Clock
from tools.edgemesh.evidence import Evidence, Verifier
from tools.edgemesh.holdings import Holdings
from tools.edgemesh.interface.exchange import OpenBody
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.keys import RoleKeys
from tools.edgemesh.looking import Looking, Onlooker, Seen, each
from tools.edgemesh.manifests import parsed
from tools.edgemesh.peers import NodeInfo, NodePart, VaultPeer
from tools.edgemesh.signed import Signed
from tools.edgemesh.storage.records import NodeGrant, Place

GRANT_MEMORY = timedelta(days=1)


class Node:
    """The holding node's role."""

    def __init__(
        self,
        keys: RoleKeys,
        url: str,
        holdings: Holdings,
        *,
        org_id: str,
        verifier: Verifier,
        vault: VaultPeer,
        clock: Clock,
    ) -> None:
        self.holdings = holdings
        self._keys, self._url, self._org_id, self._verifier = keys, url, org_id, verifier
        self._vault, self._clock = vault, clock

    @property
    def node_id(self) -> str:
        return self._keys.id

    @property
    def info(self) -> NodeInfo:
        """How this node presents itself now."""
        return NodeInfo(self._keys.id, self._keys.chain, self._url)

    def expect(self, signed: Signed) -> str:
        """Take on a job that the vault announces; the URL to PUT its body to. Raises `Problem`: mesh-full,
        locked-out,
        manifest-recipients, …, and `ManifestError`."""
        manifest = self._verifier.submission(signed)
        self._check_box(manifest)
        self.holdings.expect(manifest, signed.raw, self._verifier.submitter(signed, manifest).id)
        return self._body_url(manifest.job_id)

    def _body_url(self, job_id: str, release: str = "") -> str:
        suffix = f"&release={release}" if release else ""
        return f"{self._url}/v1/jobs/{job_id}/body?node={self.node_id}{suffix}"

    def _check_box(self, manifest: Manifest) -> None:
        """Better now than in front of a waiting person."""
        mine = self._box(manifest)
        info = boxes.submit_info(PartKind.NODE, self._org_id, manifest.job_id, self.node_id)
        try:
            boxes.open_box(mine.box, self._keys.box_key, info, mine.suite)
        except BoxError as exc:
            raise Problem("manifest-recipients", "the node part is not sealed to this node") from exc

    def _box(self, manifest: Manifest) -> NodeBox:
        for box in manifest.node_boxes:
            if box.node_id == self.node_id:
                return box
        raise Problem("manifest-recipients", "the job is not sealed to this node")

    def part(self, evidence: Evidence) -> NodePart:
        """Our part, sealed to the station, after our own checks. Raises `Problem`: part-withdrawn, …"""
        proven = self._verifier.release(evidence)
        job_id = proven.manifest.job_id
        holding = self.holdings.store.get(job_id)
        if holding is None or holding.place is not Place.HELD or holding.manifest != evidence.manifest.raw:
            raise Problem("part-withdrawn", "the node does not hold the job any more", part="node")
        mine = self._box(proven.manifest)
        box = proven.rebox(PartKind.NODE, mine.box, mine.suite, self._keys.box_key, self.node_id)
        now, station = self._clock.now(), proven.station.id
        grant = NodeGrant(evidence.release_id, job_id, station, evidence.request_digest, now)
        if not self.holdings.store.add_grant(grant):
            raise Problem("request-replayed")
        return NodePart(self.node_id, boxes.SUITE, box, self._body_url(job_id, evidence.release_id))

    def previews(self, looking: Looking, job_ids: Sequence[str]) -> Seen:
        """Our part of each of these jobs, for one session, after our own checks: of station, session and person anew,
        of the manifest as it was verified when we took the job. Raises `Problem` where the request is refused."""
        onlooker = Onlooker(self._verifier, looking)

        def box(job_id: str) -> bytes:
            holding = self.holdings.store.get(job_id)
            if holding is None or holding.place is not Place.HELD:
                raise Problem("part-withdrawn", "the node does not hold the job any more", part="node")
            manifest = parsed(holding.manifest)
            self._verifier.refuse_submitted(holding.client, manifest)
            onlooker.may_see(manifest)
            mine = self._box(manifest)
            key = self._keys.box_key
            return onlooker.rebox(PartKind.NODE, manifest, mine.box, mine.suite, key=key, recipient=self.node_id)

        return each(job_ids, str, box)

    async def body(self, station: Identity, job_id: str, release_id: str) -> tuple[OpenBody, str]:
        """The body and its digest, for the station that has the release now. Raises `Problem`: release-unknown,
        not-allowed, fence-stale, job-lost."""
        grant = self.holdings.store.grant_of(release_id)
        if grant is None or grant.job_id != job_id:
            raise Problem("release-unknown")
        if grant.station_id != station.id or await self._vault.lease(release_id) != (job_id, station.id):
            raise Problem("not-allowed", "the release is another station's")
        holding, body = self.holdings.store.get(job_id), self.holdings.bodies.open(job_id)
        if holding is None or body is None:
            raise Problem("job-lost")
        return body, holding.digest

    async def round(self) -> None:
        """What the node does unasked. Raises `StoreError`."""
        self.holdings.store.drop_grants(self._clock.now() - GRANT_MEMORY)
        await self.holdings.round()
