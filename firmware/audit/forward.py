"""Forwarding the record to a syslog server: every entry at least once, in order, for as long as the record keeps it."""

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol, TypeVar

from firmware.audit import syslog
from firmware.audit.log import AuditLog
from firmware.audit.port import AuditError
from firmware.audit.records import RecordError, parse_entry
from firmware.errors import LockgateError
from firmware.vault.fields import FieldError, encode_object, read_object
from hal.ports.clock import Clock
from hal.ports.errors import StorageError
from hal.ports.storage import Storage
from hal.ports.workers import Workers

CURSOR = "audit.cursor"
"""The name of the file that says up to which entry the server has everything."""
BATCH = 50
POLL = 1.0
"""Seconds between looks at whether there is something new."""
SETTLED = 30.0
"""Seconds a connection must outlive a message for it to count as received: syslog has no acknowledgement (RFC 5425
4.4), so after a break all that is younger is sent again. The `sequence` of a message tells which it is."""
FIRST_WAIT, LONGEST_WAIT = 1.0, 300.0
"""Seconds before trying again; doubled each time."""
T = TypeVar("T")


class SyslogError(LockgateError):
    """Codes: `syslog-unreachable` (no connection, or it broke), `syslog-untrusted` (the server is not under the
    configured CA, has another name, or refuses our certificate), `syslog-address` (the URL is not one of ours)."""

    code = "syslog-unreachable"


class SyslogLink(Protocol):
    """One connection to a server."""

    async def send(self, data: bytes) -> None:
        """Hand over all of `data`, waiting while the server is slow. Raises `SyslogError` once the link is down."""
        ...

    def close(self) -> None:
        """Drop it."""
        ...


class SyslogTransport(Protocol):
    """Makes connections to the configured server."""

    async def connect(self) -> SyslogLink:
        """A fresh connection. Raises `SyslogError`."""
        ...


class Forwarder:
    """Sends one record's entries to one server; `run` it for as long as the process lives. `trouble` is the code of why
    nothing gets through at present, empty when all is well; `told` is called with each change of it."""

    def __init__(
        self,
        log: AuditLog,
        *,
        holder: str,
        org_id: str,
        storage: Storage,
        transport: SyslogTransport,
        clock: Clock,
        workers: Workers,
        told: Callable[[str], None] = lambda _code: None,
    ) -> None:
        self._log, self._holder, self._org_id = log, holder, org_id
        self._storage, self._transport, self._clock, self._workers = storage, transport, clock, workers
        self._told = told
        self.trouble = ""
        self.received = 0
        self._sent = 0
        self._since = 0.0
        self._young: deque[tuple[float, int]] = deque()  # when each batch was handed over, and its last entry

    async def run(self) -> None:
        """Until cancelled."""
        self.received = await self._workers.run(self._load)
        wait = FIRST_WAIT
        while True:
            began = self._clock.monotonic()
            try:
                await self._connected()
            except (SyslogError, AuditError, StorageError) as exc:
                self._tell(exc.code)
            if self._clock.monotonic() - began > SETTLED:
                wait = FIRST_WAIT
            await self._clock.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT)

    async def _connected(self) -> None:
        """Send until the connection breaks; then what is not known to be received begins anew."""
        link = await self._transport.connect()
        self._sent, self._since = self.received, self._clock.monotonic()
        self._young.clear()
        try:
            while True:
                await self._send_new(link)
                await self._settle()
                await self._clock.sleep(POLL)
        finally:
            link.close()

    async def _send_new(self, link: SyslogLink) -> None:
        """All there is, batch by batch; an empty hand-over where there is nothing, to learn that a link is down."""
        await link.send(b"")
        if self._sent > self._log.point.sequence:  # the record was made anew: then so is what a server has of it
            self._sent = self.received = 0
        while self._sent < self._log.point.sequence:
            data, last = await self._workers.run(self._next)
            await link.send(data)
            self._sent = last
            self._young.append((self._clock.monotonic(), last))

    def _next(self) -> tuple[bytes, int]:
        """The next batch, framed, and the number of its last entry."""
        frames: list[bytes] = []
        first = self._log.first
        lines = self._log.read_after(max(self._sent, first - 1), BATCH)
        last = self._sent
        for line in lines:
            with suppress(RecordError):  # damaged on the medium; the gap it leaves is told
                entry = parse_entry(line)
                if entry.sequence > last + 1:
                    frames.append(self._gap(last + 1, entry.sequence - 1))
                frames.append(syslog.frame(syslog.message(self._holder, self._org_id, line, entry)))
                last = max(last, entry.sequence)
        if last == self._sent:  # nothing of it can be read
            last = self._log.point.sequence
            frames.append(self._gap(self._sent + 1, last))
        return b"".join(frames), last

    def _gap(self, first: int, last: int) -> bytes:
        return syslog.frame(syslog.gap(self._holder, self._org_id, self._clock.now(), first, last))

    async def _settle(self) -> None:
        """Move the cursor over what the connection has outlived."""
        old = self._clock.monotonic() - SETTLED
        received = self.received
        while self._young and self._young[0][0] <= old:
            received = self._young.popleft()[1]
        if received != self.received:
            await self._workers.run(lambda: self._save(received))
            self.received = received
        if self._since <= old:
            self._tell("")

    def _load(self) -> int:
        try:
            return read_object(self._storage.read(CURSOR) or b"", ("received",)).integer("received")
        except (FieldError, StorageError):
            return 0  # everything once more: twice is better than never

    def _save(self, received: int) -> None:
        self._storage.replace(CURSOR, encode_object({"received": received}))

    def _tell(self, code: str) -> None:
        if code != self.trouble:
            self.trouble = code
            self._told(code)
