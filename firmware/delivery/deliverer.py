"""From "print this job" to its outcome: what is checked before the mesh is asked, and the one place to call it off."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from firmware.audit.events import AuditEvent
from firmware.core.events import Event, Stage
from firmware.core.questions import PAGE_RANGES
from firmware.core.wishes import AS_SUBMITTED, Wishes
from firmware.delivery.answers import Answers
from firmware.delivery.converting import choose
from firmware.delivery.errors import DeliveryError
from firmware.delivery.guards import canceled, guarded
from firmware.delivery.ledger import LedgerError
from firmware.delivery.means import Means, Order
from firmware.delivery.obstacles import blocking
from firmware.delivery.outcomes import Ended, code_of, ended_by
from firmware.delivery.planning import draft
from firmware.delivery.records import Entry
from firmware.delivery.release import Release, log_fault
from firmware.delivery.voice import Voice
from firmware.mesh.messages import Grant, HeldJob, Session
from firmware.vault.manifest import Manifest
from hal.ports.printer import Capabilities, PrinterStatus


class Deliverer:
    """One delivery at a time; `post` takes what the core wants to know of it. `ref` is the core's number."""

    def __init__(self, means: Means, post: Callable[[Event], None]) -> None:
        self._means = means
        self._post = post
        self._turn = asyncio.Lock()

    async def run(
        self,
        ref: int,
        session: Session,
        job: HeldJob,
        cancel: asyncio.Event,
        *,
        first_page: int = 1,
        answers: Answers | None = None,
        wishes: Wishes = AS_SUBMITTED,
    ) -> Ended:
        """Release and print one job, from `first_page` on. Raises nothing: what went wrong is in the outcome's code.
        Set `cancel` to ask for an end; what really came of that is the outcome. `answers` are those of the person who
        stands there; without any, nobody is asked. `wishes` count for their own jobs: another's is made as it was
        submitted."""
        voice = Voice(ref, self._post, answers, self._means.clock, cancel)
        async with self._turn:
            return await self._run(voice, session, job, cancel, first_page=first_page, wishes=wishes)

    async def _run(
        self, voice: Voice, session: Session, job: HeldJob, cancel: asyncio.Event, *, first_page: int, wishes: Wishes
    ) -> Ended:
        voice.advance(Stage.ASKING)
        try:
            order = await guarded(self._order(voice, session, job, first_page), canceled(cancel))
        except Exception as exc:  # noqa: BLE001 - a dispatcher: the next job must not suffer for this one
            log_fault(exc)
            return ended_by(exc)
        try:
            order = replace(order, wishes=wishes if job.delegation is None else AS_SUBMITTED)
            release = await self._begun(voice, order, cancel)
        except Exception as exc:  # noqa: BLE001 - the same, and the mesh must not hold the job for us in vain
            log_fault(exc)
            await self._give_back(order.grant, exc)
            return ended_by(exc)
        return await release.run()

    async def _order(self, voice: Voice, session: Session, job: HeldJob, first_page: int) -> Order:
        """Everything that can stop a release while nothing has left the mesh, cheapest first; then the grant."""
        await self._settle_earlier(job.job_id)
        manifest = await self._means.workers.run(
            partial(self._means.opening.verify, job, session, self._means.clock.now())
        )
        status, can = await self._ready_printer()
        try:
            self._require_way(manifest, can, first_page)
        except DeliveryError as exc:
            if exc.code != "rest-unsupported" or not await voice.print_anyway((PAGE_RANGES,)):
                raise
            first_page = 1
            status, can = await self._ready_printer()  # they took their time
            self._require_way(manifest, can, first_page)
        grant = await self._means.mesh.ask_release(session.session_id, job.job_id, job.delegation)
        return Order(job, manifest, grant, can, status, first_page)

    def _require_way(self, manifest: Manifest, can: Capabilities, first_page: int) -> None:
        choose(draft(manifest, first_page), can, self._means.converter, manifest.plaintext_size)

    async def _begun(self, voice: Voice, order: Order, cancel: asyncio.Event) -> Release:
        """The ledger knows of a grant before anything is done with it. Not to be called off: a release that is in the
        ledger needs an end there."""
        grant, keep = order.grant, order.wishes.keep
        entry = Entry(grant.release_id, order.job.job_id, grant.fence, keep=keep)
        granted = AuditEvent.RELEASE_GRANTED
        recorded = self._means.record.begin(granted, release=entry.release, job=entry.job, fence=entry.fence)
        await self._means.workers.run(partial(self._means.ledger.intend, entry))
        return Release(self._means, order, voice=voice, cancel=cancel, recorded=recorded)

    async def _give_back(self, grant: Grant, exc: Exception) -> None:
        """Not for a release that was here before: how that one ends is for the ledger to say."""
        if not isinstance(exc, LedgerError):
            await self._means.reports.give_back(grant, code_of(exc))

    async def _settle_earlier(self, job_id: str) -> None:
        """No second release of a job while the mesh does not know how our last one ended."""
        ledger = self._means.ledger
        if any(entry.job == job_id for entry in ledger.unsettled()):
            raise DeliveryError("its last release is still being settled", code="release-unsettled")
        for entry in ledger.unreported():
            if entry.job == job_id:
                await self._means.reports.push(entry)

    async def _ready_printer(self) -> tuple[PrinterStatus, Capabilities]:
        """Of one that says that it can print now; what it can do, its driver knows without asking."""
        printer = self._means.printer
        status, can = await asyncio.gather(printer.status(), printer.capabilities())
        if reasons := blocking(status):
            raise DeliveryError(", ".join(reasons), code="printer-needs-you")
        return status, can
