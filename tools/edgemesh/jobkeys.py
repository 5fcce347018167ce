"""The job-key vault: who may have a job's part now, and the part's end. Rules are in leases.py; this applies them."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta

from firmware.vault import signing
from firmware.vault.boxes import SUITE, PartKind
from firmware.vault.delegation import SignedDelegation
from firmware.vault.identity import Identity
from hal.ports.clock import Clock
from hal.ports.random_source import RandomSource
from tools.edgemesh import leases
from tools.edgemesh.evidence import Evidence, Proven, UsedRequests, Verifier
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.jobbook import JobBook
from tools.edgemesh.keys import RoleKeys
from tools.edgemesh.leases import Told
from tools.edgemesh.nodes import Nodes
from tools.edgemesh.peers import NodePart, OrgPart, OrgPeer
from tools.edgemesh.receipts import Receipts
from tools.edgemesh.signed import Signed
from tools.edgemesh.statements import LeaseStatement, encode_lease
from tools.edgemesh.storage.records import Job, JobState, Lease, Phase


@dataclass(frozen=True, slots=True)
class Granted:
    """One release with its three boxes; `bodies` are the URLs that will serve it."""

    job: Job
    lease: Lease
    digest: str
    job_box: bytes = field(repr=False)
    node: NodePart
    org: OrgPart
    bodies: tuple[str, ...]


class JobKeys:
    """Grants releases, takes reports, shreds."""

    def __init__(
        self,
        book: JobBook,
        *,
        org_id: str,
        keys: RoleKeys,
        verifier: Verifier,
        nodes: Nodes,
        org: OrgPeer,
        receipts: Receipts,
        clock: Clock,
        random: RandomSource,
    ) -> None:
        self.book, self.receipts = book, receipts
        self._org_id, self._keys, self._verifier = org_id, keys, verifier
        self._nodes, self._org = nodes, org
        self._clock, self._random = clock, random
        self._used = UsedRequests(clock)

    async def release(
        self,
        station: Identity,
        job_id: str,
        request: Signed,
        session: Signed,
        delegation: SignedDelegation | None = None,
    ) -> Granted:
        """One lease and three boxes, or no lease and `Problem` (or an error of the vault's code)."""
        job, state = self.book.job(job_id), self.book.state(job_id)
        if state.phase.final and (problem := leases.refusal(state, station.id)):
            raise problem
        manifest = Signed(job.manifest, job.signature, job.chain)
        release_id = f"r-{self._random.token(16).hex()}"
        evidence = Evidence(release_id, request, session, manifest, delegation=delegation)
        proven = self._verify(evidence, station)
        state = self._grant(proven)
        try:
            return await self._gather(replace(evidence, lease=self._signed_lease(job_id, state)), proven, job, state)
        except BaseException:  # whatever happened, cancelled included: no box left the mesh, so no lease stays
            self.book.apply(job_id, lambda now: leases.give_back(now, evidence.release_id, self._clock.now()))
            raise

    def _verify(self, evidence: Evidence, station: Identity) -> Proven:
        proven = self._verifier.request(evidence)
        if proven.station.fingerprint != station.fingerprint:
            raise Problem("not-allowed", "the request was signed by somebody else")
        self._used.use(evidence)
        return proven

    def _grant(self, proven: Proven) -> JobState:
        def rule(state: JobState) -> JobState:
            return leases.grant(state, proven.station.id, proven.release_id, self._clock.now())

        return self.book.apply(proven.manifest.job_id, rule)

    def _signed_lease(self, job_id: str, state: JobState) -> Signed | None:
        lease = state.lease
        if lease is None:
            return None
        expires = lease.expires.replace(microsecond=0) + timedelta(seconds=1)  # statements say whole seconds
        statement = LeaseStatement(self._org_id, job_id, lease.release_id, lease.station_id, lease.fence, expires)
        return self._keys.sign(signing.LEASE, encode_lease(statement))

    async def _gather(self, evidence: Evidence, proven: Proven, job: Job, state: JobState) -> Granted:
        if state.job_box is None or state.lease is None:  # a grant has both
            raise Problem("shredded", part="job")
        asked = self._node_parts(evidence, state.holders), self._org.part(evidence)
        parts, org = await asyncio.gather(*asked, return_exceptions=True)
        if isinstance(parts, BaseException):
            raise parts
        if isinstance(org, BaseException):
            raise org
        job_box = proven.rebox(PartKind.JOB, state.job_box, SUITE, self._keys.box_key, self._keys.id)
        bodies = tuple(part.body_url for part in parts)
        return Granted(job, state.lease, state.digest, job_box, parts[0], org, bodies)

    async def _node_parts(self, evidence: Evidence, holders: tuple[str, ...]) -> list[NodePart]:
        """From every holder that gives one; the first refusal when none does."""
        known = [node for holder in holders if (node := self._nodes.get(holder))]
        if not known:  # a job that is held and has no holder was dropped at all of them
            raise Problem("part-withdrawn", "no node that holds the job may be asked", part="node")
        answers = await asyncio.gather(*(node.part(evidence) for node in known), return_exceptions=True)
        parts = [answer for answer in answers if isinstance(answer, NodePart)]
        if not parts:
            raise next((one for one in answers if isinstance(one, BaseException)), Problem("job-lost"))
        return parts

    def report(self, station: Identity, told: Told, receipt: bytes = b"") -> JobState:
        """Take in a report, and with it the receipt (empty: none). Raises `Problem`: release-unknown, fence-stale,
        sequence-reused, release-ended, receipt-differs; `ReceiptError`."""
        job_id = self.book.store.job_of(told.release_id)
        if job_id is None:
            raise Problem("release-unknown")

        def rule(state: JobState) -> JobState:
            if state.lease is not None and state.lease.station_id != station.id:
                raise Problem("fence-stale")
            return leases.report(state, told, self._clock.now())

        if receipt:
            kept = self.receipts.believed(receipt, station, self.book.job(job_id), told)
            if _took_in(rule(self.book.state(job_id)), told):
                self.receipts.keep(kept)  # first: after a crash between the two, the station tells both again
        return self.book.apply(job_id, rule)

    def lease(self, release_id: str) -> tuple[str, Lease]:
        """The job and the lease of a release that is alive. Raises `Problem`: release-unknown, fence-stale."""
        job_id = self.book.store.job_of(release_id)
        if job_id is None:
            raise Problem("release-unknown")
        lease = leases.live(self.book.state(job_id), release_id, self._clock.now())
        if lease is None:
            raise Problem("fence-stale", "the release's lease has ended")
        return job_id, lease

    def shred(self, job_id: str) -> JobState:
        """Delete the job part, now; the bodies follow."""
        return self.book.apply(job_id, lambda state: leases.end(state, Phase.SHREDDED, self._clock.now()))


def _took_in(state: JobState, told: Told) -> bool:
    """Whether the newest that the job knows of its release is this report: an older one changes nothing."""
    lease = state.lease
    return lease is not None and (lease.sequence, lease.kind) == (told.sequence, told.kind.value)
