"""What the monitor's thread does with the card in the reader: it reads the number, carries APDUs, makes the sound."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from smartcard import scard

from hal.drivers.pcsc_connection import ESCAPE, BusyError, Connection, GoneError, SilentError
from hal.framing.atr import Atr, ats_of, parse_atr
from hal.framing.dialect import CardRead
from hal.ports.badge_reader import Fault, Form, Medium
from hal.quirks.pcsc import Quirk, Signal, quirk_of

GET_UID = bytes.fromhex("FF CA 00 00 00")
GET_ATS = bytes.fromhex("FF CA 01 00 00")
"""PC/SC part 3, 3.2.2.1.3."""
GOOD = b"\x90\x00"
FAILED = b"\x63\x00"
UID_SIZES = range(4, 17)
DOUBTFUL = 500
"""Milliseconds within which a card that did not answer may turn out to have been lifted."""


@dataclass(frozen=True, slots=True)
class Looking:
    """The reader is looked for again, for the `look`th time; what was told before is old."""

    look: int


@dataclass(frozen=True, slots=True)
class Up:
    """The reader is there."""


@dataclass(frozen=True, slots=True)
class Lost:
    """The reader is not there."""

    detail: str


@dataclass(frozen=True, slots=True)
class Taken:
    """A card lies there, and another program has the reader for itself."""


@dataclass(frozen=True, slots=True)
class Presented:
    """A card was put on, the `number`th; it is being read."""

    number: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of reading it, `at` the clock's time when the last byte had come."""

    number: int
    read: CardRead | Fault = field(repr=False)
    at: float


@dataclass(frozen=True, slots=True)
class Lifted:
    """It is gone."""

    at: float


Told = Looking | Up | Lost | Presented | Taken | Outcome | Lifted


@dataclass(frozen=True, slots=True)
class Manner:
    """`sounds`: the station beeps. `quiet`: the reader's own beep is turned off."""

    exclusive: bool = True
    sounds: bool = True
    quiet: bool = True


class Slot:
    """The monitor's listener. `tell` is called on the monitor's thread."""

    def __init__(
        self, manner: Manner, tell: Callable[[Told], None], now: Callable[[], float], api: Any = scard
    ) -> None:
        self._manner = manner
        self._tell = tell
        self._now = now
        self._api = api
        self._place: tuple[int, str] | None = None  # context and reader
        self._connection: Connection | None = None
        self._number = 0
        self._quirk: Quirk | None = None
        self._loud = False

    def up(self, context: int, reader: str) -> None:
        """What the reader forgets while it has no power is told it again; with the first card, if not now."""
        self._place = context, reader
        self._quirk = quirk_of(reader)
        self._loud = self._manner.quiet and self._quirk is not None
        self._hush()
        self._tell(Up())

    def lost(self, detail: str) -> None:
        """With its context, all handles are void."""
        self._place = None
        self._tell(Lost(detail))

    def presented(self, context: int, reader: str, atr: bytes, *, mute: bool) -> None:
        """Read it, and keep the connection until it is lifted."""
        self._number += 1
        self._tell(Presented(self._number))
        try:
            read = Fault.MUTE if mute else self._read(context, reader, parse_atr(atr))
        except BusyError:
            self._tell(Taken())
            return
        self._tell(Outcome(self._number, read, self._now()))
        self._hush()

    def lifted(self) -> None:
        """The connection is of no use any more."""
        self._disconnect()
        self._tell(Lifted(self._now()))

    def transceive(self, number: int, apdu: bytes) -> bytes | None:
        """The answer of the `number`th card; None where it gives none, or is not the one that lies there."""
        if number != self._number or self._connection is None:
            return None
        with suppress(SilentError):
            return self._connection.transceive(apdu)
        return None

    def sound(self, *, good: bool) -> None:
        """Where the reader can, and without a word where it cannot."""
        if self._manner.sounds and self._quirk is not None:
            self._send(self._quirk.good if good else self._quirk.bad)

    def _hush(self) -> None:
        if self._loud and self._quirk is not None:
            self._loud = not self._send(self._quirk.quiet)

    def _send(self, signal: Signal) -> bool:
        """Whether the reader took it, or there is nothing to say to it."""
        if signal.apdu and self._connection is not None:
            with suppress(SilentError):
                if self._connection.transceive(signal.apdu)[0] == 0x90:
                    return True
        return self._escape(signal.escape) if signal.escape else not signal.apdu

    def _escape(self, command: bytes) -> bool:
        if self._connection is not None:
            return self._connection.control(ESCAPE, command) is not None
        if self._place is None:
            return False
        with suppress(GoneError, BusyError, SilentError):
            direct = Connection.to_reader(self._api, *self._place)
            try:
                return direct.control(ESCAPE, command) is not None
            finally:
                direct.close()
        return False

    def _read(self, context: int, reader: str, atr: Atr) -> CardRead | Fault:
        """Twice at most: at the edge of the field the first try may fail. Raises `BusyError`."""
        for _ in range(2):
            try:
                self._connection = Connection.to_card(self._api, context, reader, exclusive=self._manner.exclusive)
                return identify(self._connection, atr)
            except GoneError:
                return Fault.GONE
            except SilentError:
                self._disconnect(reset=True)
        return Fault.MUTE if self._stays(context, reader) else Fault.GONE

    def _stays(self, context: int, reader: str) -> bool:
        result, states = self._api.SCardGetStatusChange(context, 0, [(reader, scard.SCARD_STATE_UNAWARE)])
        if result == scard.SCARD_S_SUCCESS and states[0][1] & scard.SCARD_STATE_PRESENT:
            state = states[0][1] & ~scard.SCARD_STATE_CHANGED
            result, states = self._api.SCardGetStatusChange(context, DOUBTFUL, [(reader, state)])
        return bool(states and states[0][1] & scard.SCARD_STATE_PRESENT)

    def _disconnect(self, *, reset: bool = False) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            (connection.reset if reset else connection.close)()


def identify(connection: Connection, atr: Atr) -> CardRead | Fault:
    """Number and kind of the card. Raises `SilentError`."""
    answer = connection.transceive(GET_UID)
    if answer[-2:] == FAILED:
        raise SilentError
    uid = answer[:-2]
    if answer[-2:] != GOOD or len(uid) not in UID_SIZES:
        return Fault.GARBLED
    ats = _ats(connection) if atr.iso_dep else b""
    medium = atr.medium
    if atr.iso_dep and (ats or len(uid) in (7, 10)):  # type B has neither (ISO 14443-3, 7.9.2)
        medium = Medium.ISO14443A
    return CardRead(uid, Form.BITS, len(uid) * 8, medium, True, atr.iso_dep, ats or ats_of(atr))


def _ats(connection: Connection) -> bytes:
    """Empty where the reader does not say, or says what is none."""
    answer = connection.transceive(GET_ATS)
    ats = answer[:-2]
    return ats if answer[-2:] == GOOD and ats and ats[0] == len(ats) else b""
