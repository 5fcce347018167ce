"""An NFC Forum Type 4 tag as its reader meets it, also as a telephone plays one; with the ways in which it can lie."""

from dataclasses import dataclass, field

from hal.ports.random_source import RandomSource

NAME = {1: bytes.fromhex("D2760000850100"), 2: bytes.fromhex("D2760000850101"), 3: bytes.fromhex("D2760000850101")}
"""Of the application, by the mapping version."""
CONTAINER, MESSAGE = b"\xe1\x03", b"\xe1\x04"
GOOD, NOT_FOUND, DENIED, WRONG_P1P2, WRONG_LENGTH = b"\x90\x00", b"\x6a\x82", b"\x69\x82", b"\x6b\x00", b"\x67\x00"
NO_INSTRUCTION, NO_CLASS = b"\x6d\x00", b"\x6e\x00"
TELEPHONE_ATS = bytes.fromhex("0578807002")
"""Of telephones that play a card: no historical bytes."""


@dataclass(slots=True)
class Type4Tag:
    """A tag with `message`. With `random` it has a new UID after each `reset`, as telephones do.

    Faults: `said_length` is the NLEN it claims; `read_access` other than 0 refuses; `most` is its MLe; `short` is how
    many bytes each answer lacks; `answers` is how many commands it answers before it is lifted, below 0: all.
    """

    message: bytes = field(repr=False)
    version: int = 2
    """The mapping version's major number. Its minor one is 0."""
    uid: bytes = field(repr=False, default=bytes.fromhex("04112233445566"))
    random: RandomSource | None = field(repr=False, default=None)
    atqa: bytes = b"\x03\x44"
    sak: int = 0x20
    ats: bytes = TELEPHONE_ATS
    most: int = 0x3B
    file_size: int = 0x0400
    said_length: int | None = None
    read_access: int = 0x00
    short: int = 0
    answers: int = -1
    _inside: bool = field(init=False, default=False)
    _file: bytes = field(init=False, default=b"")

    def __post_init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """The field goes off and on: nothing is selected."""
        if self.random is not None:
            self.uid = b"\x08" + self.random.token(3)
        self._inside, self._file = False, b""

    def exchange(self, command: bytes) -> bytes | None:
        """SELECT and READ BINARY (ISO 7816-4)."""
        if self.answers == 0:
            return None
        self.answers -= 1
        if command[:1] != b"\x00" or len(command) < 5:
            return NO_CLASS
        if command[1] == 0xA4:
            return self._select(command)
        return self._read(command) if command[1] == 0xB0 else NO_INSTRUCTION

    def _select(self, command: bytes) -> bytes:
        name = command[5 : 5 + command[4]]
        if command[2:4] == b"\x04\x00":
            self._inside, self._file = name == NAME.get(self.version, NAME[2]), b""
            return GOOD if self._inside else NOT_FOUND
        if command[2:4] != (b"\x00\x00" if self.version == 1 else b"\x00\x0c"):
            return WRONG_P1P2
        if not self._inside or name not in (CONTAINER, MESSAGE):
            return NOT_FOUND
        self._file = name
        return GOOD

    def _read(self, command: bytes) -> bytes:
        if not self._file or (self._file == MESSAGE and self.read_access):
            return DENIED
        offset, count = int.from_bytes(command[2:4], "big"), command[4]
        if len(command) != 5 or count > self.most:
            return WRONG_LENGTH
        found = self._content[offset : offset + count]
        return found[: len(found) - self.short] + GOOD if offset < len(self._content) else WRONG_P1P2

    @property
    def _content(self) -> bytes:
        if self._file == MESSAGE:
            length = len(self.message) if self.said_length is None else self.said_length
            return length.to_bytes(2, "big") + self.message
        file = MESSAGE + self.file_size.to_bytes(2, "big") + bytes((self.read_access, 0xFF))
        return b"\x00\x0f" + bytes((self.version << 4,)) + self.most.to_bytes(2, "big") + b"\x00\x34\x04\x06" + file
