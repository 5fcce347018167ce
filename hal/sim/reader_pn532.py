"""A PN532 on its UART, byte for byte after NXP's UM0701-02, and the hand that holds the card."""

import re

from hal.sim.cards.card import CardTwin

ACK, NACK = b"\x00\x00\xff\x00\xff\x00", b"\x00\x00\xff\xff\x00\x00"
ERROR = b"\x00\x00\xff\x01\xff\x7f\x81\x00"
FIRMWARE = b"\x32\x01\x06\x07"
TIMED_OUT, NOISE, NOT_IN_CONTEXT = 0x01, 0x02, 0x27
PLAIN = {0x02: FIRMWARE, 0x12: b"", 0x14: b""}
"""GetFirmwareVersion, SetParameters, SAMConfiguration: what they always answer."""
ENDLESSLY = 0xFF
PIECE = 262

_SIGNS = re.compile(
    rb"\x00\xff(?:(?P<ack>\x00\xff)|(?P<nack>\xff\x00)|(?P<long>\xff\xff)|(?P<short>[^\x00]))", re.DOTALL
)


class Pn532Chip:
    """`feed` is the wire: frames in, frames out. `present` says what the chip sends when it was waiting for a card.

    It sleeps until woken. Faults: `mute` answers nothing; `damaging` and `tearing` are how many of the next answers
    come with a wrong checksum, or only half; `disturbing` how many of the next raw blocks are lost in noise; `lift_at`
    is before which exchange from now on (1: the next) the card is taken away.
    """

    def __init__(self) -> None:
        self.mute = False
        self.damaging = self.tearing = self.disturbing = self.lift_at = 0
        self.exchanges: list[bytes] = []
        """What went to cards, each whole."""
        self.retries = ENDLESSLY
        """MxRtyPassiveActivation."""
        self._awake = False
        self._buffer = b""
        self._answer = ACK
        self._cards: list[CardTwin] = []
        self._listed: list[CardTwin] = []
        self._wanted = 0
        self._command = self._response = b""

    @property
    def noticed(self) -> bool:
        """Whether the host was told of the cards that are there; where none is, whether it waits for the next."""
        return self._listed == self._cards and bool(self._cards or self._wanted)

    def present(self, *cards: CardTwin) -> bytes:
        """Put cards into the field at once, beside those that are there."""
        for card in cards:
            card.reset()
        self._cards += cards
        return self._found()

    def lift(self) -> None:
        """Take all cards away."""
        self._cards.clear()

    def feed(self, data: bytes) -> bytes:
        """What the host sends; what it gets back."""
        if not self._awake:
            self._awake = b"\x55" in data
            data = data[data.find(b"\x55") :]
        if not self._awake:
            return b""
        self._buffer += data
        out = b""
        while (sign := _SIGNS.search(self._buffer)) is not None:
            reply = self._frame(sign)
            if reply is None:
                break
            out += reply
        return b"" if self.mute else out

    def _frame(self, sign: "re.Match[bytes]") -> bytes | None:
        """What one frame is answered with; None while it is not whole."""
        rest = self._buffer[sign.start() + 2 :]
        if sign["ack"] or sign["nack"]:
            self._buffer = rest[2:]
            self._wanted = 0 if sign["ack"] else self._wanted
            return self._spoilt(self._answer) if sign["nack"] else b""
        size, numbers = (5, rest[2:4]) if sign["long"] else (2, rest[:1])
        length = int.from_bytes(numbers, "big")
        if len(rest) < size + length + 2:
            return None
        check, body = rest[size - 1], rest[size : size + length + 1]
        if (sum(numbers) + check) & 0xFF or sum(body) & 0xFF or body[0] != 0xD4 or length < 2:
            self._buffer = rest
            return b""
        self._buffer = rest[size + length + 1 :]
        self._wanted = 0
        return ACK + self._obey(body[1], body[2:-1])

    def _obey(self, code: int, parameters: bytes) -> bytes:
        if code in PLAIN:
            return self._say(code, PLAIN[code])
        if code == 0x32:
            return self._configure(parameters)
        if code == 0x4A and parameters[1:2] == b"\x00":
            self._wanted = parameters[0]
            return self._found()
        if code == 0x42:
            return self._through(parameters)
        if code == 0x40 and parameters and parameters[0] & 0x3F:
            return self._exchange(parameters[0], parameters[1:])
        self._answer = ERROR
        return ERROR

    def _say(self, code: int, data: bytes = b"") -> bytes:
        body = bytes([0xD5, code + 1]) + data
        size = len(body).to_bytes(2, "big")
        head = (
            bytes([len(body), -len(body) & 0xFF]) if len(body) < 256 else b"\xff\xff" + size + bytes([-sum(size) & 255])
        )
        self._answer = b"\x00\x00\xff" + head + body + bytes([-sum(body) & 0xFF, 0])
        return self._spoilt(self._answer)

    def _spoilt(self, sent: bytes) -> bytes:
        """By the faults that are set."""
        if self.damaging:
            self.damaging -= 1
            sent = sent[:-2] + bytes([sent[-2] ^ 1, 0])
        if self.tearing:
            self.tearing -= 1
            sent = sent[: len(sent) // 2 + 2]
        return sent

    def _configure(self, parameters: bytes) -> bytes:
        if parameters[0] == 0x01 and not parameters[1] & 1:
            self._listed.clear()
            for card in self._cards:
                card.reset()
        elif parameters[0] == 0x05:
            self.retries = parameters[3]
        return self._say(0x32)

    def _found(self) -> bytes:
        """A card that is selected already answers no request; a field that was off wakes all."""
        fresh = [card for card in self._cards if card not in self._listed][: self._wanted]
        if not self._wanted or (not fresh and self.retries == ENDLESSLY):
            return b""
        self._wanted = 0
        self._listed = fresh
        targets = b"".join(
            bytes([number]) + card.atqa + bytes([card.sak, len(card.uid)]) + card.uid + card.ats
            for number, card in enumerate(fresh, 1)
        )
        return b"" if self.mute else self._say(0x4A, bytes([len(fresh)]) + targets)

    def _card(self) -> CardTwin | None:
        """The first target, where it is still in the field."""
        return self._listed[0] if self._listed and self._listed[0] in self._cards else None

    def _through(self, block: bytes) -> bytes:
        """Raw ISO 14443-4 blocks: R(NAK) alone, which any card answers with R(ACK)."""
        if self.disturbing:
            self.disturbing -= 1
            return self._say(0x42, bytes([NOISE]))
        card = self._card()
        there = card is not None and bool(card.ats) and block == b"\xb2"
        return self._say(0x42, b"\x00\xa2" if there else bytes([TIMED_OUT]))

    def _exchange(self, target: int, data: bytes) -> bytes:
        if not self._listed:
            return self._say(0x40, bytes([NOT_IN_CONTEXT]))
        if self.lift_at:
            self.lift_at -= 1
            if not self.lift_at:
                self.lift()
        card = self._card()
        if card is None:
            return self._say(0x40, bytes([TIMED_OUT]))
        if target & 0x40:
            self._command += data
            return self._say(0x40, b"\x00")
        if not self._response or data:
            command, self._command = self._command + data, b""
            self.exchanges.append(command)
            answer = card.exchange(command)
            if answer is None:
                return self._say(0x40, bytes([TIMED_OUT]))
            self._response = answer
        piece, self._response = self._response[:PIECE], self._response[PIECE:]
        return self._say(0x40, bytes([0x40 if self._response else 0]) + piece)
