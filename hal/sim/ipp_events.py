"""What the served twin does for the operations of subscriptions (RFC 3995 11, RFC 3996 5)."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from hal.framing.ipp import IppOperation, IppStatus
from hal.ports.errors import PrinterRefusedError
from hal.sim.ipp_answers import OPERATION_GROUP, Groups, only_requested
from hal.sim.ipp_description import up_time
from hal.sim.ipp_message import ENUM, INT, KEYWORD, NAME, Attr, Group, Request
from hal.sim.ipp_subscriptions import Subscription, Subscriptions
from hal.sim.printer import SimPrinter

SUBSCRIPTION_GROUP, EVENT_GROUP = 6, 7
GET_INTERVAL = 5
"""Seconds after which a client that does not wait should ask again."""
LONGEST_WAIT = 30.0
"""Seconds that a client which waits is kept."""
JobIdOf = Callable[[Request], int]


class EventOperations:
    """`asked` counts Get-Notifications."""

    def __init__(self, printer: SimPrinter, uri: Callable[[], str]) -> None:
        self.asked = 0
        self._printer = printer
        self._all = Subscriptions(printer, uri)
        self._performers: Mapping[int, Callable[[Request, JobIdOf], Awaitable[Groups]]] = {
            IppOperation.CREATE_PRINTER_SUBSCRIPTIONS: self._create_for_printer,
            IppOperation.CREATE_JOB_SUBSCRIPTIONS: self._create_for_job,
            IppOperation.GET_SUBSCRIPTION_ATTRIBUTES: self._get_one,
            IppOperation.GET_SUBSCRIPTIONS: self._get_all,
            IppOperation.RENEW_SUBSCRIPTION: self._renew,
            IppOperation.CANCEL_SUBSCRIPTION: self._cancel,
            IppOperation.GET_NOTIFICATIONS: self._get_notifications,
        }
        self.codes = tuple(self._performers)

    def forget(self) -> None:
        """The power went."""
        self._all.forget()

    async def perform(self, request: Request, job_id: JobIdOf) -> Groups:
        """The groups of a successful answer. Raises `PrinterRefusedError`, `ValueError`."""
        return await self._performers[request.code](request, job_id)

    async def _create_for_printer(self, request: Request, _job_id: JobIdOf) -> Groups:
        return self._create(request, None)

    async def _create_for_job(self, request: Request, _job_id: JobIdOf) -> Groups:
        job_id = int(request.value("notify-job-id") or 0)
        self._printer.engine.find(job_id)
        return self._create(request, job_id)

    def _create(self, request: Request, job_id: int | None) -> Groups:
        """Raises `PrinterRefusedError` 0x0413 where not one could be made."""
        asked = [group for tag, group in request.groups if tag == SUBSCRIPTION_GROUP]
        made = [self._one(group, job_id, str(request.value("requesting-user-name") or "")) for group in asked]
        if not any(attributes[0].name == "notify-subscription-id" for _tag, attributes in made):
            raise PrinterRefusedError(self._printer.name, "", IppStatus.ERROR_IGNORED_ALL_SUBSCRIPTIONS)
        return made

    def _one(self, asked: Group, job_id: int | None, user: str) -> tuple[int, list[Attr]]:
        try:
            made = self._all.create(asked, job_id, user)
        except PrinterRefusedError as exc:
            return SUBSCRIPTION_GROUP, [Attr("notify-status-code", ENUM, [exc.status])]
        said = [Attr("notify-subscription-id", INT, [made.number])]
        if job_id is None:
            said.append(Attr("notify-lease-duration", INT, [self._all.lease(made)]))
        return SUBSCRIPTION_GROUP, said

    async def _get_one(self, request: Request, _job_id: JobIdOf) -> Groups:
        found = self._all.find(_number(request))
        return [(SUBSCRIPTION_GROUP, only_requested(request, self._describe(found)))]

    async def _get_all(self, request: Request, _job_id: JobIdOf) -> Groups:
        found = self._all.everyone(request.value("notify-job-id"))[: request.value("limit")]
        said = (self._describe(one) for one in found)
        return [(SUBSCRIPTION_GROUP, only_requested(request, one, ("notify-subscription-id",))) for one in said]

    async def _renew(self, request: Request, _job_id: JobIdOf) -> Groups:
        asked = next((group for tag, group in request.groups if tag == SUBSCRIPTION_GROUP), request.operation)
        renewed = self._all.renew(_number(request), asked)
        return [(SUBSCRIPTION_GROUP, [Attr("notify-lease-duration", INT, [self._all.lease(renewed)])])]

    async def _cancel(self, request: Request, _job_id: JobIdOf) -> Groups:
        self._all.cancel(_number(request))
        return []

    async def _get_notifications(self, request: Request, _job_id: JobIdOf) -> Groups:
        """Event Wait Mode (RFC 3996 5.2): one answer, as soon as there is something to tell."""
        self.asked += 1
        wait = LONGEST_WAIT if request.value("notify-wait") else 0.0
        events = self._fetch(request)
        end = self._printer.engine.clock.monotonic() + wait
        while not events and self._printer.on and (left := end - self._printer.engine.clock.monotonic()) > 0:
            await self._printer.wait_for_change(left)
            await asyncio.sleep(0)  # what changed may not be all yet
            events = self._fetch(request)
        said = [
            Attr("notify-get-interval", INT, [GET_INTERVAL]),
            Attr("printer-up-time", INT, [up_time(self._printer)]),
        ]
        return [(OPERATION_GROUP, said), *((EVENT_GROUP, event) for event in events)]

    def _fetch(self, request: Request) -> list[list[Attr]]:
        numbers = request.values("notify-subscription-ids")
        since = request.values("notify-sequence-numbers") + (1,) * len(numbers)
        asked = [(self._all.find(number), first) for number, first in zip(numbers, since, strict=False)]
        return [event for one, first in asked for event in self._all.fetch(one, first)]

    def _describe(self, one: Subscription) -> list[Attr]:
        said = [
            Attr("notify-subscription-id", INT, [one.number]),
            Attr("notify-sequence-number", INT, [one.sequence]),
            Attr("notify-events", KEYWORD, one.events),
            Attr("notify-pull-method", KEYWORD, ["ippget"]),
            Attr("notify-subscriber-user-name", NAME, [one.user or "anonymous"]),
            Attr("notify-printer-up-time", INT, [up_time(self._printer)]),
        ]
        if one.job_id is not None:
            return [*said, Attr("notify-job-id", INT, [one.job_id])]
        return [*said, Attr("notify-lease-duration", INT, [self._all.lease(one)])]


def _number(request: Request) -> int:
    """Raises `ValueError` where the request names no subscription."""
    return int(request.value("notify-subscription-id") or "")
