"""How jobs come in: the submitted manifest is checked and room reserved; nodes tell when they have the body."""

import asyncio

from firmware.vault import boxes
from firmware.vault.boxes import SUITE, BoxError, PartKind
from firmware.vault.identity import Identity
from firmware.vault.manifest import Manifest, check_fresh
from firmware.vault.stream import ciphertext_length
from hal.ports.clock import Clock
from tools.edgemesh import leases
from tools.edgemesh.evidence import Verifier
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.jobbook import JobBook
from tools.edgemesh.nodes import Nodes
from tools.edgemesh.peers import NodePeer, OrgPeer
from tools.edgemesh.settings import Settings
from tools.edgemesh.signed import Signed
from tools.edgemesh.statements import EpochStatement, parse_epoch
from tools.edgemesh.storage.records import Job, JobState
from tools.edgemesh.storage.stores import DeskStore
from tools.edgemesh.succession import Announcing


class Intake:
    """Takes jobs for the vault role."""

    def __init__(
        self,
        book: JobBook,
        desk: DeskStore,
        *,
        settings: Settings,
        vault_id: str,
        box_key: bytes,
        verifier: Verifier,
        nodes: Nodes,
        org: OrgPeer,
        clock: Clock,
        announcing: Announcing,
    ) -> None:
        self._book, self._desk, self._settings = book, desk, settings
        self._vault_id, self._box_key, self._verifier = vault_id, box_key, verifier
        self._nodes, self._org, self._clock, self._announcing = nodes, org, clock, announcing

    async def submit(self, client: Identity, signed: Signed, job_box: bytes) -> tuple[str, JobState, list[str]]:
        """A job's id, its state, and the URLs at the nodes that have room for its body. Doing it again with the same
        bytes gives the same answer. Raises `Problem` and `ManifestError`."""
        manifest = self._verifier.submission(signed)
        if client.fingerprint != manifest.client_cert:
            raise Problem("not-allowed", "the manifest was signed by another client")
        with self._announcing.of(manifest.org_epoch):
            state = self._known(manifest.job_id, signed, job_box)
            if state is None:
                await self._check(manifest, job_box)
            urls = await self._reserve(manifest, signed)
            if state is None:
                state = self._add(manifest, signed, job_box, tuple(urls))
        return manifest.job_id, state, list(urls.values())

    def _known(self, job_id: str, signed: Signed, job_box: bytes) -> JobState | None:
        job = self._book.store.job(job_id)
        if job is None:
            return None
        state = self._book.state(job_id)
        same = (job.manifest, job.signature) == (signed.raw, signed.signature)
        if not same or state.phase.final or state.job_box != job_box:
            raise Problem("job-exists")
        return state

    async def _check(self, manifest: Manifest, job_box: bytes) -> None:
        """What only matters the first time."""
        check_fresh(manifest, self._clock.now())
        self._check_owner(manifest)
        if manifest.plaintext_size > self._settings.max_job_bytes:
            raise Problem("job-too-large", f"at most {self._settings.max_job_bytes} bytes")
        if manifest.org_epoch != (await self.epoch())[1].epoch:
            raise Problem("manifest-epoch")
        info = boxes.submit_info(PartKind.JOB, manifest.org_id, manifest.job_id, self._vault_id)
        try:
            boxes.open_box(job_box, self._box_key, info, SUITE)
        except BoxError as exc:  # better now than in front of a waiting person
            raise Problem("manifest-recipients", "the job part is not sealed to this vault") from exc

    def _check_owner(self, manifest: Manifest) -> None:
        """Somebody whom the desk knows, and who was known when the job was signed: nobody gets what was meant for
        another of their name."""
        user = self._desk.user(manifest.owner)
        if user is None:
            raise Problem("not-allowed", "the owner is not known here")
        if manifest.submitted_at < user.since:
            raise Problem("manifest-stale", "from before the owner was added here: check the computer's clock")

    async def epoch(self) -> tuple[Signed, EpochStatement]:
        """The organisation's current epoch."""
        signed = await self._org.epoch()
        return signed, parse_epoch(signed.raw)

    async def _reserve(self, manifest: Manifest, signed: Signed) -> dict[str, str]:
        """Body URL by node, for the nodes that the job is sealed to and that have room; enough of them, or none."""
        sealed_to = {box.node_id for box in manifest.node_boxes}
        nodes = [node for node in self._nodes.all() if node.node_id in sealed_to]
        answers = await asyncio.gather(*(node.expect(signed) for node in nodes), return_exceptions=True)
        urls = {node.node_id: url for node, url in zip(nodes, answers, strict=True) if isinstance(url, str)}
        if len(urls) >= self._settings.replicas:
            return urls
        await self._release_room(manifest.job_id, [node for node in nodes if node.node_id in urls])
        refused = next((one for one in answers if isinstance(one, BaseException)), None)
        raise refused or Problem("manifest-recipients", "the job is sealed to too few of the site's nodes")

    async def _release_room(self, job_id: str, nodes: list[NodePeer]) -> None:
        if self._book.store.job(job_id) is None:
            await asyncio.gather(*(node.drop(job_id) for node in nodes), return_exceptions=True)

    def _add(self, manifest: Manifest, signed: Signed, job_box: bytes, nodes: tuple[str, ...]) -> JobState:
        self._check_owner(manifest)  # once more: they may have been removed while nodes were asked
        size = ciphertext_length(manifest.plaintext_size)
        job = Job(manifest.job_id, manifest.owner, size, signed.raw, signed.signature, signed.chain)
        state = leases.arriving(job_box, nodes, manifest.expires_at, self._clock.now())
        if self._book.store.add(job, state):
            return state
        known = self._known(manifest.job_id, signed, job_box)  # another upload of it was quicker
        if known is None:
            raise Problem("job-exists")
        return known

    def held(self, node_id: str, job_id: str, digest: str) -> JobState:
        """A node tells that it has the whole body on its disk. Raises `Problem`: body-differs, shredded."""
        required = self._settings.replicas

        def rule(state: JobState) -> JobState:
            return leases.held_by(state, node_id, digest, required, self._clock.now())

        return self._book.apply(job_id, rule)

    def lost(self, node_id: str, job_id: str) -> JobState:
        """A node tells that the body is missing from its disk."""
        return self._book.apply(job_id, lambda state: leases.lost_by(state, node_id, self._clock.now()))

    def withdrawn(self, node_id: str, job_id: str) -> JobState:
        """A node tells that an administrator had it drop its part."""
        return self._book.apply(job_id, lambda state: leases.withdrawn_by(state, node_id, self._clock.now()))
