"""Readers that send a badge as one line of text: bytes as they arrive in, whole lines out."""

import re

LIMIT = 128
"""Bytes in a line; the longest badge formats we know of stay under half of it."""

_END = re.compile(rb"[\r\n]")
_TEXT = re.compile(rb"[ -~]+")


class LineFramer:
    """CR, LF or both end a line. Only printable ASCII is a badge: a line with anything else, or longer than
    `limit`, is noise or a wrong baud rate; it is dropped whole and counted in `dropped`.

    A pause is told by `idle()`. Where the reader sends no end (`idle_ends`), the pause ends the line;
    elsewhere it means that the rest is lost, and the beginning must not be glued to the next badge.
    """

    def __init__(self, *, limit: int = LIMIT, idle_ends: bool = False) -> None:
        self.dropped = 0
        self._limit = limit
        self._idle_ends = idle_ends
        self._buffer = bytearray()
        self._overlong = False

    @property
    def pending(self) -> bool:
        """Whether a line has begun and not ended."""
        return self._overlong or bool(self._buffer)

    def feed(self, data: bytes) -> list[bytes]:
        """Lines that `data` completes, oldest first, without their ends and outer blanks."""
        *ended, rest = _END.split(data)
        lines = []
        for piece in ended:
            self._add(piece)
            lines += self._close()
        self._add(rest)
        return lines

    def idle(self) -> list[bytes]:
        """The line, if any, that a pause in sending ends."""
        if self._idle_ends:
            return self._close()
        self.reset()
        return []

    def reset(self) -> None:
        """The rest will not come (unplugged): drop what has begun."""
        self.dropped += self.pending
        self._buffer.clear()
        self._overlong = False

    def _add(self, piece: bytes) -> None:
        if self._overlong or len(self._buffer) + len(piece) > self._limit:
            self._overlong = True
            self._buffer.clear()
        else:
            self._buffer += piece

    def _close(self) -> list[bytes]:
        line = bytes(self._buffer).strip(b" ")
        if self._overlong or (line and not _TEXT.fullmatch(line)):
            self.reset()
            return []
        self._buffer.clear()
        return [line] if line else []
