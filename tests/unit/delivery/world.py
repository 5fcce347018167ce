"""A station's delivery in virtual time: real vault, real ledger, the twins, and a mesh that can be told what to do."""

import asyncio
import random
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from firmware.audit.memory import MemoryAudit
from firmware.core.events import Event
from firmware.delivery.answers import Answers
from firmware.delivery.deliverer import Deliverer
from firmware.delivery.ledger import Ledger
from firmware.delivery.means import Means
from firmware.delivery.notary import Notary
from firmware.delivery.opening import Opening
from firmware.delivery.outcomes import Ended
from firmware.delivery.records import Entry
from firmware.delivery.reports import Reports
from firmware.mesh.messages import (
    CardProof,
    CardQuestion,
    Delegation,
    Grant,
    HeldJob,
    MeshEvent,
    MeshEventKind,
    Report,
    ReportKind,
    Session,
    SignedDenials,
    SignedTime,
    SitePolicy,
)
from firmware.mesh.port import MeshError, MeshUnreachableError
from firmware.trust.denials import KeptDenials
from firmware.vault import boxes
from firmware.vault.attributes import Attributes
from firmware.vault.boxes import PartKind
from firmware.vault.identity import Kind
from firmware.vault.seal import OrgRecipient, Recipient, Recipients, SealedJob, seal_job
from firmware.vault.stream import SEGMENT
from hal.sim.clock import VirtualClock
from hal.sim.converter import SimConverter
from hal.sim.printer import SimPrinter
from hal.sim.random_source import SeededRandom, stream
from hal.sim.storage import SimStorage
from hal.sim.workers import InlineWorkers
from tests.support.pki import NOW, ORG, Holder, Pki
from tests.support.truth import Truth

OWNER = "ada"
TITLE = "Redundancies, draft 3"
BadBody = Callable[[bytes], Iterable[bytes | Exception | float]]
"""What comes over one connection, made of the ciphertext that should: bytes, an error where it breaks, a pause in
seconds."""


def pdf(pages: int = 2, size: int = 2000, seed: int = 7) -> bytes:
    """Something a printer twin takes for a document of so many pages, unlike any other bytes."""
    noise = random.Random(seed).randbytes(size)  # noqa: S311 - the same noise in each run
    return b"%PDF-1.7\n" + b"".join(b"/Type /Page %d\n" % number for number in range(pages)) + noise


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

    async def close_session(self, session_id: str) -> None:
        await self._call("close_session")

    async def held_jobs(self, session_id: str) -> list[HeldJob]:
        await self._call("held_jobs")
        return [held(stored.sealed) for stored in reversed(self.jobs.values()) if stored.phase == "held"]

    async def ask_release(self, session_id: str, job_id: str, delegation: Delegation | None = None) -> Grant:
        await self._call("ask_release")
        stored = self.jobs[job_id]
        if stored.phase == "printed":
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
        stored.phase = {ReportKind.PRINTED: "printed", ReportKind.STOPPED: "held"}.get(report.kind, "unknown")

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


