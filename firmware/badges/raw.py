"""What a reader gave of a card, before any rule is applied."""

from dataclasses import dataclass, field

from firmware.badges.value import Bits


@dataclass(frozen=True, slots=True)
class RawRead:
    """ASCII as the reader sent it, or the card's own bits: then `bits` says how many of them count, from the first
    (most significant) of `data` on; 0: all of them. What follows them in the last byte is filling."""

    data: bytes = field(repr=False)
    is_text: bool = True
    bits: int = 0

    @property
    def frame(self) -> Bits:
        """The bits that count, the first one sent on top."""
        there = len(self.data) * 8
        count = min(self.bits or there, there)
        return Bits(int.from_bytes(self.data) >> (there - count), count)

    @property
    def text(self) -> str:
        """For people: the text as sent, other characters than printable ASCII as `\\xNN`; or the bits as a number in
        lower-case hexadecimal, the last bit sent its lowest, with a digit for every four bits begun. 26 bits so are
        seven digits, of which the first is at most 3: `01 0000 …` is `1 0 …`."""
        if not self.is_text:
            return self.frame.hex
        return "".join(chr(byte) if 0x20 <= byte < 0x7F else f"\\x{byte:02x}" for byte in self.data)
