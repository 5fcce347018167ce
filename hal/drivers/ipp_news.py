"""Waiting for a printer's news: one subscription (RFC 3996), made again when it is lost, and asked about politely."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Protocol, TypeVar

from hal.drivers.ipp_notices import (
    CONFIG_CHANGED,
    NoticeRequests,
    Notices,
    Subscription,
    read_notices,
    read_offer,
    read_subscription,
)
from hal.framing.ipp import Message
from hal.ports.clock import Clock
from hal.ports.errors import DeviceError, PrinterProtocolError

T = TypeVar("T")

WAIT = 60.0
"""Seconds that the printer may hold an answer back; one that waits longer is asked again."""
HELD = 1.0
"""Seconds after which an answer without news was held back; one that comes sooner was not, so it does not wait."""
GAP = 0.2
"""Seconds between two questions at least: a printer that always has news is not asked without a pause."""
LEAST, USUAL, MOST = 1, 5, 120
"""Seconds between questions to a printer that does not wait; the second where it does not say."""
AGAIN = 30.0
"""Seconds before a printer is asked again that gave no subscription, or lost one it had hardly given."""
OFFER_AGAIN = 600.0
"""The same for one that knows no subscriptions: new firmware may."""
FAREWELL = 2.0


class Transport(Protocol):
    """What carries the questions: `IppTransport`, on a connection and a thread of their own."""

    async def ask(self, request: bytes, read: Callable[[Message], T], *, wait: float | None = None) -> T: ...

    def close(self) -> None: ...


class IppNews:
    """Not more than one question at a time. It outlives the call that began it, so that nothing the printer holds back
    is thrown away with each; nobody who waits, no new question."""

    def __init__(
        self, transport: Transport, requests: NoticeRequests, clock: Clock, on_config: Callable[[], None]
    ) -> None:
        self._transport = transport
        self._requests = requests
        self._clock = clock
        self._on_config = on_config
        self._task: asyncio.Task[bool] | None = None
        self._subscription: Subscription | None = None
        self._renewed = 0.0
        self._following = 1
        self._waits = True
        self._proved = False
        self._quiet_until = 0.0
        self._closed = False

    async def next_change(self, seconds: float) -> None:
        """As the port says: there may be news, or `seconds` are over."""
        ends = self._clock.monotonic() + seconds
        while (left := ends - self._clock.monotonic()) > 0:
            quiet = left if self._closed else self._quiet_until - self._clock.monotonic()
            if self._task is None and quiet > 0:
                await self._clock.sleep(min(left, quiet))
            elif await self._waited(left):
                return

    async def _waited(self, seconds: float) -> bool:
        """Whether the question under way, or a new one, had news in that time."""
        task = self._task = self._task or asyncio.create_task(self._question())
        done, _ = await asyncio.wait({task}, timeout=seconds)
        if self._task is task and done:
            self._task = None
        return bool(done) and not task.cancelled() and task.result()

    async def aclose(self) -> None:
        """End the question and the subscription; whoever waits goes on waiting, without news. Idempotent."""
        self._closed = True
        task, self._task = self._task, None
        try:
            if task is not None:
                task.cancel()
                await asyncio.wait({task})
            await self._unsubscribe()
        finally:
            self._transport.close()

    async def _unsubscribe(self) -> None:
        subscription, self._subscription = self._subscription, None
        if subscription is not None:
            with suppress(DeviceError, TimeoutError):
                async with asyncio.timeout(FAREWELL):
                    await self._transport.ask(self._requests.cancel(subscription.number), _nothing)

    async def _question(self) -> bool:
        try:
            if self._subscription is None:
                return await self._subscribe()
            await self._renew(self._subscription)
            return await self._listen(self._subscription)
        except DeviceError as exc:
            return self._failed(exc)

    async def _subscribe(self) -> bool:
        """A new subscription is news: what happened before it, nobody told."""
        events = await self._transport.ask(self._requests.offer(), read_offer)
        if not events:
            self._pause(OFFER_AGAIN)
            return False
        self._subscription = await self._transport.ask(self._requests.subscribe(events), read_subscription)
        self._renewed, self._following = self._clock.monotonic(), 1
        return True

    async def _renew(self, subscription: Subscription) -> None:
        """Once half of the lease is over."""
        if subscription.lease is None or self._clock.monotonic() < self._renewed + subscription.lease / 2:
            return
        await self._transport.ask(self._requests.renew(subscription.number), _nothing)
        self._renewed = self._clock.monotonic()

    async def _listen(self, subscription: Subscription) -> bool:
        began = self._clock.monotonic()
        request = self._requests.notifications(subscription.number, self._following, wait=self._waits)
        read = partial(read_notices, number=subscription.number, following=self._following)
        notices = await self._transport.ask(request, read, wait=WAIT if self._waits else None)
        self._proved, self._following = True, notices.following
        if notices.over:
            self._subscription = None
        if CONFIG_CHANGED in notices.events:
            self._on_config()
        self._pause(self._interval(notices, self._clock.monotonic() - began))
        return bool(notices.events)

    def _interval(self, notices: Notices, took: float) -> float:
        """Seconds until the next question."""
        self._waits = self._waits and (bool(notices.events) or took >= HELD)
        if self._waits:
            return GAP
        return min(max(notices.interval or USUAL, LEAST), MOST)

    def _failed(self, exc: DeviceError) -> bool:
        """A subscription that had worked and is gone is news, too."""
        if self._subscription is not None and isinstance(exc.__cause__, TimeoutError):
            self._pause(GAP)  # it held its answer back longer than we wait
            return False
        if self._subscription is not None and self._waits and isinstance(exc, PrinterProtocolError):
            self._waits = False  # it answers a waiting question by a stream of parts (RFC 3996 9.1)
            return False
        was, self._proved, self._subscription = self._proved, False, None
        self._pause(GAP if was else AGAIN)
        return was

    def _pause(self, seconds: float) -> None:
        self._quiet_until = self._clock.monotonic() + seconds


def _nothing(_message: Message) -> None:
    """For answers that need not say more than that they are none of refusal."""
