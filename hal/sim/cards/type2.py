"""An NFC Forum Type 2 tag as its reader meets it: pages of 4 bytes, with the ways in which it can be torn or lie."""

from dataclasses import dataclass, field

NAK = b"\x00"
"""Four bits, as a reader hands them on."""
READ = 0x30


@dataclass(slots=True)
class Type2Tag:
    """`memory` is all of it, from the UID's pages on. Faults: from page `protected_from` on it is read only after a
    password, which nobody here has; `answers` is how many READs it answers before it is lifted, below 0: all."""

    memory: bytes = field(repr=False)
    uid: bytes = field(repr=False, default=bytes.fromhex("04a1b2c3d4e5f6"))
    atqa: bytes = b"\x00\x44"
    sak: int = 0x00
    ats: bytes = b""
    protected_from: int = 0x100
    answers: int = -1

    def reset(self) -> None:
        """It has no state."""

    def exchange(self, command: bytes) -> bytes | None:
        """READ gives 16 bytes and begins at page 0 again after the last one; it knows nothing else."""
        if self.answers == 0:
            return None
        self.answers -= 1
        pages = len(self.memory) // 4
        if len(command) != 2 or command[0] != READ or command[1] >= min(pages, self.protected_from):
            return NAK
        last = min(pages, self.protected_from)
        found = [(command[1] + ahead) % last for ahead in range(4)]
        return b"".join(self.memory[page * 4 : page * 4 + 4] for page in found)


def tlv(kind: int, value: bytes, length: int | None = None) -> bytes:
    """One TLV of the data area; `length` is what it says where it lies."""
    said = len(value) if length is None else length
    size = bytes((said,)) if said < 0xFF else b"\xff" + said.to_bytes(2, "big")
    return bytes((kind,)) + size + value


def memory_with(data: bytes, size: int = 144, *, version: int = 0x10, access: int = 0x00) -> bytes:
    """A tag's memory with `data` in its data area of `size` bytes, and behind it the 5 pages of an NTAG213."""
    container = bytes((0xE1, version, size // 8, access))
    return bytes.fromhex("04a1b2 9f c3d4e5f6 04 48 0000") + container + data.ljust(size, b"\0") + bytes(20)


def tag_with(message: bytes, size: int = 144) -> Type2Tag:
    """As a telephone or a factory writes it: the message, then the terminator."""
    return Type2Tag(memory_with(tlv(3, message) + b"\xfe", size))
