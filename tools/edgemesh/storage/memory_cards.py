"""What the vault keeps of cards in memory, for simulations: durable for as long as the object lives."""


class MemoryCards:
    """`tools.edgemesh.cards.book.CardStore`."""

    def __init__(self) -> None:
        self._raw = b""

    def load(self) -> bytes:
        return self._raw

    def keep(self, raw: bytes) -> None:
        self._raw = raw
