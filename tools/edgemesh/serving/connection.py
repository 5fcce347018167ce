"""One HTTP connection of the server: who is at its other end, and what becomes of one that says nothing or nonsense."""

import asyncio
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import BadHttpMessage, LineTooLong

from firmware.vault.identity import Identity
from tools.edgemesh.interface.exchange import PROBLEM_TYPE, SERVER_HEADERS
from tools.edgemesh.interface.problems import Problem, from_status

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
"""Whose handshake is done."""


@dataclass(frozen=True, slots=True)
class Admission:
    """Under what name a connection counts, who is at its other end where that is one of ours, whether it may stay."""

    name: str
    identity: Identity | None
    may_stay: bool


class Connection(web.RequestHandler):
    """aiohttp's connection with our limits and our error documents. `admit` is given the peer's certificate (DER) and
    says how it counts the connection; `leave` is given the name at the end. `open_ones` holds the transports of all
    that live, with whom each was admitted as. `streaming` is the task that writes an event stream to it, which ends
    with the connection: a station that starts again is not kept out by the streams it left behind."""

    __slots__ = ("_admit", "_counted", "_greeting", "_leave", "_open", "greeting_seconds", "streaming")

    def __init__(
        self,
        manager: web.Server,
        *,
        greeting_seconds: float,
        admit: Callable[[bytes | None], Admission],
        leave: Callable[[str], None],
        open_ones: dict[asyncio.BaseTransport, Identity | None],
        **limits: Any,
    ) -> None:
        super().__init__(manager, **limits)
        self._admit, self._leave, self._counted = admit, leave, ""
        self._open = open_ones
        self.greeting_seconds = greeting_seconds
        self._greeting: asyncio.TimerHandle | None = None
        self.streaming: asyncio.Task[object] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._greeting = asyncio.get_running_loop().call_later(self.greeting_seconds, self.force_close)
        tls = transport.get_extra_info("ssl_object")
        certificate = tls.getpeercert(binary_form=True) if tls is not None else None
        admitted = self._admit(certificate)
        self._counted = admitted.name
        self._open[transport] = admitted.identity
        if not admitted.may_stay and isinstance(transport, asyncio.Transport):
            transport.abort()

    def greeted(self) -> None:
        """A first request was read."""
        if self._greeting is not None:
            self._greeting.cancel()
            self._greeting = None

    def connection_lost(self, exc: BaseException | None) -> None:
        if self.transport is not None:
            self._open.pop(self.transport, None)
        self.greeted()
        if self._counted:
            self._leave(self._counted)
            self._counted = ""
        if self.streaming is not None:
            self.streaming.cancel()
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
        problem = Problem("headers-too-large") if _too_large(exc) else from_status(status)
        response = problem_response(problem)
        response.force_close()
        return response


def _too_large(exc: BaseException | None) -> bool:
    """aiohttp has a type for a long line, and only words for too many of them."""
    return isinstance(exc, LineTooLong) or (isinstance(exc, BadHttpMessage) and "Too many headers" in str(exc))


def problem_response(problem: Problem) -> web.Response:
    """A refusal over HTTP."""
    body = json.dumps(problem.document()).encode()
    return web.Response(status=problem.status, body=body, content_type=PROBLEM_TYPE, headers=SERVER_HEADERS)
