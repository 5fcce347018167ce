"""A printer that is played by hand in virtual time, for whoever waits for its news: every question is looked at."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from hal.drivers.ipp_news import WAIT, IppNews
from hal.drivers.ipp_notices import LEASE, NOTICES_WANTED, NoticeRequests
from hal.framing.ipp import IppFormatError, IppOperation, IppStatus, Message, Values, decode
from hal.ports.errors import DeviceError, PrinterProtocolError, PrinterRefusedError
from hal.sim.clock import VirtualClock

T = TypeVar("T")

OFFER: Values = {
    "operations-supported": (2, 4, 22, 26, 27, 28),
    "notify-pull-method-supported": ("ippget",),
    "notify-events-supported": ("job-state-changed", "printer-state-changed", "printer-config-changed"),
}
WANTED = (
    *NOTICES_WANTED,
    "notify-subscription-ids",
    "notify-sequence-numbers",
    "notify-wait",
    "notify-events",
    "notify-pull-method",
)
Answer = Message | DeviceError


def notice(sequence: int, event: str = "job-state-changed", number: int = 1) -> Values:
    return {
        "notify-subscription-id": (number,),
        "notify-sequence-number": (sequence,),
        "notify-subscribed-event": (event,),
    }


def notices(*events: Values, code: int = 0, interval: int | None = None) -> Message:
    return Message(code, 1, {} if interval is None else {"notify-get-interval": (interval,)}, events=events)


class PlayedPrinter:
    """Takes questions as `IppTransport` would; `listen` answers Get-Notifications, and may take its time."""

    def __init__(self, listen: Callable[[Message], Awaitable[Answer]]) -> None:
        self.listen = listen
        self.offer: Answer = Message(0, 1, printers=(OFFER,))
        self.lease = LEASE
        self.refused: set[int] = set()
        self.asked: list[tuple[float, Message]] = []
        self.closed = False
        self._subscriptions = 0

    async def ask(self, request: bytes, read: Callable[[Message], T], *, wait: float | None = None) -> T:
        message = decode(request, WANTED)
        self.asked.append((asyncio.get_running_loop().time(), message))
        answer = await asyncio.wait_for(self._answer(message), WAIT + 1) if wait else await self._answer(message)
        if isinstance(answer, DeviceError):
            raise answer
        try:
            return read(answer)
        except IppFormatError as exc:
            raise PrinterProtocolError("p", str(exc)) from exc

    async def _answer(self, message: Message) -> Answer:
        if message.code in self.refused:
            return PrinterRefusedError("p", "", IppStatus.ERROR_NOT_FOUND)
        match message.code:
            case IppOperation.GET_PRINTER_ATTRIBUTES:
                return self.offer
            case IppOperation.CREATE_PRINTER_SUBSCRIPTIONS:
                self._subscriptions += 1
                said: Values = {
                    "notify-subscription-id": (self._subscriptions,),
                    "notify-lease-duration": (self.lease,),
                }
                return Message(0, 1, subscriptions=(said,))
            case IppOperation.GET_NOTIFICATIONS:
                return await self.listen(message)
        return Message(0, 1)

    def close(self) -> None:
        self.closed = True

    def times(self, operation: IppOperation) -> list[float]:
        return [at for at, message in self.asked if message.code == operation]

    def questions(self, operation: IppOperation) -> list[Values]:
        return [message.operation for _, message in self.asked if message.code == operation]


def news_of(printer: PlayedPrinter, on_config: Callable[[], None] = lambda: None) -> IppNews:
    return IppNews(printer, NoticeRequests("ipps://p/ipp/print"), VirtualClock(), on_config)


def now() -> float:
    return asyncio.get_running_loop().time()


async def never(_asked: Message) -> Answer:
    await asyncio.Event().wait()
    raise AssertionError
