"""The thread that waits at pcscd for one reader and its cards; pcscd's restarts and the reader's cable included.

It waits in SCardGetStatusChange without a limit. Who has something for it to do puts that in its list, and a second
thread ends the wait with SCardCancel: that call speaks with pcscd too, and a pcscd that hangs must not hold the event
loop. pyscard's own CardMonitor ends for good when pcscd is restarted, and its readers share one global context.
"""

import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

from smartcard import scard

from hal.drivers.pcsc_findings import kernel_finding
from hal.quirks.pcsc import OTHER_SLOTS

PLUGGING = "\\\\?PnP?\\Notification"
"""The reader that is none: its state changes when one comes or goes."""
RING_AGAIN = 0.005
"""Seconds after which a cancel is repeated: pcsclite forgets one that comes just before the wait begins."""
SETTLING = 200
"""Milliseconds before readers are looked for again where one was lost: pcscd may list it for a moment still."""
ENDED = {scard.SCARD_E_CANCELLED, scard.SCARD_E_TIMEOUT}
GONE = {scard.SCARD_E_UNKNOWN_READER, scard.SCARD_E_READER_UNAVAILABLE}
REASONS = {
    scard.SCARD_E_NO_SERVICE: "pcscd does not run (systemctl start pcscd.socket)",
    scard.SCARD_E_SERVICE_STOPPED: "pcscd was stopped",
    scard.SCARD_F_COMM_ERROR: "pcscd ended",
    scard.SCARD_W_SECURITY_VIOLATION: "pcscd refuses this user (polkit: org.debian.pcsc-lite.access_pcsc)",
}

Job = Callable[[], None]
Ended = Callable[[BaseException | None], None]
"""Called when a thread ends, on that thread: with the mistake in the program that ended it, or None."""


class Listener(Protocol):
    """Called on the monitor's thread, one call at a time; may block, and must not raise."""

    def up(self, context: int, reader: str) -> None:
        """The reader is there, by its full name. A card that lies on it by now is never `presented`."""
        ...

    def lost(self, detail: str) -> None:
        """It is not, or pcscd is not."""
        ...

    def presented(self, context: int, reader: str, atr: bytes, *, mute: bool) -> None:
        """A card was put on; a mute one has no ATR."""
        ...

    def lifted(self) -> None:
        """It is gone, or the reader is."""
        ...


