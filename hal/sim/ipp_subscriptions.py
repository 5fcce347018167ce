"""The served twin's subscriptions and the events they bring (RFC 3995), fetched by whoever subscribed (RFC 3996)."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from pyipp.enums import IppJobState, IppPrinterState

from hal.ports.errors import PrinterRefusedError
from hal.ports.printer import JobState, JobStatus, PrinterState, PrinterStatus
from hal.sim.ipp_description import EVENTS, up_time
from hal.sim.ipp_message import BOOL, CHARSET, ENUM, INT, KEYWORD, LANGUAGE, NAME, TEXT, URI, Attr, Group
from hal.sim.printer import SimPrinter

NOT_FOUND, TOO_MANY, NOT_SUPPORTED = 0x0406, 0x0414, 0x040B
LEASE, LONGEST_LEASE, MOST, KEPT = 3600, 86400, 100, 100
DEFAULT_EVENTS = ("job-completed",)


@dataclass(slots=True)
class Subscription:
    """`job_id` is None for one about the printer. `ends` is in seconds of the clock, None never."""

    number: int
    job_id: int | None
    events: tuple[str, ...]
    ends: float | None
    user: str = ""
    sequence: int = 0
    kept: deque[tuple[int, list[Attr]]] = field(default_factory=lambda: deque(maxlen=KEPT))


class Subscriptions:
    """All of one printer's. What happened is found by looking: `collect` compares with the last look."""

    def __init__(self, printer: SimPrinter, uri: Callable[[], str]) -> None:
        self._printer = printer
        self._uri = uri
        self._all: dict[int, Subscription] = {}
        self._last = 0
        self._status: PrinterStatus | None = None
        self._configured = 0.0
        self._jobs: dict[int, JobStatus] = {}

    def create(self, asked: Group, job_id: int | None, user: str) -> Subscription:
        """Raises `PrinterRefusedError` 0x0414, and 0x040B for anything but ippget and events that exist."""
        self.collect()
        if len(self._all) >= MOST:
            raise PrinterRefusedError(self._printer.name, "subscriptions", TOO_MANY)
        events = asked["notify-events"].values if "notify-events" in asked else DEFAULT_EVENTS
        method = asked["notify-pull-method"].values[0] if "notify-pull-method" in asked else ""
        known = tuple(event for event in events if event in EVENTS)
        if method != "ippget" or not known:
            raise PrinterRefusedError(self._printer.name, "pull by ippget alone", NOT_SUPPORTED)
        self._last += 1
        ends = None if job_id is not None else self._end(asked)
        made = self._all[self._last] = Subscription(self._last, job_id, known, ends, user)
        return made

    def renew(self, number: int, asked: Group) -> Subscription:
        """Raises `PrinterRefusedError` 0x0406."""
        found = self.find(number)
        found.ends = self._end(asked)
        return found

    def cancel(self, number: int) -> None:
        """Raises `PrinterRefusedError` 0x0406."""
        del self._all[self.find(number).number]

    def find(self, number: int) -> Subscription:
        """Raises `PrinterRefusedError` 0x0406 for one that is not or no longer there."""
        self._expire()
        if number not in self._all:
            raise PrinterRefusedError(self._printer.name, f"no subscription {number}", NOT_FOUND)
        return self._all[number]

    def everyone(self, job_id: int | None) -> list[Subscription]:
        """Those about the printer, or about one job."""
        self._expire()
        return [one for one in self._all.values() if one.job_id == job_id]

    def lease(self, one: Subscription) -> int:
        """Seconds that it was given or still has; 0 without end."""
        return 0 if one.ends is None else max(1, round(one.ends - self._now))

    def fetch(self, one: Subscription, since: int) -> list[list[Attr]]:
        """Its events from sequence number `since`."""
        self.collect()
        return [event for number, event in one.kept if number >= since]

    def forget(self) -> None:
        """The power went: nobody is subscribed to anything."""
        self._all.clear()
        self._jobs.clear()
        self._status = None

    def collect(self) -> None:
        """Give everyone the events since the last look."""
        for job_id, event, attributes in list(self._news()):
            for one in self._all.values():
                if event in one.events and one.job_id in (None, job_id):
                    self._give(one, event, attributes)

    def _give(self, one: Subscription, event: str, attributes: Sequence[Attr]) -> None:
        one.sequence += 1
        head = [
            Attr("notify-subscription-id", INT, [one.number]),
            Attr("notify-sequence-number", INT, [one.sequence]),
            Attr("notify-subscribed-event", KEYWORD, [event]),
            Attr("notify-charset", CHARSET, ["utf-8"]),
            Attr("notify-natural-language", LANGUAGE, ["en"]),
            Attr("notify-printer-uri", URI, [self._uri()]),
            Attr("notify-text", TEXT, [event]),
            Attr("printer-up-time", INT, [up_time(self._printer)]),
        ]
        one.kept.append((one.sequence, [*head, *attributes]))

    def _news(self) -> Iterator[tuple[int | None, str, list[Attr]]]:
        engine = self._printer.engine
        status = engine.status(self._printer.name, self._printer.uuid)
        if self._status is not None and status != self._status:
            stopped = status.state is PrinterState.STOPPED is not self._status.state
            yield None, "printer-stopped" if stopped else "printer-state-changed", _of_printer(status)
            if stopped:
                yield None, "printer-state-changed", _of_printer(status)
        if self._status is not None and engine.configured_at != self._configured:
            yield None, "printer-config-changed", _of_printer(status)
        self._status, self._configured = status, engine.configured_at
        for job_id in tuple(engine.jobs):
            yield from self._job_news(engine.report(job_id))

    def _job_news(self, now: JobStatus) -> Iterator[tuple[int | None, str, list[Attr]]]:
        before = self._jobs.get(now.job_id)
        self._jobs[now.job_id] = now
        if before is None or before.uuid != now.uuid:
            yield now.job_id, "job-created", _of_job(now)
        elif before.state is not now.state or before.reasons != now.reasons:
            yield now.job_id, "job-state-changed", _of_job(now)
            if now.state.final and not before.state.final:
                yield now.job_id, "job-completed", _of_job(now)
        elif before != now and now.state is JobState.PROCESSING:
            yield now.job_id, "job-progress", _of_job(now)

    def _end(self, asked: Group) -> float | None:
        wanted = asked["notify-lease-duration"].values[0] if "notify-lease-duration" in asked else LEASE
        return self._now + min(wanted, LONGEST_LEASE) if wanted else None

    def _expire(self) -> None:
        over = [one.number for one in self._all.values() if one.ends is not None and one.ends <= self._now]
        for number in over:
            del self._all[number]

    @property
    def _now(self) -> float:
        return self._printer.engine.clock.monotonic()


def _of_printer(status: PrinterStatus) -> list[Attr]:
    return [
        Attr("printer-name", NAME, [status.name]),
        Attr("printer-state", ENUM, [IppPrinterState[status.state.name].value]),
        Attr("printer-state-reasons", KEYWORD, status.reasons or ["none"]),
        Attr("printer-is-accepting-jobs", BOOL, [status.accepting]),
    ]


def _of_job(status: JobStatus) -> list[Attr]:
    counted = status.impressions
    return [
        Attr("notify-job-id", INT, [status.job_id]),
        Attr("job-id", INT, [status.job_id]),
        Attr("job-name", NAME, [status.name]),
        Attr("job-state", ENUM, [IppJobState[status.state.name].value]),
        Attr("job-state-reasons", KEYWORD, status.reasons or ["none"]),
        *([] if counted is None else [Attr("job-impressions-completed", INT, [counted])]),
    ]
