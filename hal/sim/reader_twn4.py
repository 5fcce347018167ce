"""A TWN4 with Simple Protocol firmware, byte for byte after Elatec's DocRev17, and the hand that holds the badge."""

from collections.abc import Callable, Mapping

from hal.sim.cards.card import CardTwin

OK, UNKNOWN_FUNCTION, MISSING_PARAMETER, UNUSED_PARAMETERS, _INVALID, PARSER_ERROR = range(6)
VERSION = b"TWN4/B1.03/CCF1.57/PRS1.03/PI"
RED, GREEN = 0x01, 0x02
MIFARE = 0x80


class Twn4Reader:
    """`feed` is the wire: commands in, answers out. `present` and `lift` are the hand.

    Faults: `mute` answers nothing; `garbling`, `tearing` and `damaging` are how many of the next answers are noise,
    come only half, or with a wrong CRC.
    """

    def __init__(self, *, checksum: bool = False) -> None:
        self.beeps: list[tuple[int, int]] = []
        """Frequency in Hz and length in ms of each."""
        self.lights = 0
        """`RED` and `GREEN`, those that are on."""
        self.tag_types = (0xFFFFFFFF, 0xFFFFFFFF)
        """Masks of the low and high frequency types that are searched for."""
        self.mute = False
        self.garbling = self.tearing = self.damaging = 0
        self.noticed = True
        """Whether the host was told of the card's coming or going."""
        self._checksum = checksum
        self._line = b""
        self._outputs = 0
        self._cards: list[tuple[int, int, CardTwin]] = []

    def present(self, *cards: CardTwin, tag_type: int = MIFARE, bits: int | None = None) -> bytes:
        """Put cards there, beside those that are there; `uid` is the ID. Nothing is sent: the host must ask."""
        self._cards += [(tag_type, len(card.uid) * 8 if bits is None else bits, card) for card in cards]
        self.noticed = False
        return b""

    def lift(self) -> None:
        """Take all cards away."""
        self._cards.clear()
        self.noticed = False

    def feed(self, data: bytes) -> bytes:
        """What the host sends; what it gets back."""
        *lines, self._line = (self._line + data).split(b"\r")
        return b"" if self.mute else b"".join(self._reply(line) for line in lines)

    def _reply(self, line: bytes) -> bytes:
        answer = self._obey(line)
        if self._checksum:
            answer += (_crc(answer) ^ bool(self.damaging)).to_bytes(2, "little")
            self.damaging = max(0, self.damaging - 1)
        text = answer.hex().upper().encode() + b"\r"
        if self.garbling:
            self.garbling -= 1
            return b"\xfe\x00Z!\r"
        if self.tearing:
            self.tearing -= 1
            return text[: len(text) // 2]
        return text

    def _obey(self, line: bytes) -> bytes:
        try:
            command = bytes.fromhex(line.decode("ascii"))
        except ValueError:
            return bytes([PARSER_ERROR])
        if self._checksum:
            command, check = command[:-2], command[-2:]
            if _crc(command).to_bytes(2, "little") != check:
                return bytes([PARSER_ERROR])
        known = _FUNCTIONS.get(command[:2])
        if known is None:
            return bytes([UNKNOWN_FUNCTION])
        length, function = known
        parameters = command[2:]
        if len(parameters) != length:
            return bytes([MISSING_PARAMETER if len(parameters) < length else UNUSED_PARAMETERS])
        return bytes([OK]) + function(self, parameters)

    def _version(self, parameters: bytes) -> bytes:
        version = VERSION[: parameters[0]]
        return bytes([len(version)]) + version

    def _configure_outputs(self, parameters: bytes) -> bytes:
        self._outputs |= parameters[0]
        return b""

    def _set_bits(self, parameters: bytes) -> bytes:
        self.lights |= parameters[0] & self._outputs
        return b""

    def _clear_bits(self, parameters: bytes) -> bytes:
        self.lights &= ~parameters[0]
        return b""

    def _beep(self, parameters: bytes) -> bytes:
        frequency, on = (int.from_bytes(parameters[at : at + 2], "little") for at in (1, 3))
        self.beeps.append((frequency, on))
        return b""

    def _set_tag_types(self, parameters: bytes) -> bytes:
        self.tag_types = int.from_bytes(parameters[:4], "little"), int.from_bytes(parameters[4:], "little")
        return b""

    def _search_tag(self, parameters: bytes) -> bytes:
        """One card, by turns where there are several; a card of random UIDs has another one each time."""
        self.noticed = True
        found = [one for one in self._cards if self._searches_for(one[0])]
        if not found:
            return b"\x00"
        tag_type, bits, card = found[0]
        self._cards.append(self._cards.pop(self._cards.index(found[0])))
        card.reset()
        identifier = card.uid[: parameters[0]]
        return bytes([1, tag_type, bits, len(identifier)]) + identifier

    def _searches_for(self, tag_type: int) -> bool:
        return bool(self.tag_types[tag_type >= MIFARE] >> (tag_type & 0x1F) & 1)


_FUNCTIONS: Mapping[bytes, tuple[int, Callable[[Twn4Reader, bytes], bytes]]] = {
    b"\x00\x04": (1, Twn4Reader._version),
    b"\x04\x00": (3, Twn4Reader._configure_outputs),
    b"\x04\x02": (1, Twn4Reader._set_bits),
    b"\x04\x03": (1, Twn4Reader._clear_bits),
    b"\x04\x07": (7, Twn4Reader._beep),
    b"\x05\x00": (1, Twn4Reader._search_tag),
    b"\x05\x02": (8, Twn4Reader._set_tag_types),
}
"""How many bytes of parameters each takes, and what it does."""


def _crc(data: bytes) -> int:
    """As DocRev17 1.3.3 prints it."""
    value = 0xFFFF
    for byte in data:
        mixed = byte ^ value & 0xFF
        mixed ^= mixed << 4 & 0xFF
        value = ((mixed << 8 | value >> 8) ^ mixed >> 4 ^ mixed << 3) & 0xFFFF
    return value
