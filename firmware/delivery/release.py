"""One granted release, from its grant to its outcome: open, create, send, watch, weigh; each step in the ledger."""

import asyncio
import logging
import traceback
from collections.abc import Callable
from functools import partial

from firmware.core.events import Stage
from firmware.delivery.document import Document
from firmware.delivery.guards import canceled, guarded
from firmware.delivery.lookout import Lookout, Tell
from firmware.delivery.means import Means, Order
from firmware.delivery.outcomes import (
    Delivered,
    DeliveryError,
    Ended,
    blocking,
    code_of,
    delivered_before,
    ended_by,
    weigh,
)
from firmware.delivery.pipeline import opened
from firmware.delivery.records import Entry, Step
from firmware.delivery.reports import Lease
from firmware.delivery.watch import Watch
from firmware.vault.release import OpenedJob
from firmware.vault.stream import BodyOpener
from hal.ports.printer import JobTicket, PrinterState

LOG = logging.getLogger("lockgate.delivery")

ATTEND_SECONDS = 2.0
STALL_SECONDS = 120.0
"""How long a printer that is idle, or says nothing, may leave a segment that is there for it."""


class Release:
    """Used once. `advance` is told each stage, `tell` for what the printer waits; `cancel` is set when the person asks
    for an end. `recorded` is done when the grant is in the audit record."""

    def __init__(
        self,
        means: Means,
        order: Order,
        *,
        advance: Callable[[Stage], None],
        tell: Tell,
        cancel: asyncio.Event,
        recorded: asyncio.Future[None],
    ) -> None:
        self._means = means
        self._order = order
        self._advance = advance
        self._cancel = cancel
        self._recorded = recorded
        self._lookout = Lookout(means.printer, tell)
        self._watch = Watch(means.printer, means.clock, self._lookout, cancel)
        self._lease = Lease(means.mesh, self._entry, means.clock)
        self._handed_over = 0

    async def run(self) -> Ended:
        """Print, and say honestly how that ended. Only a cancellation from outside gets past: then the ledger knows
        how far it was."""
        return await guarded(self._run(), self._lease.keep())

    async def _run(self) -> Ended:
        try:
            await self._print()
            status = await self._watch.until_final(self._entry, whole=True, cancel=False)
            ended = weigh(Delivered.WHOLE, status, "canceled" if self._cancel.is_set() else "")
        except Exception as exc:  # noqa: BLE001 - the dispatcher: whatever failed, the job gets an honest end
            ended = await self._after(exc)
        end = {"outcome": ended.outcome, "code": ended.code, "impressions": ended.impressions}
        await self._means.workers.run(partial(self._means.ledger.insist, self._entry.release, Step.ENDED, **end))
        return ended

    async def _print(self) -> None:
        """Returns when the printer has said that it has the whole document."""
        means, grant = self._means, self._order.grant
        ticket, opener = await self._open()
        source = opened(means.mesh, grant, opener, workers=means.workers, clock=means.clock)
        self._lease.want()
        async with Document(source, self._gate) as document:  # fetches the first segment while the job is made
            await self._create(ticket)  # not to be called off: a job whose id we never learn could not be taken back
            try:
                await guarded(self._send(ticket, document), canceled(self._cancel), self._attend(document))
            finally:
                self._handed_over = document.handed_over
        await means.workers.run(partial(means.ledger.insist, self._entry.release, Step.SENT))
        self._advance(Stage.PRINTING)

    async def _open(self) -> tuple[JobTicket, BodyOpener]:
        """The parts are gone when this returns, and of the keys only the body's is left."""
        order, opening = self._order, self._means.opening
        job = await self._means.workers.run(partial(opening.open, order.job, order.manifest, order.grant))
        return _ticket(self._entry, order.manifest.format, job), job.body_opener()

    async def _create(self, ticket: JobTicket) -> None:
        created = await self._means.printer.create_job(ticket)
        await self._note(Step.CREATED, printer_job=created.job_id)

    async def _send(self, ticket: JobTicket, document: Document) -> None:
        await self._means.printer.send_document(self._entry.printer_job or 0, ticket, document)

    async def _gate(self) -> None:
        """The last moment before the first byte may leave: the first segment is authentic, nobody called it off, the
        lease is ours, the release is in the audit record, and the ledger knows from here on that it has started. A
        process that was stopped for long while the ledger wrote is found out after it."""
        await asyncio.shield(self._recorded)
        await self._lease.confirmed()
        if self._cancel.is_set():
            raise DeliveryError("asked for at the station")
        await self._note(Step.STARTED)
        self._lease.require()
        self._advance(Stage.SENDING)

    async def _attend(self, document: Document) -> None:
        """While the document is sent: tell for what the printer waits, and call off one that only seems to listen."""
        seen, since = -1, self._means.clock.monotonic()
        while True:
            await self._means.clock.sleep(ATTEND_SECONDS)
            moves = document.handed_over != seen or document.is_awaited
            seen = document.handed_over
            if moves:
                self._lookout.note(())
            else:
                status = await self._lookout.look()
                moves = status is not None and (status.state is PrinterState.PROCESSING or bool(blocking(status)))
            since = self._means.clock.monotonic() if moves else since
            if self._means.clock.monotonic() - since >= STALL_SECONDS:
                raise DeliveryError("takes no more bytes", code="printer-stalled")

    async def _after(self, exc: Exception) -> Ended:
        """What broke, weighed with what the printer says of the job."""
        log_fault(exc)
        entry = self._entry
        size = self._order.manifest.plaintext_size
        delivered = delivered_before(exc, handed_over=self._handed_over, size=size)
        if entry.step.rank < Step.STARTED.rank or delivered is Delivered.NOTHING:
            await self._watch.withdraw(entry)
            return ended_by(exc)
        if entry.step is Step.SENT:
            delivered = Delivered.WHOLE
        status = await self._watch.until_final(entry, whole=False, cancel=delivered is Delivered.CUT)
        return weigh(delivered, status, code_of(exc))

    async def _note(self, step: Step, *, printer_job: int | None = None) -> None:
        """Durably in the ledger before anything else happens. Raises `StorageError`."""
        changes = {} if printer_job is None else {"printer_job": printer_job}
        advance = self._means.ledger.advance
        await self._means.workers.run(partial(advance, self._entry.release, step, **changes))

    @property
    def _entry(self) -> Entry:
        return self._means.ledger.entry(self._order.grant.release_id)


def log_fault(exc: Exception) -> None:
    """Type and place of what nobody foresaw; never the message, which may quote what it choked on."""
    if code_of(exc) == "internal":
        frames = traceback.extract_tb(exc.__traceback__)
        place = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "nowhere"
        LOG.error("internal fault in a delivery: %s at %s", type(exc).__name__, place)


def _ticket(entry: Entry, document_format: str, job: OpenedJob) -> JobTicket:
    attributes = job.attributes
    return JobTicket(
        name=entry.job_name,
        format=document_format,
        size=job.plaintext_size,
        copies=attributes.copies,
        sides=attributes.sides,
        color_mode=attributes.color_mode,
        media=attributes.media,
    )
