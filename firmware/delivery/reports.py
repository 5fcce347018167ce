"""What the mesh is told: that a release goes on, and, until it was heard, how it ended."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from math import inf

from firmware.audit.events import AuditEvent, Value
from firmware.audit.port import AuditError, Notebook
from firmware.core.events import Outcome
from firmware.delivery.ledger import Ledger
from firmware.delivery.notary import Notary
from firmware.delivery.outcomes import Ended
from firmware.delivery.records import Entry, Step
from firmware.errors import LockgateError
from firmware.mesh.follow import pause
from firmware.mesh.messages import Grant, Report, ReportKind
from firmware.mesh.port import Mesh, MeshError, MeshProtocolError, MeshUnreachableError, MeshUntrustedError
from hal.ports.clock import Clock
from hal.ports.random_source import RandomSource
from hal.ports.workers import Workers

RENEW_SECONDS = 15.0
"""Between two signs of life; a lease lives for 60 s after the last one that the mesh heard."""
FRESH_SECONDS = 20.0
"""How old the last sign of life that the mesh heard may be when the ledger says that the transmission starts."""
USABLE_SECONDS = 25.0
"""How old it may be when the first byte is let out: reaching the printer may take 30 s more, still within the lease."""
FIRST_SEQUENCE = 1
LAST_SEQUENCE = 1_000_000
"""The sequence of a final report: above those of all signs of life, also after a crash that forgot their number."""

KINDS = {
    Outcome.PRINTED: ReportKind.PRINTED,
    Outcome.HELD: ReportKind.STOPPED,
    Outcome.GONE: ReportKind.STOPPED,
    Outcome.UNKNOWN: ReportKind.UNKNOWN,
}
EVENTS = {
    Outcome.PRINTED: AuditEvent.PRINTED,
    Outcome.HELD: AuditEvent.STOPPED,
    Outcome.GONE: AuditEvent.STOPPED,
    Outcome.UNKNOWN: AuditEvent.UNKNOWN,
}
NOT_OURS = frozenset({"fence-stale", "release-unknown", "release-ended", "sequence-reused"})
"""The mesh has settled the release without us: telling again changes nothing."""

FAILURES = (MeshError, MeshUnreachableError, MeshUntrustedError, MeshProtocolError)


@dataclass(frozen=True, slots=True)
class Moment:
    """One reading of both clocks."""

    monotonic: float
    wall: datetime


class Reports:
    """The final reports of this station; the ledger is their queue, so that none is lost with the power."""

    def __init__(
        self,
        mesh: Mesh,
        ledger: Ledger,
        *,
        workers: Workers,
        clock: Clock,
        random: RandomSource,
        record: Notebook,
        notary: Notary,
    ) -> None:
        self._mesh = mesh
        self._notary = notary
        self._record = record
        self._recorded: set[str] = set()
        self._ledger = ledger
        self._workers = workers
        self._clock = clock
        self._random = random
        self._one_at_a_time = asyncio.Lock()
        self._due = asyncio.Event()

    async def end(self, entry: Entry, ended: Ended) -> None:
        """How one release ended goes into the ledger, with the receipt for it, where its transmission had begun. From
        there it is told."""
        known = replace(self._ledger.entry(entry.release), step=Step.ENDED, **ended.recorded)

        def record() -> None:
            receipt = ""
            if known.receipt:
                receipt = self._notary.receipt(known.receipt, _final(known), sheets=ended.sheets, told=known.told)
            self._ledger.insist(entry.release, Step.ENDED, **ended.recorded, receipt=receipt)

        await self._workers.run(record)

    async def push(self, entry: Entry) -> None:
        """Tell how one release ended, now. Raises the mesh's errors; then it stays to be told."""
        async with self._one_at_a_time:
            if self._ledger.entry(entry.release).step is not Step.ENDED:
                return
            await self._keep(entry)
            try:
                await self._mesh.report(_final(entry))
            except MeshError as exc:
                if exc.code not in NOT_OURS:
                    raise
            await self._workers.run(partial(self._ledger.insist, entry.release, Step.REPORTED, receipt=""))
            self._recorded.discard(entry.release)

    async def _keep(self, entry: Entry) -> None:
        """In the audit record before the mesh hears of it, once in a life. What has happened is told all the same when
        it cannot be recorded: that it was begun is there."""
        if entry.release not in self._recorded:
            with suppress(AuditError):
                await asyncio.shield(self._record.begin(EVENTS[entry.outcome or Outcome.UNKNOWN], **_named(entry)))
                self._recorded.add(entry.release)

    async def keep_on(self) -> None:
        """A duty for as long as the station lives: tell what is to be told, with patience while the mesh is away."""
        failures = 0
        while True:
            self._due.clear()
            if await self.flush():
                failures = 0
                await self._due.wait()
            else:
                failures += 1
                await self._clock.sleep(pause(failures, self._random))

    async def flush(self) -> bool:
        """Tell everything that is to be told, once. Whether the mesh heard it all. One that it will not hear is no
        reason to keep the others from it."""
        all_heard = True
        for entry in self._ledger.unreported():
            try:
                await self.push(entry)
            except MeshError:
                all_heard = False
            except FAILURES:
                return False
        return all_heard

    async def give_back(self, grant: Grant, code: str) -> None:
        """Tell once that nothing came of a grant which the ledger could not take in, so that the job need not wait
        for its lease to lapse. Raises nothing of the mesh's: without an answer that is what happens."""
        report = Report(grant.release_id, grant.fence, LAST_SEQUENCE, ReportKind.STOPPED, reason=code)
        with suppress(*FAILURES):
            await self._mesh.report(report)

    def wake(self) -> None:
        """There is something to tell."""
        self._due.set()


