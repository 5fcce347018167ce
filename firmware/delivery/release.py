"""One granted release, from its grant to its outcome: open, create, send, watch, weigh; each step in the ledger."""

import asyncio
import logging
import traceback
from collections.abc import AsyncGenerator
from dataclasses import replace
from functools import partial
from typing import Any

from firmware.core.events import Outcome, Stage
from firmware.delivery.attendance import attend
from firmware.delivery.converting import choose, converted, for_printer
from firmware.delivery.counting import Extent
from firmware.delivery.document import Document
from firmware.delivery.errors import DeliveryError
from firmware.delivery.guards import canceled, guarded
from firmware.delivery.lookout import Lookout
from firmware.delivery.matching import matched
from firmware.delivery.means import Means, Order
from firmware.delivery.outcomes import Delivered, Ended, Missing, by_word, code_of, delivered_before, ended_by, weigh
from firmware.delivery.pace import Pace
from firmware.delivery.pipeline import opened
from firmware.delivery.planning import extent_of, require_rest, ticket_of
from firmware.delivery.records import Entry, Step
from firmware.delivery.reports import Lease
from firmware.delivery.saving import saved
from firmware.delivery.voice import Voice
from firmware.delivery.watch import Watch
from firmware.vault.receipt import Asked, Printer
from firmware.vault.stream import BodyOpener
from hal.ports.errors import PrinterRefusedError
from hal.ports.printer import JobStatus, JobTicket

LOG = logging.getLogger("lockgate.delivery")


