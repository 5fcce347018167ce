"""What a reader gave of a card, before any rule is applied."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class RawRead:
    """ASCII as the reader sent it, or the card's own bits: then `bits` says how many of them count, from the first
    (most significant) of `data` on."""

    data: bytes = field(repr=False)
    is_text: bool = True
    bits: int = 0

    @property
    def text(self) -> str:
        """The text, or the bits in lower-case hexadecimal; other characters than printable ASCII as `\\xNN`."""
        if not self.is_text:
            return self.data.hex()
        return self.data.decode("ascii", "backslashreplace")
