"""A PC/SC reader's side of a card twin: the ATR it makes up and the commands it answers itself (PC/SC part 3)."""

from functools import reduce
from operator import xor

from hal.sim.cards.card import CardTwin

NO_FUNCTION = b"\x6a\x81"
NO_INSTRUCTION = b"\x6d\x00"
GOOD = b"\x90\x00"
NAMES = {0x08: 0x0001, 0x18: 0x0002, 0x00: 0x0003}
"""Card names of the supplement to part 3, by SAK: MIFARE Classic 1K and 4K, and Ultralight."""


class CardSlot:
    """The reader with the one card in it. `beeped` counts the ACR122U's command for light and sound."""

    def __init__(self, card: CardTwin) -> None:
        self.card = card
        self.beeped = 0

    @property
    def atr(self) -> bytes:
        """3.1.3.2.3: the historical bytes of the ATS, or of a storage card its standard and name."""
        if self.card.ats:
            historical = _historical(self.card.ats)
        else:
            name = NAMES.get(self.card.sak, 0).to_bytes(2, "big")
            historical = bytes.fromhex("804F0CA000000306") + b"\x03" + name + bytes(4)
        checked = bytes((0x80 | len(historical), 0x80, 0x01)) + historical
        return b"\x3b" + checked + bytes((reduce(xor, checked),))

    def transmit(self, apdu: bytes) -> bytes | None:
        """The response; None where the card does not answer."""
        if apdu[:3] == b"\xff\xca\x00":
            return self.card.uid + GOOD
        if apdu[:3] == b"\xff\xca\x01":
            return self.card.ats + GOOD if self.card.ats else NO_FUNCTION
        if apdu[:2] == b"\xff\xb0":
            return self._block(apdu)
        if apdu[:3] == b"\xff\x00\x40":
            self.beeped += 1
            return GOOD
        if apdu[:1] == b"\xff":
            return NO_FUNCTION
        return self.card.exchange(apdu) if self.card.ats else NO_INSTRUCTION

    def _block(self, apdu: bytes) -> bytes | None:
        """READ BINARY of four pages of a Type 2 tag; Le says how many bytes of them, 0 for all."""
        if self.card.ats or len(apdu) != 5:
            return NO_FUNCTION
        block = self.card.exchange(bytes((0x30, apdu[3])))
        return block if block is None or len(block) < 16 else block[: apdu[4] or 16] + GOOD


def _historical(ats: bytes) -> bytes:
    """ISO 14443-4, 5.2: TL, T0, and TA, TB, TC where bits 5 to 7 of T0 say so, come before them."""
    return ats[2 + (ats[1] & 0x70).bit_count() :] if len(ats) > 1 else b""
