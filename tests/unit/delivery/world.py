"""A station's delivery in virtual time: real vault, real ledger, the twins, and a mesh that can be told what to do."""

import asyncio
import random
from collections.abc import Callable, Coroutine
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
from firmware.mesh.messages import HeldJob
from firmware.trust.denials import KeptDenials
from firmware.vault import boxes
from firmware.vault.attributes import Attributes
from firmware.vault.boxes import PartKind
from firmware.vault.identity import Kind
from firmware.vault.seal import OrgRecipient, Recipient, Recipients, seal_job
from hal.sim.clock import VirtualClock
from hal.sim.converter import SimConverter
from hal.sim.printer import SimPrinter
from hal.sim.random_source import SeededRandom, stream
from hal.sim.storage import SimStorage
from hal.sim.workers import InlineWorkers
from tests.support.pki import NOW, ORG, Pki
from tests.support.truth import Truth
from tests.unit.delivery.fake_mesh import OWNER, UNREACHABLE, FakeMesh, Stored, held, in_pieces, session

__all__ = ["OWNER", "TITLE", "UNREACHABLE", "FakeMesh", "World", "after", "in_pieces", "pdf", "session"]

TITLE = "Redundancies, draft 3"


def pdf(pages: int = 2, size: int = 2000, seed: int = 7) -> bytes:
    """Something a printer twin takes for a document of so many pages, unlike any other bytes."""
    noise = random.Random(seed).randbytes(size)  # noqa: S311 - the same noise in each run
    return b"%PDF-1.7\n" + b"".join(b"/Type /Page %d\n" % number for number in range(pages)) + noise


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


async def after(seconds: float, action: Callable[[], object], work: Coroutine[Any, Any, Ended]) -> Ended:
    """The result of `work`, with `action` taken `seconds` into it."""
    asyncio.get_running_loop().call_later(seconds, action)
    return await work
