"""NXP PN532 over UART (UM0701-02): the chip itself waits for a card, and carries APDUs to it."""

from collections import deque

from hal.framing.dialect import Answered, Read
from hal.framing.pn532_cards import TIMED_OUT, CardGoneError, Exchange, Target, decode_targets, exchange
from hal.framing.pn532_frames import ACK, FROM_CHIP, NACK, SYNTAX_ERROR, TO_CHIP, WAKE, Frames, Mark, frame
from hal.framing.presence import LIFTED_SECONDS, Presence
from hal.ports.badge_reader import Fault

ACK_SECONDS = 0.25
"""The chip acknowledges within 15 ms; USB adapters hold bytes back."""
TRIES = 3
"""Of one command without an answer until the chip counts as lost. Together less than a second: a reader that has come
back and answers nothing must not count as back."""
GAP = 0.25
"""Seconds without a byte after which a frame that has begun is torn."""
ANSWER_SECONDS = 1.0
EXCHANGE_SECONDS = 1.9
"""For a card to answer: less than the station waits, so that it hears why."""
CHECK_SECONDS = 0.4
"""Between a card's signs of life: so late it may be known that it was lifted."""
FIELD_SECONDS = 0.01
"""Without a field, twice the 5 ms that reset a card (ISO 14443-3, 5.2)."""
FOUND_SECONDS = 0.2
"""For a card that is still there to be found again after its reset."""
ALIVE_SECONDS = 30.0
"""Between signs of life of a chip that waits for a card: it may have lost its power behind its USB adapter."""

SAM, VERSION, PARAMETERS, RF, LIST, THROUGH, EXCHANGE = 0x14, 0x02, 0x12, 0x32, 0x4A, 0x42, 0x40
FIELD_OFF = bytes([RF, 0x01, 0x00])
LIST_TWO = bytes([LIST, 0x02, 0x00])
"""InListPassiveTarget, 106 kbit/s type A. Two, to tell when a second card is there."""
PING = bytes([THROUGH, 0xB2])
"""R(NAK) of ISO 14443-4: a card that is there acknowledges, and its conversation stays as it is. `Diagnose` 06 is
there for this, but some chips and cards fail it."""
OPENING = (
    bytes([SAM, 0x01, 0x14, 0x01]),
    bytes([VERSION]),
    bytes([PARAMETERS, 0x14]),  # RATS by itself, where the card has ISO 14443-4
    bytes([RF, 0x05, 0xFF, 0x01, 0xFF]),  # wait for a card without end
    FIELD_OFF,
    LIST_TWO,
)