class Release:
    """Used once. `cancel` is set when the person asks for an end. `recorded` is done when the grant is in the audit
    record."""

    def __init__(
        self, means: Means, order: Order, *, voice: Voice, cancel: asyncio.Event, recorded: asyncio.Future[None]
    ) -> None:
        self._means = means
        self._order = order
        self._voice = voice
        self._cancel = cancel
        self._recorded = recorded
        self._lookout = Lookout(means.printer, voice.wait)
        quirks = order.can.quirks
        self._pace = Pace(means.clock, order.can)
        self._watch = Watch(
            means.printer, means.clock, self._lookout, cancel, heard=self._heard, quirks=quirks, pace=self._pace
        )
        self._lease = Lease(means.mesh, self._entry, means.clock)
        self._extent = Extent(first_page=order.first_page)
        self._may_have_job = False
        self._ticket: JobTicket | None = None
        self._handed_over = 0
        self._is_whole = False
        self._is_refused = False

    async def run(self) -> Ended:
        """Print, and say honestly how that ended. Only a cancellation from outside gets past: then the ledger knows
        how far it was."""
        return await guarded(self._run(), self._lease.keep())

    async def _run(self) -> Ended:
        try:
            await self._print()
            status = await self._watch.until_final(self._entry, whole=True, cancel=False, extent=self._extent)
            ended = self._weighed(Delivered.WHOLE, status, "canceled" if self._cancel.is_set() else "")
        except Exception as exc:  # noqa: BLE001 - the dispatcher: whatever failed, the job gets an honest end
            ended = await self._after(exc)
        ended = await self._asked(ended)
        await self._means.reports.end(self._entry, ended)
        return ended

    async def _print(self) -> None:
        """Returns when the printer has said that it has the whole document."""
        means = self._means
        ticket, opener = await self._open()
        self._lease.want()
        require_rest(self._extent)
        ticket, source = self._prepared(await self._agreed(ticket), opener)
        async with Document(source, self._gate) as document:  # fetches while the job is made
            await self._create(ticket)  # not to be called off: a job whose id we never learn could not be taken back
            sending = self._means.printer.send_document(self._entry.printer_job or 0, ticket, document)
            try:
                await guarded(sending, canceled(self._cancel), attend(document, self._lookout, means.clock))
            finally:
                self._handed_over = document.handed_over
                self._is_whole = document.is_over or document.handed_over == ticket.size
        await means.workers.run(partial(means.ledger.insist, self._entry.release, Step.SENT))
        self._voice.advance(Stage.PRINTING)

    async def _open(self) -> tuple[JobTicket, BodyOpener]:
        """The parts are gone when this returns, and of the keys only the body's is left."""
        order, opening = self._order, self._means.opening
        job = await self._means.workers.run(partial(opening.open, order.job, order.manifest, order.grant))
        job = replace(job, attributes=saved(job.attributes, order.wishes))
        self._extent = extent_of(job.attributes, order.first_page)
        return ticket_of(self._entry, order.manifest.format, job, self._extent), job.body_opener()

    async def _agreed(self, ticket: JobTicket) -> JobTicket:
        """What this printer can make of it, and the person's word for it where that is not what was asked for."""
        match = matched(ticket, self._order.can)
        if match.serious and not await self._voice.print_anyway(match.serious):
            raise DeliveryError("" if self._cancel.is_set() else ", ".join(match.serious), code=self._refusal)
        if match.lost:
            self._voice.lacks(match.lost)
        self._extent = replace(self._extent, copies=match.ticket.copies)
        return match.ticket

    @property
    def _refusal(self) -> str:
        return "canceled" if self._cancel.is_set() else "printer-lacks"

    def _prepared(self, ticket: JobTicket, opener: BodyOpener) -> tuple[JobTicket, AsyncGenerator[bytes, None]]:
        """The document as the printer is to get it, and the ticket that goes with that."""
        means, order = self._means, self._order
        plan = choose(ticket, order.can, means.converter, order.manifest.plaintext_size)
        document = opened(means.mesh, order.grant, opener, workers=means.workers, clock=means.clock)
        if plan.conversion is not None:
            self._voice.advance(Stage.CONVERTING)
        ticket = for_printer(ticket, plan)
        self._extent = replace(self._extent, by_range=bool(ticket.pages))
        return ticket, converted(document, plan, means.converter)

    async def _create(self, ticket: JobTicket) -> None:
        self._may_have_job, self._ticket = True, ticket
        try:
            created = await self._means.printer.create_job(ticket)
        except PrinterRefusedError:
            self._may_have_job = False
            raise
        extent = self._extent
        about = {"first_page": extent.first_page, "copies": ticket.copies, "total": extent.pages}
        of_printer = {"printer_job": created.job_id, "printer_uuid": created.uuid}
        await self._note(Step.CREATED, two_sided=extent.two_sided, **of_printer, **about)

    async def _gate(self) -> None:
        """The last moment before the first byte may leave: the first segment is authentic, nobody called it off, the
        lease is ours, the release is in the audit record, and the ledger knows from here on that it has started. A
        process that was stopped for long while the ledger wrote is found out after it."""
        await asyncio.shield(self._recorded)
        await self._lease.confirmed()
        if self._cancel.is_set():
            raise DeliveryError("asked for at the station")
        await self._note(Step.STARTED, receipt=self._drafted())
        self._lease.require()
        self._pace.begin()
        self._voice.advance(Stage.SENDING)

    def _drafted(self) -> str:
        order, ticket = self._order, self._ticket
        printer = Printer(order.status.uuid, order.can.model, order.status.name)
        asked = Asked(ticket.copies, ticket.sides, ticket.color_mode, order.first_page) if ticket else Asked()
        return self._means.notary.draft(order.grant, order.job.manifest, printer, asked)

    def _heard(self, status: JobStatus) -> None:
        if not status.state.final and not self._is_refused:
            self._voice.page(self._extent.page(status.impressions))

    async def _after(self, exc: Exception) -> Ended:
        """What broke, weighed with what the printer says of the job."""
        log_fault(exc)
        entry = self._entry
        delivered = delivered_before(exc, handed_over=self._handed_over, whole=self._is_whole)
        # Who refuses a document after a part of it may have printed that part.
        self._is_refused = isinstance(exc, PrinterRefusedError)
        was_heard = self._handed_over and self._is_refused
        if entry.step.rank < Step.STARTED.rank or (delivered is Delivered.NOTHING and not was_heard):
            if self._may_have_job:
                await self._watch.withdraw(entry)
            return replace(ended_by(exc), pages=self._order.job.pages_out)
        if entry.step is Step.SENT:
            delivered = Delivered.WHOLE
        is_cut = delivered in (Delivered.CUT, Delivered.NOTHING)
        status = await self._watch.until_final(entry, whole=False, cancel=is_cut, extent=self._extent)
        return self._weighed(delivered, status, code_of(exc))

    def _weighed(self, delivered: Delivered, status: JobStatus | Missing, code: str) -> Ended:
        watch, quirks = self._watch, self._order.can.quirks
        ended = weigh(delivered, status, code, self._extent, quirks, seen=watch.seen, is_too_soon=watch.is_too_soon)
        return replace(ended, sheets=status.sheets if isinstance(status, JobStatus) else None)

    async def _asked(self, ended: Ended) -> Ended:
        """What nobody can know but the person who stands there is theirs to say. After their no, what the printer may
        still have of the job is taken back."""
        if ended.outcome is not Outcome.UNKNOWN and ended.code != "page-beyond-end":
            return ended
        told = by_word(await self._voice.came_out(self._extent), ended, self._extent)
        if told.outcome is Outcome.HELD:
            await self._watch.withdraw(self._entry)
        return replace(told, sheets=ended.sheets)

    async def _note(self, step: Step, **changes: Any) -> None:
        """Durably in the ledger before anything else happens. Raises `StorageError`."""
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
