"""The station as a whole: what is known of mesh, printer and readers, and whether people may tap."""

from collections.abc import Callable

from firmware.core import events
from firmware.core.effects import Quit, SetDeadline
from firmware.core.notices import Lamp
from firmware.core.outbox import Outbox, fire
from firmware.core.policy import Policy
from firmware.core.signs import Notice
from firmware.core.states import ServiceState
from firmware.core.table import SERVICE
from firmware.core.words import describe

_MOST_READERS = 64


class Service:
    """The model of the service table. The mesh counts as reachable and the printer as able until told otherwise."""

    def __init__(self, policy: Policy, out: Outbox, lamp: Lamp) -> None:
        self.state = ServiceState.STARTING
        self.on_tap: Callable[[events.Arrival], None] = lambda _tap: None
        self.on_turned_away: Callable[[events.Arrival], None] = lambda _tap: None
        self.on_drain: Callable[[], None] = lambda: None
        self.on_hurry: Callable[[], None] = lambda: None
        self.blocking: tuple[str, ...] = ()
        """The printer-state-reasons that keep the printer from printing."""
        self._policy = policy
        self._out = out
        self._lamp = lamp
        self._reachable = True
        self._refused = ""
        self._gone: set[str] = set()
        self._failed = False

    def handle(self, trigger: str, event: events.Event | None, what: str = "") -> None:
        """Fire one trigger; `what` (nothing: in silence) is journaled with the state it led to."""
        at = len(self._out.journal)
        if fire(SERVICE, self, self._out, trigger, event) and what:
            self._out.journal.insert(at, f"{what} -> {self.state}")

    def is_news(self, trigger: str, event: events.Event) -> bool:
        """Take note of a fact about the world. False when it was known; what the table refuses is left to it."""
        if not SERVICE.rows_for(self.state, trigger):
            return True
        before = self._facts()
        match event:
            case events.MeshChanged(reachable, code):
                self._reachable, self._refused = reachable, code
            case events.PrinterChanged(blocking):
                self.blocking = blocking
            case events.ReaderChanged(reader, True):
                self._gone.discard(reader)
            case events.ReaderChanged(reader, False) if len(self._gone) < _MOST_READERS:
                self._gone.add(reader)
            case events.Failed():
                self._failed = True
        return self._facts() != before

    def _facts(self) -> tuple[object, ...]:
        return (self._reachable, self._refused, self.blocking, frozenset(self._gone), self._failed)

    # What the table asks

    def is_broken(self, _event: object) -> bool:
        """Our own machinery failed, or every reader is gone."""
        return self._failed or (bool(self._policy.readers) and self._gone.issuperset(self._policy.readers))

    def is_cut_off(self, _event: object) -> bool:
        return not self._reachable

    def is_blocked(self, _event: object) -> bool:
        return bool(self.blocking)

    # What the table does

    def let_in(self, tap: events.Arrival) -> None:
        self.on_tap(tap)

    def turn_away(self, tap: events.Arrival) -> None:
        """Nobody can be known without the mesh; the list of whoever stood here must not greet the next person."""
        self._out.note(f"{describe(tap)}, not connected -> {self.state}")
        self._lamp.flash(Notice.NOT_CONNECTED)
        self.on_turned_away(tap)

    def say_closed(self, tap: events.Arrival) -> None:
        """Not let in, but told so: no tap goes without an answer."""
        self._out.note(f"{describe(tap)}, not in service -> {self.state}")
        self._lamp.flash(Notice.FAULT)

    def say_unreadable(self, _event: object) -> None:
        self._lamp.flash(Notice.REFUSED)

    def end_notice(self, _event: object) -> None:
        self._lamp.end()

    def drain(self, _event: object) -> None:
        self.on_drain()
        self._out.emit(SetDeadline("drain", 0, self._policy.drain_seconds))

    def cancel_running(self, _event: object) -> None:
        self.on_hurry()

    def quit(self, _event: object) -> None:
        self._out.emit(Quit())