class Monitor:
    """`part` is in the name of the one reader that is meant."""

    def __init__(self, part: str, listener: Listener, ended: Ended, api: Any = scard) -> None:
        self._part = part
        self._listener = listener
        self._ended = ended
        self._api = api  # a module; a stand-in in tests
        self._todo: deque[Job] = deque()
        self._turn = threading.Condition()
        self._waiting: int | None = None  # the context, while the thread is in SCardGetStatusChange
        self._closing = self._over = False
        self._lying = False

    def start(self) -> None:
        """Once."""
        for run, name in ((self._run, f"pcsc-{self._part}"), (self._ring, f"pcsc-bell-{self._part}")):
            # a pcscd that hangs must not keep us alive
            threading.Thread(target=self._ending, args=(run,), name=name, daemon=True).start()

    def submit(self, job: Job) -> None:
        """Have the thread do it soon, in turn, and then look again for a reader that is lost. From any thread; it must
        not raise."""
        with self._turn:
            self._todo.append(job)
            self._turn.notify_all()

    def close(self) -> None:
        """End both threads."""

        def closing() -> None:
            self._closing = True

        self.submit(closing)

    def _ending(self, run: Job) -> None:
        """Neither thread does without the other."""
        failure: BaseException | None = None
        try:
            run()
        except BaseException as exc:  # noqa: BLE001 - the thread's top: whoever waits for a reading is told
            failure = exc
        with self._turn:
            self._over = True
            self._turn.notify_all()
        self._ended(failure)

    def _run(self) -> None:
        while not (self._closing or self._over):
            self._live()
            with self._turn:
                self._turn.wait_for(lambda: self._todo or self._closing or self._over)
            self._work()

    def _ring(self) -> None:
        while True:
            with self._turn:
                self._turn.wait_for(lambda: self._over or (self._todo and self._waiting is not None))
                if self._over:
                    return
                context = self._waiting
            self._api.SCardCancel(context)
            with self._turn:
                self._turn.wait_for(lambda: self._over or not self._todo, RING_AGAIN)

    def _live(self) -> None:
        """As long as one context lives."""
        result, context = self._api.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
        if result != scard.SCARD_S_SUCCESS:
            self._listener.lost(_reason(result))
            return
        try:
            while not self._closing and (reader := self._found(context)) is not None:
                if not self._watch(context, reader):
                    return
                self._wait(context, [(PLUGGING, scard.SCARD_STATE_UNAWARE)], SETTLING)
        finally:
            self._lift()
            self._api.SCardReleaseContext(context)

    def _found(self, context: int) -> str | None:
        """The reader's full name, as soon as there is one; None when the context is dead or we are to end."""
        while not self._closing:
            result, names = self._api.SCardListReaders(context, [])
            if result not in (scard.SCARD_S_SUCCESS, scard.SCARD_E_NO_READERS_AVAILABLE):
                self._listener.lost(_reason(result))
                return None
            matching = matches(names, self._part)
            if len(matching) == 1:
                return matching[0]
            self._listener.lost(_unmatched(names, matching, self._part))
            result, _ = self._wait(context, [(PLUGGING, scard.SCARD_STATE_UNAWARE)])
            if result != scard.SCARD_S_SUCCESS and result not in ENDED:
                self._listener.lost(_reason(result))
                return None
        return None

    def _watch(self, context: int, reader: str) -> bool:
        """Until the reader is gone; False when the context is."""
        state, first = scard.SCARD_STATE_UNAWARE, True
        while not self._closing:
            result, states = self._wait(context, [(reader, state)])
            if result in ENDED:
                continue
            if result in GONE or (result == scard.SCARD_S_SUCCESS and _is_gone(states[0][1])):
                self._lift()
                self._listener.lost("the reader was unplugged")
                return True
            if result != scard.SCARD_S_SUCCESS:
                self._listener.lost(_reason(result))
                return False
            before, state = state, states[0][1] & ~scard.SCARD_STATE_CHANGED
            if first:
                self._lying, first = bool(state & scard.SCARD_STATE_PRESENT), False
                self._listener.up(context, reader)
            else:
                self._tell(context, reader, (before, state), bytes(states[0][2]))
        return False

    def _tell(self, context: int, reader: str, states: tuple[int, int], atr: bytes) -> None:
        """The high half of a state counts cards put on and lifted: one may have taken the other's place unseen."""
        before, now = states
        present, counted = bool(now & scard.SCARD_STATE_PRESENT), before >> 16 != now >> 16
        if self._lying and (not present or counted):
            self._lift()
        if present and not self._lying:
            self._lying = True
            self._listener.presented(context, reader, atr, mute=bool(now & scard.SCARD_STATE_MUTE))

    def _lift(self) -> None:
        if self._lying:
            self._lying = False
            self._listener.lifted()

    def _wait(
        self, context: int, states: list[tuple[str, int]], limit: int = scard.INFINITE
    ) -> tuple[int, list[tuple[str, int, list[int]]]]:
        with self._turn:
            if not self._todo:
                self._waiting = context
            self._turn.notify_all()
        result, found = scard.SCARD_E_CANCELLED, []
        if self._waiting is not None:
            result, found = self._api.SCardGetStatusChange(context, limit, states)
            with self._turn:
                self._waiting = None
        self._work()
        return result, found

    def _work(self) -> None:
        while True:
            with self._turn:
                if not self._todo:
                    self._turn.notify_all()
                    return
                job = self._todo.popleft()
            job()


def matches(names: list[str], part: str) -> list[str]:
    """The readers with `part` in their name; slots that take no badge only where there is nothing else."""
    found = [name for name in names if part in name]
    return [name for name in found if not any(slot in name for slot in OTHER_SLOTS)] or found


def _is_gone(state: int) -> bool:
    return bool(state & (scard.SCARD_STATE_UNKNOWN | scard.SCARD_STATE_UNAVAILABLE | scard.SCARD_STATE_IGNORE))


def _reason(result: int) -> str:
    return REASONS.get(result) or f"pcscd: 0x{result & 0xFFFFFFFF:08X}"


def _unmatched(names: list[str], matching: list[str], part: str) -> str:
    if matching:
        return f"{len(matching)} readers match {part!r}, say more of the name: {', '.join(matching)}"
    found = kernel_finding()
    why = f"; {found.problem}" if found is not None else ""
    return f"no reader matches {part!r}; pcscd has {', '.join(names) or 'none'}{why}"
