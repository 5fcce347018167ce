"""Server-sent events from bytes, without I/O (WHATWG HTML, 9.2.6), with a limit on everything that is kept."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from firmware.mesh.port import MeshProtocolError

LINE_BYTES = 64 * 1024
EVENT_BYTES = 64 * 1024
_LINE_END = re.compile(rb"[\r\n]")
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    """One event: its kind (`message` when not given), its data lines joined by LF, the last id seen up to it."""

    kind: str
    data: str
    last_id: str


class SseParser:
    """Bytes in any portions in, events out. Once it has raised it must not be fed again."""

    def __init__(self, last_id: str = "") -> None:
        self.last_id = last_id
        """As of the last blank line: what came before it was seen whole."""
        self._id = last_id
        self._pending = bytearray()
        self._scanned = 0  # bytes of _pending known to hold no line end
        self._after_cr = False
        self._first_line = True
        self._kind = ""
        self._data: list[str] = []
        self._data_size = 0

    def feed(self, data: bytes) -> Iterator[ServerSentEvent]:
        """Every event that `data` completes. Raises MeshProtocolError at a line or an event that is too long, after
        the events before it."""
        self._pending += data
        while (line := self._line()) is not None:
            if (event := self._take(line)) is not None:
                yield event

    def _line(self) -> bytes | None:
        """The next complete line, without its end: CR, LF or CR LF."""
        if self._after_cr and self._pending:
            self._after_cr = False
            if self._pending[0] == 0x0A:
                del self._pending[0]
        end = _LINE_END.search(self._pending, self._scanned)
        length = len(self._pending) if end is None else end.start()
        if length > LINE_BYTES:
            raise MeshProtocolError("a line of the event stream is too long")
        if end is None:
            self._scanned = length
            return None
        line = bytes(self._pending[:length])
        self._after_cr = self._pending[length] == 0x0D
        del self._pending[: length + 1]
        self._scanned = 0
        return line

    def _take(self, line: bytes) -> ServerSentEvent | None:
        if self._first_line:
            self._first_line = False
            line = line.removeprefix(_BOM)
        if not line:
            return self._dispatch()
        name, _, value = line.decode("utf-8", "replace").partition(":")
        self._set(name, value.removeprefix(" "))
        return None

    def _set(self, name: str, value: str) -> None:
        if name == "data":
            self._data.append(value)
            self._data_size += len(value) + 1
            if self._data_size > EVENT_BYTES:
                raise MeshProtocolError("an event of the event stream is too long")
        elif name == "event":
            self._kind = value
        elif name == "id" and "\0" not in value:
            self._id = value
        # `retry` is the reader's own policy here (follow.py); a line that starts with a colon is a heartbeat

    def _dispatch(self) -> ServerSentEvent | None:
        """The end of an event: those without data are dropped, as the standard says."""
        kind, data, self.last_id = self._kind or "message", self._data, self._id
        self._kind, self._data, self._data_size = "", [], 0
        return ServerSentEvent(kind, "\n".join(data), self.last_id) if data else None
