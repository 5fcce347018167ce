"""The NDEF message on a tag, sans-IO: command APDUs out, responses in (NFC Forum Type 2 and Type 4 Tag specifications).

A conversation is a generator: it yields commands, is sent the responses, and returns the message. Whatever a tag says,
at most `LONGEST` bytes of it are read.
"""

from collections.abc import Generator
from dataclasses import dataclass

LONGEST = 1024
"""Bytes of a tag that are looked at: a card number needs less than a hundred."""
GOOD = b"\x90\x00"

PAGE = 4
BLOCK = 16
"""Bytes that READ of a Type 2 tag gives: four pages."""
CONTAINER_PAGE, DATA_PAGE = 3, 4
MAGIC = 0xE1
NULL, LOCK_CONTROL, MEMORY_CONTROL, MESSAGE, TERMINATOR = 0x00, 0x01, 0x02, 0x03, 0xFE

APPLICATION_2 = bytes.fromhex("00A4040007D276000085010100")
APPLICATION_1 = bytes.fromhex("00A4040007D2760000850100")
"""SELECT by name; that of version 1 has no Le."""
CONTAINER_FILE = b"\xe1\x03"
SELECT_2, SELECT_1 = bytes.fromhex("00A4000C02"), bytes.fromhex("00A4000002")
"""SELECT a file by its identifier, without an answer; version 1 knows no P2 of 0C."""
CONTAINER_BYTES = 15
FILE_CONTROL = b"\x04\x06"
LEAST_MLE = 15
CHUNK = 240
"""Bytes asked for at once, for readers whose frames carry no more than 255."""
RESERVED_FILES = {b"\x00\x00", b"\xe1\x02", b"\xe1\x03", b"\x3f\x00", b"\x3f\xff", b"\xff\xff"}
SMALLEST_FILE = 5

Conversation = Generator[bytes, bytes, bytes]


class RecordError(ValueError):
    """The tag has no NDEF message that may be read, or what it says of itself cannot be."""


def read_type2() -> Conversation:
    """The first message of a Type 2 tag. Commands are READ BINARY of PC/SC part 3 (3.2.2.1.8). Raises `RecordError`."""
    container = (yield from _block(CONTAINER_PAGE))[:PAGE]
    if container[0] != MAGIC or container[1] >> 4 != 1:
        raise RecordError("no capability container of version 1")
    if container[3] >> 4:
        raise RecordError("it may not be read by everybody")
    memory = _Memory(min(DATA_PAGE * PAGE + container[2] * 8, LONGEST))
    while True:
        kind = (yield from memory.take(1))[0]
        if kind == TERMINATOR:
            raise RecordError("no message before the terminator")
        if kind == NULL:
            continue
        length = yield from _length(memory)
        if kind == MESSAGE:
            return (yield from memory.take(length))
        if kind in (LOCK_CONTROL, MEMORY_CONTROL):
            memory.reserve(reserved(kind, (yield from memory.take(length))))
        else:
            yield from memory.skip(length)


def _length(memory: "_Memory") -> Generator[bytes, bytes, int]:
    """One byte, or FF and two; FFFF is reserved."""
    length = (yield from memory.take(1))[0]
    if length == 0xFF:
        length = int.from_bytes((yield from memory.take(2)), "big")
    if length == 0xFFFF:
        raise RecordError("a reserved length")
    return length


def reserved(kind: int, control: bytes) -> range:
    """The bytes, counted from the tag's first, of which a lock or memory control TLV says that they are no data
    (Type 2 Tag 1.2, 2.3.2 and 2.3.3): `control` is where, how many bits or bytes, and how large the pages are by which
    the place is told. Raises `RecordError`."""
    if len(control) != 3:
        raise RecordError("a control TLV of another length than 3")
    size = control[1] or 256
    if kind == LOCK_CONTROL:
        size = (size + 7) // 8
    first = (control[0] >> 4 << (control[2] & 15)) + (control[0] & 15)
    return range(first, first + size)


