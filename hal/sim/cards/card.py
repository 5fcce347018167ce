"""What every card twin is to the reader that powers it, and the plainest of them."""

from dataclasses import dataclass, field
from typing import Protocol


class CardTwin(Protocol):
    """One card in the field. Attributes are what anticollision and RATS tell (ISO 14443-3 and -4)."""

    uid: bytes
    """4, 7 or 10 bytes, in the order of transmission. A card of random UIDs has another one after each `reset`."""
    atqa: bytes
    """2 bytes, as PN532 gives them: high byte first."""
    sak: int
    ats: bytes
    """From TL on; empty for a card without ISO 14443-4."""

    def reset(self) -> None:
        """The field goes off and on: all state of a conversation is gone."""
        ...

    def exchange(self, command: bytes) -> bytes | None:
        """The answer to one command: an APDU where there is an ATS, else the card's own commands such as `30 page`.
        None where it does not answer."""
        ...


@dataclass(slots=True)
class UidCard:
    """A card that has a number and says nothing else, such as MIFARE Classic without its keys."""

    uid: bytes = field(repr=False)
    atqa: bytes = b"\x00\x04"
    sak: int = 0x08
    ats: bytes = b""

    def reset(self) -> None:
        """It has no state."""

    def exchange(self, command: bytes) -> bytes | None:  # noqa: ARG002 - the shape of a card
        """It knows no command."""
        return None
