"""Hands with badges, at emulated readers: each taps a new card, and says when the reader's last byte of it was sent."""

import time
from dataclasses import dataclass
from itertools import count
from typing import Protocol

from hal.sim.cards.card import CardTwin, UidCard
from tools.peers.hid import ENTER, HidReader, stroke, strokes
from tools.peers.pcsc import READ_SECONDS, PcscPeer
from tools.peers.spoken import Emulator, SpokenReader
from tools.peers.wires import PtyReader

LAST_SECONDS = 0.005
"""The last byte comes so long after the others: by then all of them were read, as at a reader's own pace."""
_CARDS = count(0x04A10000)
"""A new one each time: the same card would be one that is held."""


class Hand(Protocol):
    """Raises `TimeoutError` where nobody reads the card."""

    def tap(self) -> float:
        """The monotonic time just before the last byte was sent."""
        ...


def number() -> str:
    """Of the next card, 4 bytes in hexadecimal digits."""
    return f"{next(_CARDS):08x}"


def card() -> UidCard:
    """The next card."""
    return UidCard(bytes.fromhex(number()))


@dataclass
class LineHand:
    """At a reader that sends lines."""

    reader: PtyReader

    def tap(self) -> float:
        """The last byte is the CR."""
        self.reader.send(number().encode())
        time.sleep(LAST_SECONDS)
        now = time.monotonic()
        self.reader.send(b"\r")
        return now


@dataclass
class TypingHand:
    """At a keyboard wedge."""

    reader: HidReader

    def tap(self) -> float:
        """The last event that counts is Enter's press."""
        self.reader.keys(strokes(number()))
        time.sleep(LAST_SECONDS)
        events = [list(event) for event in stroke(ENTER)]
        return float(self.reader.ask("type", node=0, events=events, pace=0.0)["pressed"])


@dataclass
class CardHand:
    """At a PC/SC reader."""

    reader: PcscPeer

    def tap(self) -> float:
        """The last byte is that of the card's answer to its last APDU."""
        lying = self.reader.put(card())
        if not lying.was_read.wait(READ_SECONDS):
            raise TimeoutError("nobody has read the card")
        answered = lying.answered_at
        self.reader.lift()
        return answered


class Stamped:
    """An emulator that notes the monotonic time when it tells of a card's coming or going."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.told_at = 0.0

    @property
    def noticed(self) -> bool:
        """As the emulator."""
        return self.emulator.noticed

    def feed(self, data: bytes) -> bytes:
        """As the emulator."""
        before = self.noticed
        answer = self.emulator.feed(data)
        if self.noticed and not before:
            self.told_at = time.monotonic()
        return answer

    def present(self, *cards: CardTwin) -> bytes:
        """As the emulator, which tells of them at once where it need not be asked."""
        sent = self.emulator.present(*cards)
        if sent:
            self.told_at = time.monotonic()
        return sent

    def lift(self) -> None:
        """As the emulator."""
        self.emulator.lift()


@dataclass
class SpokenHand:
    """At a reader that is asked; `stamped` is its emulator."""

    reader: SpokenReader
    stamped: Stamped

    def tap(self) -> float:
        """The last byte is that of the answer which has the card."""
        self.reader.present(card())
        told = self.stamped.told_at
        self.reader.lift()
        return told