class Lease:
    """The station's hold on one release, from the moment it means to start to the end of the print. `keep` runs beside
    the delivery; the others are for the delivery itself.

    The hold is only as good as the last sign of life the mesh heard: 60 s after that, the mesh may let an
    administrator settle the release and another station print. Its age counts from before it was sent, on both
    clocks: the monotonic one stands still while the machine sleeps, the other may be set."""

    def __init__(self, mesh: Mesh, entry: Entry, clock: Clock) -> None:
        self._mesh = mesh
        self._entry = entry
        self._clock = clock
        self._sequence = FIRST_SEQUENCE
        self._wanted = asyncio.Event()
        self._answered = asyncio.Event()
        self._in_order = asyncio.Lock()
        self._refusal: LockgateError | None = None
        self._heard: Moment | None = None

    def want(self) -> None:
        """Say to the mesh that the transmission is about to start, while other things are made ready for it."""
        self._wanted.set()

    async def confirmed(self) -> None:
        """Wait until the mesh has heard it, and lately: while it has, it never gives the job to another station. Asks
        once more where it has not. Raises the mesh's errors; then nothing may be sent."""
        await self._answered.wait()
        if self._refusal is None and self._age() >= FRESH_SECONDS:
            self._refusal = await self._tell(ReportKind.PROGRESS) or self._refusal
        self.require(FRESH_SECONDS)

    def require(self, seconds: float = USABLE_SECONDS) -> None:
        """Raises the mesh's refusal, or `MeshUnreachableError` when it last heard of us longer ago than that."""
        if self._refusal is not None:
            raise self._refusal
        if self._age() >= seconds:
            raise MeshUnreachableError("the mesh has not heard of this release for too long")

    async def keep(self) -> None:
        """Say it, and then give a sign of life every RENEW_SECONDS. A lease that is lost before the first byte left
        is a refusal. One that is lost later is let go: the document is on its way, and how it ends is told all the
        same."""
        await self._wanted.wait()
        self._refusal = await self._tell(ReportKind.STARTED)
        self._answered.set()
        while self._refusal is None:
            await self._clock.sleep(RENEW_SECONDS)
            failure = await self._tell(ReportKind.PROGRESS)
            if failure is not None and failure.code in NOT_OURS:
                self._refusal = failure

    async def _tell(self, kind: ReportKind) -> LockgateError | None:
        async with self._in_order:
            report = Report(self._entry.release, self._entry.fence, self._sequence, kind)
            self._sequence += 1
            sent = self._moment()
            try:
                await self._mesh.report(report)
            except FAILURES as exc:
                return exc
            self._heard = sent
            return None

    def _age(self) -> float:
        """Seconds since the last sign of life that the mesh heard was sent, by the clock that says more."""
        if self._heard is None:
            return inf
        now = self._moment()
        return max(now.monotonic - self._heard.monotonic, abs((now.wall - self._heard.wall).total_seconds()))

    def _moment(self) -> Moment:
        return Moment(self._clock.monotonic(), self._clock.now())


def _final(entry: Entry) -> Report:
    outcome = entry.outcome or Outcome.UNKNOWN
    return Report(
        entry.release,
        entry.fence,
        LAST_SEQUENCE,
        KINDS[outcome],
        reason="" if outcome is Outcome.PRINTED else entry.code,
        impressions=entry.impressions,
        pages=entry.pages,
        receipt=entry.receipt.encode() if entry.ended else b"",
        keep=entry.keep and outcome is Outcome.PRINTED,
    )


def _named(entry: Entry) -> dict[str, Value]:
    """An outcome as it is recorded."""
    named: dict[str, Value] = {"release": entry.release, "job": entry.job, "fence": entry.fence}
    if entry.code:
        named["code"] = entry.code
    return named if entry.impressions is None else named | {"impressions": entry.impressions}
