"""One HTTP connection to a page: how much of it may be said, how long it may say nothing, how many there are."""

import asyncio
from typing import Any

from aiohttp import web

MOST_CONNECTIONS = 24
"""Of one page. Beyond, the oldest that has not shown that it belongs here goes for a new one."""
GREETING_SECONDS = 10.0
"""Within which a connection has to show that it belongs here."""
KEEP_ALIVE_SECONDS = 75.0
LIMITS: dict[str, Any] = {
    "max_line_size": 2048,
    "max_field_size": 4096,
    "max_headers": 48,
    "keepalive_timeout": KEEP_ALIVE_SECONDS,
    "lingering_time": 1.0,
    "auto_decompress": False,
    "access_log": None,
}
REFUSAL = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Room:
    """The connections of one page, the oldest first."""

    def __init__(self, most: int = MOST_CONNECTIONS, greeting_seconds: float = GREETING_SECONDS) -> None:
        self._most = most
        self.greeting_seconds = greeting_seconds
        self._open: dict[Connection, None] = {}

    def __len__(self) -> int:
        return len(self._open)

    def enter(self, connection: "Connection") -> bool:
        """Whether there is room, where need be at the expense of one that has not shown that it belongs."""
        if len(self._open) >= self._most:
            stranger = next((one for one in self._open if not one.belongs), None)
            if stranger is None:
                return False
            self._open.pop(stranger)
            stranger.drop()
        self._open[connection] = None
        return True

    def leave(self, connection: "Connection") -> None:
        """It is closed."""
        self._open.pop(connection, None)

    def clear(self) -> None:
        """Break off all of them."""
        for connection in list(self._open):
            connection.drop()


class Connection(web.RequestHandler):
    """aiohttp's connection with our limits, and without a word about what serves it."""

    __slots__ = ("_greeting", "_room", "_wire", "belongs")

    def __init__(self, manager: web.Server, room: Room) -> None:
        super().__init__(manager, loop=asyncio.get_running_loop(), **LIMITS)
        self._room = room
        self._greeting: asyncio.TimerHandle | None = None
        self._wire: asyncio.Transport | None = None
        self.belongs = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if isinstance(transport, asyncio.Transport):
            transport.set_write_buffer_limits(high=0)  # whoever does not read is waited for at once
            self._wire = transport
        if not self._room.enter(self):
            self.drop()
            return
        self._greeting = asyncio.get_running_loop().call_later(self._room.greeting_seconds, self.drop)

    def welcome(self) -> None:
        """It has shown that it belongs here."""
        self.belongs = True
        self._stop_waiting()

    def drop(self) -> None:
        """Break it off, whatever is under way."""
        if self._wire is not None:
            self._wire.abort()

    def connection_lost(self, exc: BaseException | None) -> None:
        self._room.leave(self)
        self._stop_waiting()
        super().connection_lost(exc)

    def _stop_waiting(self) -> None:
        if self._greeting is not None:
            self._greeting.cancel()
            self._greeting = None

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,  # noqa: ARG002 - the library's shape
        exc: BaseException | None = None,  # noqa: ARG002 - as above
        message: str | None = None,  # noqa: ARG002 - as above
    ) -> web.StreamResponse:
        """What aiohttp itself refuses, because it could not read it: a bare refusal, and the end of the connection."""
        if self.transport is not None and request.writer.output_size == 0:
            self.transport.write(REFUSAL)
        raise ConnectionError("not HTTP as it is spoken here")
