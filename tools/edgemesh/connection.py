"""One HTTP connection of the server: who is at its other end, and what becomes of one that says nothing or nonsense."""

import asyncio
import json
import logging
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import LineTooLong

from tools.edgemesh.exchange import PROBLEM_TYPE
from tools.edgemesh.problems import Problem, from_status

log = logging.getLogger("edgemesh")

GREETING_SECONDS = 10.0
"""From the end of the TLS handshake to the end of the first request's headers."""
KEEP_ALIVE_SECONDS = 75.0
LINGERING_SECONDS = 2.0
"""How long what a refused peer still sends is read and thrown away, so that it gets to read the refusal."""
MAX_LINE = 4096
MAX_FIELD = 8192
MAX_HEADERS = 64
MAX_CONNECTIONS = 1024


class Connection(web.RequestHandler):
    """aiohttp's connection with our limits and our error documents."""

    __slots__ = ("_greeting", "greeting_seconds")

    def __init__(self, manager: web.Server, *, greeting_seconds: float, **limits: Any) -> None:
        super().__init__(manager, **limits)
        self.greeting_seconds = greeting_seconds
        self._greeting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._greeting = asyncio.get_running_loop().call_later(self.greeting_seconds, self.force_close)

    def greeted(self) -> None:
        """A first request was read."""
        if self._greeting is not None:
            self._greeting.cancel()
            self._greeting = None

    def connection_lost(self, exc: BaseException | None) -> None:
        self.greeted()
        super().connection_lost(exc)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """What aiohttp itself refuses (it could not read the request) or could not finish."""
        log.debug("connection: status %s, %r, %s", status, exc, message)
        if request.writer.output_size > 0:
            raise ConnectionError("an answer has begun already")
        problem = Problem("headers-too-large") if isinstance(exc, LineTooLong) else from_status(status)
        response = problem_response(problem)
        response.force_close()
        return response


def problem_response(problem: Problem) -> web.Response:
    """A refusal over HTTP."""
    body = json.dumps(problem.document()).encode()
    return web.Response(status=problem.status, body=body, content_type=PROBLEM_TYPE)
