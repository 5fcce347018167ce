"""Subscriptions as IPP requests, and the printer's notices read (RFC 3995, and RFC 3996 for fetching them)."""

from collections.abc import Sequence
from dataclasses import dataclass

from hal.drivers.ipp_said import Said, only
from hal.drivers.ipp_words import USER, Requests
from hal.framing.ipp import Attribute, IppFormatError, IppOperation, IppStatus, IppTag, Message

EVENTS = (
    "job-state-changed",
    "printer-state-changed",
    "printer-config-changed",
    "job-progress",
    "job-created",
    "job-completed",
)
"""The weightiest first: a printer may take only so many (notify-max-events-supported). The last two are part of the
first one (RFC 3995 5.3.3.4.3), which not every printer knows."""
CONFIG_CHANGED = "printer-config-changed"
METHOD = "ippget"
LEASE = 300
"""Seconds after which a printer forgets a station that is gone."""
HIGHEST = 0x7FFFFFFF
"""The highest integer of IPP: there is no asking for a notice behind that one."""
NEEDED = (
    IppOperation.CREATE_PRINTER_SUBSCRIPTIONS,
    IppOperation.GET_NOTIFICATIONS,
)
OFFER_ATTRIBUTES = ("operations-supported", "notify-pull-method-supported", "notify-events-supported")
NOTICE_ATTRIBUTES = (
    "notify-subscription-id",
    "notify-lease-duration",
    "notify-sequence-number",
    "notify-subscribed-event",
    "notify-get-interval",
)
NOTICES_WANTED = (*OFFER_ATTRIBUTES, *NOTICE_ATTRIBUTES)


@dataclass(frozen=True, slots=True)
class Subscription:
    """`lease` in seconds; None where it lasts for ever."""

    number: int
    lease: int | None


@dataclass(frozen=True, slots=True)
class Notices:
    """What happened since. `following` is the next notice's sequence number; `interval` the seconds after which the
    printer wants to be asked again, where it says; `over`, that this subscription has no more to tell."""

    events: frozenset[str]
    following: int
    interval: int | None
    over: bool


class NoticeRequests(Requests):
    """Encodes what is asked about subscriptions."""

    def offer(self) -> bytes:
        """Get-Printer-Attributes, for what can be subscribed to."""
        asked = {"requesting-user-name": USER, "requested-attributes": OFFER_ATTRIBUTES}
        return self._encode(IppOperation.GET_PRINTER_ATTRIBUTES, asked)

    def subscribe(self, events: Sequence[str]) -> bytes:
        """Create-Printer-Subscriptions (RFC 3995 11.1.2)."""
        what = (
            Attribute("notify-pull-method", IppTag.KEYWORD, [METHOD]),
            Attribute("notify-events", IppTag.KEYWORD, events),
            Attribute("notify-lease-duration", IppTag.INTEGER, [LEASE]),
        )
        operation = IppOperation.CREATE_PRINTER_SUBSCRIPTIONS
        return self._encode(operation, {"requesting-user-name": USER}, subscription=what)

    def renew(self, number: int) -> bytes:
        """Renew-Subscription (11.2.6)."""
        which = Attribute("notify-subscription-id", IppTag.INTEGER, [number])
        lease = Attribute("notify-lease-duration", IppTag.INTEGER, [LEASE])
        asked = {"requesting-user-name": USER}
        return self._encode(IppOperation.RENEW_SUBSCRIPTION, asked, more=[which], subscription=[lease])

    def cancel(self, number: int) -> bytes:
        """Cancel-Subscription (11.2.7)."""
        return self._about(
            IppOperation.CANCEL_SUBSCRIPTION, Attribute("notify-subscription-id", IppTag.INTEGER, [number])
        )

    def notifications(self, number: int, following: int, *, wait: bool) -> bytes:
        """Get-Notifications (RFC 3996 5.1); with `wait` the printer may answer when something happens."""
        return self._about(
            IppOperation.GET_NOTIFICATIONS,
            Attribute("notify-subscription-ids", IppTag.INTEGER, [number]),
            Attribute("notify-sequence-numbers", IppTag.INTEGER, [following]),
            Attribute("notify-wait", IppTag.BOOLEAN, [wait]),
        )

    def _about(self, operation: IppOperation, *more: Attribute) -> bytes:
        return self._encode(operation, {"requesting-user-name": USER}, more=more)


def read_offer(message: Message) -> tuple[str, ...]:
    """Which of `EVENTS` the printer tells of; none where it takes no subscriptions that are fetched. Raises
    `IppFormatError`."""
    said = only(message.printers, "printer")
    able = set(said.numbers("operations-supported")) >= {one.value for one in NEEDED}
    if not able or METHOD not in said.texts("notify-pull-method-supported"):
        return ()
    told = said.texts("notify-events-supported") or EVENTS
    return tuple(event for event in EVENTS if event in told)


def read_subscription(message: Message) -> Subscription:
    """What was opened or renewed. Raises `IppFormatError` where the printer gives no subscription."""
    said = only(message.subscriptions, "subscription")
    number = said.number("notify-subscription-id")
    if not number:
        raise IppFormatError("no notify-subscription-id")
    return Subscription(number, said.number("notify-lease-duration") or None)


def read_notices(message: Message, number: int, following: int) -> Notices:
    """The notices of the subscription `number` from sequence number `following` on: printers may repeat older ones."""
    events: set[str] = set()
    after = following
    for group in message.events:
        said = Said(group)
        sequence = said.number("notify-sequence-number")
        if said.number("notify-subscription-id") not in (number, None) or sequence is None or sequence < following:
            continue
        after = max(after, sequence + 1)
        events.add(said.text("notify-subscribed-event"))
    interval = Said(message.operation).number("notify-get-interval")
    over = message.code == IppStatus.OK_EVENTS_COMPLETE or after > HIGHEST
    return Notices(frozenset(events), after, interval, over)