class _Memory:
    """The bytes of a Type 2 tag in their order, from the data area on; reserved ones are passed over."""

    def __init__(self, end: int) -> None:
        self._end = end
        self._at = DATA_PAGE * PAGE
        self._reserved: list[range] = []
        self._blocks: dict[int, bytes] = {}

    def reserve(self, places: range) -> None:
        """Not to be taken from now on."""
        self._reserved.append(places)

    def take(self, count: int) -> Conversation:
        """The next `count` data bytes. Raises `RecordError` where there are not so many."""
        taken = bytearray()
        for at in self._next(count):
            block = at // BLOCK
            if block not in self._blocks:
                self._blocks[block] = yield from _block(block * BLOCK // PAGE)
            taken.append(self._blocks[block][at % BLOCK])
        return bytes(taken)

    def skip(self, count: int) -> Generator[bytes, bytes, None]:
        """Without reading them. Raises `RecordError`."""
        self._next(count)
        yield from ()

    def _next(self, count: int) -> list[int]:
        if count > self._end:
            raise RecordError("longer than the tag")
        places: list[int] = []
        while len(places) < count:
            if self._at >= self._end:
                raise RecordError("it goes beyond the tag's end")
            if not any(self._at in each for each in self._reserved):
                places.append(self._at)
            self._at += 1
        return places


def _block(page: int) -> Conversation:
    response = yield bytes((0xFF, 0xB0, 0x00, page, BLOCK))
    return _answer(response, BLOCK)


def read_type4() -> Conversation:
    """The message of a Type 4 tag, mapping version 1 to 3. Raises `RecordError`."""
    select = SELECT_2
    if (yield APPLICATION_2)[-2:] != GOOD:
        select = SELECT_1
        if (yield APPLICATION_1)[-2:] != GOOD:
            raise RecordError("no NDEF application")
    yield from _select(select, CONTAINER_FILE)
    container = decode_container((yield from _binary(0, CONTAINER_BYTES)))
    yield from _select(select, container.file)
    length = int.from_bytes((yield from _binary(0, 2)), "big")
    if length > min(container.size - 2, LONGEST):
        raise RecordError("a message longer than its file, or than any we want")
    message = b""
    while len(message) < length:
        wanted = min(container.most, CHUNK, length - len(message))
        message += yield from _binary(2 + len(message), wanted)
    return message


@dataclass(frozen=True, slots=True)
class Container:
    """What the capability container of a Type 4 tag says: `most` bytes can be read at once (MLe), the message is in
    `file`, whose size in bytes counts NLEN."""

    most: int
    file: bytes
    size: int


def decode_container(data: bytes) -> Container:
    """The first 15 bytes of the capability container (Type 4 Tag 2.0, 5.1). Raises `RecordError`."""
    if len(data) != CONTAINER_BYTES or not CONTAINER_BYTES <= int.from_bytes(data[:2], "big") < 0xFFFF:
        raise RecordError("a capability container of another length than it says")
    if data[2] >> 4 not in (1, 2, 3):
        raise RecordError("a mapping version that we do not know")
    most, file, size = int.from_bytes(data[3:5], "big"), data[9:11], int.from_bytes(data[11:13], "big")
    if most < LEAST_MLE:
        raise RecordError("an MLe below 15")
    if data[7:9] != FILE_CONTROL or file in RESERVED_FILES or not SMALLEST_FILE <= size < 0xFFFF:
        raise RecordError("no NDEF file that can be")
    if data[13]:
        raise RecordError("it may not be read by everybody")
    return Container(most, file, size)


def _select(command: bytes, file: bytes) -> Generator[bytes, bytes, None]:
    if (yield command + file)[-2:] != GOOD:
        raise RecordError("a file that the tag names and does not have")


def _binary(offset: int, count: int) -> Conversation:
    response = yield b"\x00\xb0" + offset.to_bytes(2, "big") + bytes((count,))
    return _answer(response, count)


def _answer(response: bytes, count: int) -> bytes:
    if response[-2:] != GOOD or len(response) != count + 2:
        raise RecordError("it refuses, or gives another number of bytes than asked for")
    return response[:-2]
