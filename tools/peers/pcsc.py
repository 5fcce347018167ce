"""A PC/SC reader under a real pcscd, and the hand with the card: `with pcsc_reader(directory) as peer`."""

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from enum import Enum
from pathlib import Path
from typing import BinaryIO

from hal.sim.cards.card import CardTwin, UidCard
from hal.sim.cards.slot import CardSlot
from tools.peers.pcscd import READER, Pcscd

OFF, ON, RESET, GET_ATR = b"\x00", b"\x01", b"\x02", b"\x04"
"""vpcd's own commands; all else is an APDU."""
READ_SECONDS = 30.0
"""How long a card that is tapped waits to be read."""


class Conduct(Enum):
    """How a card behaves."""

    ANSWERS = "answers"
    MUTE = "mute"
    """It is there, and answers no command."""
    TEARS = "tears"
    """It is lifted at its first command."""


class LyingCard:
    """A card in vpcd's slot, on a thread of its own: each frame is a length (2 bytes, high first) and that many."""

    def __init__(self, slot: socket.socket, card: CardTwin, conduct: Conduct) -> None:
        self.slot = CardSlot(card)
        self.was_read = threading.Event()
        self.was_asked = threading.Event()
        """It has answered the second half of an authentication, which is the last that is asked of it."""
        self.answered_at = 0.0
        """The monotonic time just before its last answer to an APDU."""
        self._socket = slot
        self.conduct = conduct
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def lift(self) -> None:
        """Idempotent."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()

    def _serve(self) -> None:
        with suppress(OSError, EOFError), self._socket, self._socket.makefile("rb") as stream:
            while True:
                command = _frame(stream)
                answer = self._answer(command)
                if len(command) > 1:
                    self.answered_at = time.monotonic()
                if answer is not None:
                    self._socket.sendall(struct.pack(">H", len(answer)) + answer)
                if command[:3] == b"\xff\xca\x00":
                    self.was_read.set()
                elif command[:2] == b"\x90\xaf":
                    self.was_asked.set()

    def _answer(self, command: bytes) -> bytes | None:
        if command == GET_ATR:
            return self.slot.atr
        if len(command) == 1:
            self.slot.card.reset()
            return None
        if self.conduct is Conduct.TEARS:
            self.was_read.set()
            raise EOFError
        return None if self.conduct is Conduct.MUTE else self.slot.transmit(command)


def _frame(stream: BinaryIO) -> bytes:
    """Raises `EOFError`."""
    header = stream.read(2)
    command = stream.read(int.from_bytes(header, "big"))
    if not command:
        raise EOFError
    return command


class PcscPeer:
    """One reader. A pcscd of its own serves it, which the station finds by `environment`."""

    command: tuple[str, ...] = ()

    def __init__(self, pcscd: Pcscd, card: Callable[[bytes], CardTwin] = UidCard) -> None:
        self.pcscd = pcscd
        self.uri = f"pcsc:?reader={READER.replace(' ', '%20')}&name=front"
        self._card = card
        self._lying: LyingCard | None = None
        self._plugged = True

    @property
    def environment(self) -> Mapping[str, str]:
        """Of the station's process, before it first speaks to pcscd: pcsclite reads it once."""
        return self.pcscd.environment

    def tap(self, number: str) -> None:
        """A card with the UID `number`. It lies there until it was read, or asked for a proof where it can give one;
        half a minute at most."""
        lying = self.present(self._card(bytes.fromhex(number)))
        (lying.was_asked if lying.slot.card.ats else lying.was_read).wait(READ_SECONDS)
        self.lift()

    def present(self, *cards: CardTwin) -> LyingCard:
        """Lay one card on the reader. Raises `ValueError` for more."""
        if len(cards) != 1:
            raise ValueError("this reader takes one card at a time")
        return self.put(cards[0])

    def put(self, card: CardTwin, conduct: Conduct = Conduct.ANSWERS) -> LyingCard:
        """Lay a card on the reader, in place of the one that may lie there."""
        self.lift()
        self._lying = LyingCard(self.pcscd.slot(), card, conduct)
        return self._lying

    def lift(self) -> None:
        """Take it away, and return once pcscd has seen it; nothing where none lies there."""
        lying, self._lying = self._lying, None
        if lying is not None:
            lying.lift()
            # vpcd drops a card that ends within a command, and may take up the next one before it is asked whether one
            # lies there: pcscd would see one card
            self.pcscd.wait_until_empty()

    def unplug(self) -> None:
        """Idempotent. pcscd never lets go of a reader that is no USB one, so it is started anew without it: the station
        loses first pcscd, for a moment, and then the reader."""
        if self._plugged:
            self._plugged = False
            self.lift()
            self.pcscd.unplug()
            self._restart()

    def plug(self) -> None:
        """Idempotent."""
        if not self._plugged:
            self._plugged = True
            self.pcscd.plug()
            self._restart()

    def _restart(self) -> None:
        self.pcscd.stop()
        self.pcscd.start()


@contextmanager
def pcsc_reader(directory: Path, card: Callable[[bytes], CardTwin] = UidCard) -> Iterator[PcscPeer]:
    """`directory` is empty, and its path short; `card` makes the card of a UID that is tapped. Raises
    `tools.peers.pcscd.PcscdError` where it cannot be had."""
    with Pcscd(directory) as pcscd:
        peer = PcscPeer(pcscd, card)
        try:
            yield peer
        finally:
            peer.lift()
