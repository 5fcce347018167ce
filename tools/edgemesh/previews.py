"""Previews at the vault: has each holder box its own part of a list's titles to the station. No lease, no job part."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest

from firmware.errors import LockgateError
from firmware.vault.delegation import SignedDelegation
from firmware.vault.identity import Identity
from tools.edgemesh import leases
from tools.edgemesh.evidence import Verifier
from tools.edgemesh.interface.problems import Problem, from_error
from tools.edgemesh.jobbook import JobBook
from tools.edgemesh.looking import Looking, Onlooker, Seen
from tools.edgemesh.looking_shapes import looking_document, manifests_document, read_seen
from tools.edgemesh.manifests import parsed
from tools.edgemesh.nodes import Nodes
from tools.edgemesh.peers import OrgPeer
from tools.edgemesh.people.desk import Desk
from tools.edgemesh.signed import Signed
from tools.edgemesh.storage.records import Job, Phase, Session

_CHUNK_BYTES = 128 * 1024
"""Of manifests in one question to the org key service, which reads at most 256 KiB of JSON."""


@dataclass(frozen=True, slots=True)
class Given:
    """What became of each job that was asked about."""

    node: Mapping[str, bytes] = field(repr=False)
    org: Mapping[str, bytes] = field(repr=False)
    refused: Mapping[str, Problem]


class Previews:
    """Judges for itself which jobs may be shown; node and org key service then do the same."""

    def __init__(self, book: JobBook, desk: Desk, *, verifier: Verifier, nodes: Nodes, org: OrgPeer) -> None:
        self._book, self._desk, self._verifier = book, desk, verifier
        self._nodes, self._org = nodes, org

    async def give(self, station: Identity, request: Signed, session: Session) -> Given:
        """For one station's list. A job of which a holder gives no part is among the refused. Raises `Problem` and the
        vault's errors where the whole request is refused."""
        looking = Looking(request, self._desk.signed(session))
        onlooker = Onlooker(self._verifier, looking)
        if onlooker.station.fingerprint != station.fingerprint:
            raise Problem("not-allowed", "the request was signed by somebody else")
        if onlooker.request.session != session.session_id:
            raise Problem("session-expired", "the request is of another session")
        looking = replace(looking, delegations=self._delegations(onlooker))
        onlooker.lend(looking.delegations)
        jobs, refused = self._seeable(onlooker)
        by_node, by_org = await asyncio.gather(self._of_nodes(looking, jobs), self._of_org(looking, jobs))
        return Given(by_node.boxes, by_org.boxes, {**by_org.refused, **by_node.refused, **refused})

    def _delegations(self, onlooker: Onlooker) -> tuple[SignedDelegation, ...]:
        """Those by which the person may see jobs that were asked about, and no others: they travel to every holder."""
        jobs = map(self._book.store.job, onlooker.request.job_ids)
        owners = {job.owner for job in jobs if job is not None}
        given = self._desk.delegations.to(onlooker.session.user)
        return tuple(valid.signed for valid in given if valid.owner in owners)

    def _seeable(self, onlooker: Onlooker) -> tuple[list[Job], dict[str, Problem]]:
        jobs, refused = list[Job](), dict[str, Problem]()
        for job_id in dict.fromkeys(onlooker.request.job_ids):
            try:
                jobs.append(self._checked(onlooker, job_id))
            except LockgateError as exc:
                refused[job_id] = from_error(exc)
        return jobs, refused

    def _checked(self, onlooker: Onlooker, job_id: str) -> Job:
        job = self._book.job(job_id)
        state = self._book.state(job_id)
        problem = leases.refusal(state, onlooker.station.id)
        if problem and state.phase is not Phase.UNKNOWN:  # of that one its person is shown which it is
            raise problem
        self._desk.check_owner(job)
        onlooker.may_see(parsed(job.manifest))
        return job

    async def _of_org(self, looking: Looking, jobs: Sequence[Job]) -> Seen:
        document = looking_document(looking)
        asked = (self._ask_org(document, chunk) for chunk in _chunks(jobs))
        return _together(await asyncio.gather(*asked))

    async def _ask_org(self, document: Mapping[str, object], jobs: Sequence[Job]) -> Seen:
        manifests = manifests_document([Signed(job.manifest, job.signature, job.chain) for job in jobs])
        try:
            return read_seen(await self._org.ask("/v1/previews/org", {**document, **manifests}))
        except LockgateError as exc:
            return Seen({}, {job.job_id: from_error(exc) for job in jobs})

    async def _of_nodes(self, looking: Looking, jobs: Sequence[Job]) -> Seen:
        """From the first holder of each job that gives its part; the first refusal when none does."""
        document, seen = looking_document(looking), Seen({}, {})
        for turn in zip_longest(*(self._holders(job.job_id) for job in jobs)):
            wanted = dict[str, list[str]]()
            for job, holder in zip(jobs, turn, strict=True):
                if holder is not None and job.job_id not in seen.boxes:
                    wanted.setdefault(holder, []).append(job.job_id)
            seen = _together([seen, *await asyncio.gather(*(self._ask(document, *one) for one in wanted.items()))])
        nowhere = Problem("part-withdrawn", "no node that holds the job may be asked", part="node")
        missing = {job.job_id: seen.refused.get(job.job_id, nowhere) for job in jobs if job.job_id not in seen.boxes}
        return Seen(seen.boxes, missing)

    def _holders(self, job_id: str) -> list[str]:
        return [holder for holder in self._book.state(job_id).holders if self._nodes.get(holder)]

    async def _ask(self, document: Mapping[str, object], node_id: str, job_ids: Sequence[str]) -> Seen:
        node = self._nodes.get(node_id)
        try:
            if node is None:
                raise Problem("part-withdrawn", part="node")
            return read_seen(await node.ask("/v1/previews/node", {**document, "jobs": list(job_ids)}))
        except LockgateError as exc:
            return Seen({}, dict.fromkeys(job_ids, from_error(exc)))


def _together(answers: Iterable[Seen]) -> Seen:
    boxes, refused = dict[str, bytes](), dict[str, Problem]()
    for one in answers:
        boxes |= one.boxes
        refused = {**one.refused, **refused}  # the first refusal of a job is the one that is told
    return Seen(boxes, refused)


def _chunks(jobs: Sequence[Job]) -> Iterator[list[Job]]:
    chunk, size = list[Job](), 0
    for job in jobs:
        taken = len(job.manifest) + sum(map(len, job.chain))
        if chunk and size + taken > _CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
        chunk.append(job)
        size += taken
    if chunk:
        yield chunk