class Pn532:
    """A card is one read until it was lifted: then the chip has waited for a card for a while, and was silent."""

    def __init__(self) -> None:
        self._frames = Frames()
        self._presence = Presence()
        self._forget(0.0)

    def _forget(self, now: float) -> None:
        self._frames.clear()
        self._out = b""
        self._now = self._heard = self._since = now
        self._rest_until = now
        self._waiting: deque[bytes] = deque()
        self._asked: bytes | None = None
        self._acknowledged = False
        self._tries = self._nacks = 0
        self._target: Target | None = None
        self._several = self._doubtful = False
        self._exchange: Exchange | None = None
        self._owed: list[Read] = []

    @property
    def deadline(self) -> float | None:
        """When the next question is due, or an answer overdue."""
        if self._owed:
            return self._now
        return min(self._due(), self._heard + GAP) if self._frames.begun else self._due()

    def _due(self) -> float:
        due = self._rest_until if self._asked is None else self._since + self._patience(self._asked)
        return due if self._lifted_at is None else min(due, self._lifted_at)

    @property
    def _lifted_at(self) -> float | None:
        """When a card that is known counts as lifted, if the chip goes on searching without a word."""
        searching = self._asked == LIST_TWO and self._acknowledged and not self._nacks and not self._frames.begun
        return self._since + LIFTED_SECONDS if searching and self._presence.card is not None else None

    def _patience(self, asked: bytes) -> float:
        if not self._acknowledged:
            return ACK_SECONDS
        if asked == LIST_TWO and not self._nacks:
            return ALIVE_SECONDS if self._target is None and not self._several else FOUND_SECONDS
        return EXCHANGE_SECONDS if asked[0] == EXCHANGE else ANSWER_SECONDS

    def start(self, now: float) -> None:
        """Wake the chip and set it up."""
        self._forget(now)
        self._open()

    def feed(self, data: bytes, now: float) -> list[Read]:
        """What the frames in `data` say."""
        self._now = self._heard = now
        reads: list[Read] = []
        for one in self._frames.feed(data):
            reads += self._marked(one) if isinstance(one, Mark) else self._answered(one)
        return reads

    def pause(self, now: float) -> list[Read]:
        """Ask again, or the next. Raises `TimeoutError` when the chip does not answer: the wire is as good as lost."""
        self._now = now
        reads, self._owed = self._owed, []
        if self._frames.begun and now >= self._heard + GAP:
            self._frames.clear()
            reads += self._damaged(Fault.TORN)
        if self._lifted_at is not None:
            for at in (self._since, now):  # and all the while between: else there were bytes to feed first
                self._presence.empty(at, at)
        if now < self._due():
            return reads
        return reads + (self._rested() if self._asked is None else self._overdue(self._asked))

    def to_send(self) -> bytes:
        """Frames, the first of them after what wakes the chip."""
        out, self._out = self._out, b""
        return out

    def acknowledge(self, *, good: bool) -> None:
        """It has neither buzzer nor light."""

    def command(self, apdu: bytes, now: float) -> None:
        """As in `hal.framing.dialect.Talkative`."""
        self._now = now
        asked = None if self._target is None else exchange(apdu, self._target)
        if asked is None or isinstance(asked, bytes):
            self._owed.append(Answered(asked))
        else:
            self._exchange = asked
            self._go_on()

    def _open(self) -> None:
        self._target, self._asked = None, None
        self._waiting = deque(OPENING)
        self._rest_until = self._now
        self._out += WAKE + ACK
        self._go_on()

    def _look_again(self) -> None:
        """A card that lies there answers after its reset too; else the chip waits for the next one."""
        self._waiting = deque((FIELD_OFF, LIST_TWO))
        self._go_on()

    def _go_on(self) -> None:
        """The next command, unless one is under way."""
        if self._asked is not None:
            return
        if self._waiting:
            if self._now >= self._rest_until:
                self._ask(self._waiting.popleft())
        elif self._exchange is not None:
            self._ask(bytes([EXCHANGE]) + self._exchange.ask())

    def _ask(self, command: bytes) -> None:
        self._tries = self._nacks = 0
        self._asked = command
        self._send(command)

    def _send(self, command: bytes) -> None:
        self._acknowledged = False
        self._since = self._now
        self._out += frame(bytes([TO_CHIP]) + command)

    def _rest(self, seconds: float) -> None:
        self._rest_until = self._now + seconds

    def _rested(self) -> list[Read]:
        """A pause between two commands is over; if none waits, the card is due for a sign of life."""
        if not self._waiting and self._target is not None and self._target.ats:
            self._ask(PING)
        elif not self._waiting:
            self._look_again()
        else:
            self._go_on()
        return []

    def _overdue(self, asked: bytes) -> list[Read]:
        if asked == LIST_TWO and self._acknowledged:
            return self._damaged(Fault.CHECKSUM) if self._nacks else self._not_found()
        if asked[0] == EXCHANGE:
            self._open()
            return self._lost()
        self._tries += 1
        if self._tries == TRIES:
            raise TimeoutError("the chip does not answer")
        self._out += WAKE + ACK
        self._send(asked)
        return []

    def _not_found(self) -> list[Read]:
        """The chip goes on waiting; after a long while, see whether it still lives."""
        if self._target is None and not self._several:
            self._open()
            return []
        self._several = False
        return self._empty()

    def _marked(self, mark: Mark) -> list[Read]:
        if mark is Mark.ACK:
            self._acknowledged = True
        return self._damaged(Fault.CHECKSUM) if mark is Mark.DAMAGED else []

    def _damaged(self, fault: Fault) -> list[Read]:
        """Have it sent again. A card's announcement that never comes whole is a fault; all else gets overdue."""
        if self._asked is None or self._nacks == TRIES:
            return []
        self._nacks += 1
        self._since = self._now
        if self._nacks < TRIES:
            self._out += NACK
            return []
        if self._asked != LIST_TWO:
            return []
        self._asked = None
        self._rest(CHECK_SECONDS)
        return [fault, *self._empty()]

    def _answered(self, data: bytes) -> list[Read]:
        asked = self._asked
        if asked is None:
            return []
        if data == SYNTAX_ERROR:
            return self._damaged(Fault.GARBLED)
        if data[:2] != bytes([FROM_CHIP, asked[0] + 1]):
            return []  # of a command that was given up
        self._asked = None
        reads: list[Read] = []
        if asked == LIST_TWO:
            reads = self._listed(data[2:])
        elif asked == FIELD_OFF:
            self._rest(FIELD_SECONDS)
        elif asked == PING:
            reads = self._pinged(data[2:])
        elif asked[0] == EXCHANGE:
            reads = self._exchanged(data[2:])
        self._go_on()
        return reads

    def _listed(self, data: bytes) -> list[Read]:
        self._rest(CHECK_SECONDS)
        try:
            found = decode_targets(data)
        except ValueError:
            return [Fault.GARBLED, *self._empty()]
        if found == 0:
            self._presence.empty(self._since, self._now)
        if isinstance(found, int):
            told, self._several = self._several, found > 1
            return self._empty() if told or found < 2 else [Fault.SEVERAL, *self._empty()]
        lost = [] if self._target is not None and self._target.uid == found.uid else self._lost()
        self._target, self._several = found, False
        return [*lost, found.card] if self._presence.begins(found.card) else lost

    def _pinged(self, data: bytes) -> list[Read]:
        if data[:1] != b"\x00" or self._target is None:
            again = self._doubtful or data[:1] == bytes([TIMED_OUT])
            self._doubtful = not again
            if again:
                self._look_again()
            else:
                self._ask(PING)  # noise, as when a card is moved: a reset would end its conversation
            return []
        self._doubtful = False
        self._rest(CHECK_SECONDS)
        return []

    def _exchanged(self, data: bytes) -> list[Read]:
        if self._exchange is None or not data:
            self._look_again()
            return self._lost()
        try:
            response = self._exchange.take(data[0], data[1:])
        except CardGoneError:
            self._look_again()
            return self._lost()
        self._rest(CHECK_SECONDS)
        if response is None:
            return []
        self._exchange = None
        return [Answered(response)]

    def _empty(self) -> list[Read]:
        """No card is there that can be spoken to."""
        self._target = None
        return self._lost()

    def _lost(self) -> list[Read]:
        waited, self._exchange = self._exchange, None
        return [] if waited is None else [Answered(None)]
