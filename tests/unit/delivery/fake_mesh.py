"""A mesh in memory that grants releases as the real one does, and fails as it is told to."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from firmware.mesh.messages import (
    CardProof,
    CardQuestion,
    Delegation,
    Grant,
    HeldJob,
    HeldJobs,
    MeshEvent,
    MeshEventKind,
    Preview,
    Report,
    ReportKind,
    Session,
    SignedDenials,
    SignedTime,
    SitePolicy,
)
from firmware.mesh.port import MeshError, MeshUnreachableError
from firmware.vault import boxes
from firmware.vault.boxes import PartKind
from firmware.vault.seal import SealedJob
from firmware.vault.stream import SEGMENT
from tests.support.pki import NOW, ORG, Holder
from tests.support.truth import Truth

UNREACHABLE = MeshUnreachableError("no answer in time")
OWNER = "ada"
BadBody = Callable[[bytes], Iterable[bytes | Exception | float]]
"""What comes over one connection, made of the ciphertext that should: bytes, an error where it breaks, a pause in
seconds."""


def in_pieces(body: bytes, size: int = SEGMENT) -> list[bytes]:
    """As the client gives a body."""
    return [body[at : at + size] for at in range(0, len(body), size)]


@dataclass
class Stored:
    """One job in the mesh."""

    sealed: SealedJob
    body: bytes
    phase: str = "held"
    release: str = ""
    started: bool = False


class FakeMesh:
    """Grants releases as the real one does. `faults[call]` are raised by the next calls, None lets one pass;
    `late[call]` is how many seconds such a call takes; `bad_bodies` are what the next body connections give; `spoil`
    may change each grant."""

    def __init__(self, station: Holder, holders: dict[PartKind, Holder], truth: Truth) -> None:
        self.truth = truth
        self.jobs: dict[str, Stored] = {}
        self.reports: list[Report] = []
        self.asked = 0
        self.fetched_from: list[int] = []
        self.faults: dict[str, deque[Exception | None]] = {}
        self.late: dict[str, float] = {}
        self.bad_bodies: deque[BadBody] = deque()
        self.spoil: Callable[[Grant], Grant] = lambda grant: grant
        self.open_bodies = 0
        self._station = station
        self._holders = holders

    def fail(self, call: str, *errors: Exception | None) -> None:
        self.faults.setdefault(call, deque()).extend(errors)

    async def _call(self, name: str) -> None:
        await asyncio.sleep(self.late.get(name, 0.002))
        queue = self.faults.get(name)
        error = queue.popleft() if queue else None
        if error is not None:
            raise error

    async def begin_proof(self, uid: bytes, ats: bytes) -> CardProof:
        await self._call("begin_proof")
        raise MeshError("card-unproven", status=404)

    async def answer_proof(self, name: str, response: bytes) -> CardQuestion | None:
        await self._call("answer_proof")
        raise MeshError("proof-unknown", status=404)

    async def open_session(self, credential: str, pin: str = "", proof: str = "") -> Session:
        await self._call("open_session")
        if credential != "04a1b2c3":
            raise MeshError("badge-unknown", status=404)
        return session()

    async def associate(self, ticket: str, user: str, code: str) -> Session:
        await self._call("associate")
        raise MeshError("ticket-expired", status=410)

    async def handoff(self, ticket: str) -> Session:
        await self._call("handoff")
        raise MeshError("ticket-expired", status=410)

    async def phone_page(self) -> str:
        await self._call("phone_page")
        return ""

    async def previews(self, session_id: str, job_ids: Sequence[str]) -> list[Preview]:
        await self._call("previews")
        return [self._preview(session_id, job_id) for job_id in job_ids if job_id in self.jobs]

    def _preview(self, session_id: str, job_id: str) -> Preview:
        manifest = self.jobs[job_id].sealed.manifest
        node, org = manifest.node_boxes[0], manifest.org_box
        recipients = {PartKind.NODE: node.node_id, PartKind.ORG: boxes.epoch_recipient(manifest.org_epoch)}
        mine = {}
        for kind, box in ((PartKind.NODE, node.box), (PartKind.ORG, org.box)):
            info = boxes.submit_info(kind, ORG, job_id, recipients[kind])
            to_info = boxes.preview_info(kind, ORG, job_id, session_id, self._station.id)
            own = self._holders[kind].box_private
            mine[kind] = boxes.rebox(box, own, info, boxes.SUITE, to=self._station.box_key, to_info=to_info)
        return Preview(job_id, mine[PartKind.NODE], mine[PartKind.ORG])

    async def delete_job(self, session_id: str, job_id: str) -> None:
        await self._call("delete_job")
        if job_id not in self.jobs:
            raise MeshError("job-unknown", status=404)
        self.jobs[job_id].phase = "shredded"

    async def close_session(self, session_id: str) -> None:
        await self._call("close_session")

    async def held_jobs(self, session_id: str) -> HeldJobs:
        await self._call("held_jobs")
        jobs = [(stored.phase, held(stored.sealed)) for stored in reversed(self.jobs.values())]
        listed, unsure = ([job for phase, job in jobs if phase == wanted] for wanted in ("held", "unknown"))
        return HeldJobs(listed, unsure)

    async def ask_release(self, session_id: str, job_id: str, delegation: Delegation | None = None) -> Grant:
        await self._call("ask_release")
        stored = self.jobs[job_id]
        if stored.phase in ("printed", "shredded"):
            raise MeshError("shredded", status=410, part="job")
        if stored.phase == "unknown" or stored.started:
            raise MeshError("outcome-unknown", status=409)
        self.asked += 1
        stored.phase, stored.release = "released", f"r-{self.asked:04d}"
        return self.spoil(self._grant(stored))

    def _grant(self, stored: Stored) -> Grant:
        manifest = stored.sealed.manifest
        sealed = {
            PartKind.JOB: (stored.sealed.job_box, self._holders[PartKind.JOB].id),
            PartKind.NODE: (manifest.node_boxes[0].box, manifest.node_boxes[0].node_id),
            PartKind.ORG: (manifest.org_box.box, boxes.epoch_recipient(manifest.org_epoch)),
        }
        mine = {}
        for kind, (box, recipient) in sealed.items():
            info = boxes.submit_info(kind, ORG, manifest.job_id, recipient)
            to_info = boxes.release_info(kind, ORG, manifest.job_id, stored.release, self._station.id)
            own = self._holders[kind].box_private
            mine[kind] = boxes.rebox(box, own, info, boxes.SUITE, to=self._station.box_key, to_info=to_info)
        return Grant(
            release_id=stored.release,
            job_id=manifest.job_id,
            fence=self.asked,
            lease_expires=NOW + timedelta(seconds=60),
            job_box=mine[PartKind.JOB],
            node_box=mine[PartKind.NODE],
            org_box=mine[PartKind.ORG],
            body_urls=("https://node-1/body",),
            size=len(stored.body),
        )

    async def report(self, report: Report) -> None:
        await self._call(f"report {report.kind}")
        self.reports.append(report)
        stored = next(stored for stored in self.jobs.values() if stored.release == report.release_id)
        if report.kind in (ReportKind.STARTED, ReportKind.PROGRESS):
            stored.started = True
            return
        stored.started = False
        printed = "held" if report.keep else "printed"
        stored.phase = {ReportKind.PRINTED: printed, ReportKind.STOPPED: "held"}.get(report.kind, "unknown")

    async def body(self, grant: Grant, offset: int) -> AsyncIterator[bytes]:
        self.fetched_from.append(offset)
        await self._call("body")
        rest = self.jobs[grant.job_id].body[offset:]
        pieces = self.bad_bodies.popleft()(rest) if self.bad_bodies else in_pieces(rest)
        self.open_bodies += 1
        try:
            for piece in pieces:
                await asyncio.sleep(piece if isinstance(piece, float) else 0.001)
                if isinstance(piece, Exception):
                    raise piece
                if isinstance(piece, bytes):
                    yield piece
        finally:
            self.open_bodies -= 1

    async def events(self, after: int) -> AsyncIterator[MeshEvent]:
        await self._call("events")
        yield MeshEvent(after, MeshEventKind.CONNECTED)
        await asyncio.Event().wait()

    async def signed_time(self, nonce: bytes, audit: tuple[int, str] = (0, "")) -> SignedTime:
        await self._call("signed_time")
        return self.truth.signed_time(nonce, audit)

    async def denials(self) -> SignedDenials:
        await self._call("denials")
        return self.truth.denials()

    def kinds(self) -> list[str]:
        """The reports so far, in words."""
        return [f"{report.kind} {report.reason}".strip() for report in self.reports]


def session(user: str = OWNER) -> Session:
    return Session("s-1", user, "en", SitePolicy(), NOW + timedelta(hours=1))


def held(sealed: SealedJob) -> HeldJob:
    return HeldJob(sealed.manifest.job_id, sealed.manifest_raw, sealed.signature, sealed.chain)
