"""The frames of NXP PN532 over UART (UM0701-02, 6.2.1): bytes as they arrive in, whole frames out."""

from enum import Enum

LONGEST = 265
"""Bytes of data in an extended frame, TFI and command code among them."""
TO_CHIP, FROM_CHIP = 0xD4, 0xD5
SYNTAX_ERROR = b"\x7f"
"""The data of the error frame: the chip does not know the command, or not in this form."""
ACK = bytes.fromhex("0000ff00ff00")
"""Also ends whatever command the chip is at."""
NACK = bytes.fromhex("0000ffff0000")
"""The chip sends its last frame again."""
WAKE = b"\x55\x55" + bytes(14)
"""Wakes the chip's serial port and gives it time; an awake chip takes it for a long preamble."""

_START = b"\x00\xff"


class Mark(Enum):
    """A frame without data, or one of which the data cannot be had."""

    ACK = "ack"
    NACK = "nack"
    DAMAGED = "damaged"
    """A length or a checksum is wrong."""


def frame(data: bytes) -> bytes:
    """The frame of `data`, TFI first; 1 to `LONGEST` bytes. Extended only where it must be."""
    if not 1 <= len(data) <= LONGEST:
        raise ValueError(f"{len(data)} bytes in a frame")
    if len(data) < 0x100:
        head = bytes([len(data), -len(data) & 0xFF])
    else:
        length = len(data).to_bytes(2, "big")
        head = b"\xff\xff" + length + bytes([-sum(length) & 0xFF])
    return b"\x00" + _START + head + data + bytes([-sum(data) & 0xFF, 0])


class Frames:
    """Finds frames in a stream. What is no frame between them, such as preambles and noise, is passed over."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    @property
    def begun(self) -> bool:
        """Whether a frame has begun and not ended."""
        return self._buffer.startswith(_START)

    def clear(self) -> None:
        """Forget what had begun."""
        self._buffer.clear()

    def feed(self, data: bytes) -> list[bytes | Mark]:
        """The data of each frame that `data` completes, TFI first and checksum checked, or what it is without data."""
        self._buffer += data
        found: list[bytes | Mark] = []
        while (one := self._take()) is not None:
            found.append(one)
        return found

    def _take(self) -> bytes | Mark | None:
        start = self._buffer.find(_START)
        if start < 0:
            del self._buffer[: len(self._buffer) - self._buffer.endswith(b"\x00")]
            return None
        del self._buffer[:start]
        extent = self._extent()
        if not isinstance(extent, tuple):
            return extent
        begin, end = extent
        if len(self._buffer) <= end:
            return None
        data, check = bytes(self._buffer[begin:end]), self._buffer[end]
        del self._buffer[: end + 1]
        return Mark.DAMAGED if (sum(data) + check) & 0xFF else data

    def _extent(self) -> tuple[int, int] | Mark | None:
        """Where the data begins and ends; None where more bytes must tell."""
        head = bytes(self._buffer[2:7])
        if len(head) < 2:
            return None
        for code, mark in ((b"\x00\xff", Mark.ACK), (b"\xff\x00", Mark.NACK)):
            if head.startswith(code):
                return self._mark(mark, 4)
        extended = head.startswith(b"\xff\xff")
        if extended and len(head) < 5:
            return None
        begin, fields = (7, head[2:5]) if extended else (4, head[:2])
        length = int.from_bytes(fields[:-1], "big")
        if sum(fields) & 0xFF or not 1 <= length <= LONGEST:
            return self._mark(Mark.DAMAGED, 2)
        return begin, begin + length

    def _mark(self, mark: Mark, length: int) -> Mark:
        del self._buffer[:length]
        return mark