@dataclass
class World:
    """Outlives the station. `start()` begins a life of it on the same printer, mesh and medium."""

    seed: int = 1
    pki: Pki = field(default_factory=Pki)

    def __post_init__(self) -> None:
        self.clock = VirtualClock(NOW)
        self.random = SeededRandom(self.seed)
        self.printer = SimPrinter(self.clock, self.random, page_seconds=1.0)
        self.record = MemoryAudit()
        self.storage = SimStorage(stream(self.seed, "storage"))
        self.station = self.pki.holder(Kind.STATION, "station-1")
        self.client = self.pki.holder(Kind.CLIENT, "client-1", users=[OWNER])
        kinds = {PartKind.JOB: Kind.VAULT, PartKind.NODE: Kind.NODE, PartKind.ORG: Kind.ORG}
        self.holders = {part: self.pki.holder(kind, f"{kind}-1") for part, kind in kinds.items()}
        self.truth = Truth(self.pki, self.holders[PartKind.JOB], self.clock)
        self.mesh = FakeMesh(self.station, self.holders, self.truth)
        self.events: list[Event] = []
        self.react: Callable[[Event], None] = lambda _event: None
        self.converter = SimConverter()
        self.said: list[str] = []

    def submit(
        self,
        document: bytes,
        *,
        document_format: str = "application/pdf",
        copies: int = 1,
        lifetime: timedelta = timedelta(days=1),
        attributes: Attributes | None = None,
    ) -> HeldJob:
        """A document on its way into the mesh, sealed as the client does it."""
        recipients = Recipients(
            ORG,
            Recipient(self.holders[PartKind.JOB].id, self.holders[PartKind.JOB].box_key),
            (Recipient(self.holders[PartKind.NODE].id, self.holders[PartKind.NODE].box_key),),
            OrgRecipient(1, self.holders[PartKind.ORG].box_key, boxes.SUITE),
        )
        sealed = seal_job(
            owner=OWNER,
            attributes=attributes or Attributes(TITLE, copies=copies),
            document_format=document_format,
            plaintext_size=len(document),
            recipients=recipients,
            signer=self.client.signer,
            chain=self.client.chain,
            now=NOW,
            lifetime=lifetime,
            token=self.random.token,
        )
        body = b"".join(sealed.body_sealer(self.random.token).seal([document], len(document)))
        self.mesh.jobs[sealed.manifest.job_id] = Stored(sealed, body)
        return held(sealed)

    def start(self) -> Means:
        """A new life of the station: the ledger is read anew."""
        workers, ledger, own = InlineWorkers(), Ledger(self.storage), self.station
        notary = Notary(ORG, own.id, own.signer.sign, lambda: own.chain, self.clock, lambda: True)
        return Means(
            mesh=self.mesh,
            printer=self.printer,
            ledger=ledger,
            reports=Reports(
                self.mesh,
                ledger,
                workers=workers,
                clock=self.clock,
                random=self.random,
                record=self.record,
                notary=notary,
            ),
            record=self.record,
            opening=Opening(
                self.pki.anchor,
                ORG,
                self.station.id,
                KeptDenials(self.storage, self.pki.anchor, ORG),
                self.station.box_private,
            ),
            workers=workers,
            clock=self.clock,
            converter=self.converter,
            notary=notary,
        )

    async def deliver(
        self,
        job: HeldJob,
        *,
        means: Means | None = None,
        cancel: asyncio.Event | None = None,
        user: str = OWNER,
        alone: bool = True,
        first_page: int = 1,
        answers: Answers | None = None,
    ) -> Ended:
        """One delivery, and one try to report its end. When it is `alone` in the world it must leave nothing behind."""
        means = means or self.start()
        deliverer = Deliverer(means, self.hear)
        before = asyncio.all_tasks()
        cancel = cancel or asyncio.Event()
        ended = await deliverer.run(1, session(user), job, cancel, first_page=first_page, answers=answers)
        await means.reports.flush()
        if alone and isinstance(self.mesh, FakeMesh):
            assert asyncio.all_tasks() <= before, "a delivery left a task behind"
            assert not self.mesh.open_bodies, "a delivery left a connection open"
        return ended

    def hear(self, event: Event) -> None:
        """What a delivery tells the core."""
        self.events.append(event)
        self.react(event)

    def delivered(self) -> list[bytes]:
        """The documents that came whole, as facts."""
        return [bytes(delivery.data) for delivery in self.printer.deliveries if delivery.whole]

    def sheets(self) -> int:
        return len(self.printer.sheets())

    def entries(self) -> list[Entry]:
        """What the ledger's medium says."""
        ledger = Ledger(self.storage)
        return list(ledger._entries.values())


UNREACHABLE = MeshUnreachableError("no answer in time")


async def after(seconds: float, action: Callable[[], object], work: Coroutine[Any, Any, Ended]) -> Ended:
    """The result of `work`, with `action` taken `seconds` into it."""
    asyncio.get_running_loop().call_later(seconds, action)
    return await work
