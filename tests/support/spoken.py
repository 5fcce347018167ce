"""A dialect and the emulated reader it speaks to, in a time that the test moves; and cards that say something."""

from dataclasses import dataclass, field

from hal.framing.dialect import Answered, CardRead, Dialect, Read
from hal.framing.holding import Holding
from hal.ports.badge_reader import Fault
from hal.sim.cards.card import CardTwin
from tools.peers.spoken import Emulator

ATS = bytes.fromhex("067577810280")
"""Of a DESFire EV1, from TL on."""


@dataclass
class EchoCard:
    """A card with ISO 14443-4 that answers `length` times the command, and 90 00."""

    uid: bytes = bytes.fromhex("04a1b2c3d4e5f6")
    atqa: bytes = b"\x03\x44"
    sak: int = 0x20
    ats: bytes = ATS
    length: int = 1
    resets: int = 0

    def reset(self) -> None:
        self.resets += 1

    def exchange(self, command: bytes) -> bytes | None:
        return command * self.length + b"\x90\x00"


@dataclass
class PagesCard:
    """A Type 2 tag of 16 pages, each its number four times; READ wraps as the tag's does."""

    uid: bytes = bytes.fromhex("04416d412b0289")
    atqa: bytes = b"\x00\x44"
    sak: int = 0
    ats: bytes = b""

    def reset(self) -> None:
        """It has no state."""

    def exchange(self, command: bytes) -> bytes | None:
        code, page = command
        return b"".join(bytes([(page + at) % 16]) * 4 for at in range(4)) if code == 0x30 and page < 16 else None


@dataclass
class Talk:
    """`reads` is what the dialect gave, `taps` what is left of it when a held card is one."""

    dialect: Dialect
    emulator: Emulator
    split: int = 4096
    """Bytes that come at once."""
    now: float = 0.0
    reads: list[Read] = field(default_factory=list)
    taps: list[Read] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)
    holding: Holding = field(default_factory=Holding)

    def __post_init__(self) -> None:
        self.dialect.start(self.now)
        self.settle()

    @property
    def seen(self) -> list[object]:
        """`taps`, a card as the hexadecimal digits of what it is known by."""
        return [tap.credential.hex() if isinstance(tap, CardRead) else tap for tap in self.taps]

    @property
    def answers(self) -> list[bytes | None]:
        """Of the cards, oldest first."""
        return [read.response for read in self.reads if isinstance(read, Answered)]

    def settle(self) -> None:
        """Until nobody has anything to say."""
        while out := self.dialect.to_send():
            self.sent.append(out)
            self.hear(self.emulator.feed(out))

    def hear(self, data: bytes) -> None:
        """Bytes from the reader."""
        for at in range(0, len(data), self.split):
            self._keep(self.dialect.feed(data[at : at + self.split], self.now))

    def present(self, *cards: CardTwin) -> None:
        self.hear(self.emulator.present(*cards))
        self.settle()

    def wait(self, seconds: float) -> None:
        """Deadline by deadline."""
        end = self.now + seconds
        while (deadline := self.dialect.deadline) is not None and deadline <= end:
            self.now = max(self.now, deadline)
            self._keep(self.dialect.pause(self.now))
            self.settle()
        self.now = end

    def _keep(self, reads: list[Read]) -> None:
        self.reads += reads
        for read in reads:
            if isinstance(read, CardRead | Fault) and (passed := self.holding.passes(read, self.now)) is not None:
                self.taps.append(passed)
