"""How requests reach the mesh: the small interface the client needs, over TLS (https.py) or inside one process."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol
from urllib.parse import SplitResult, urlsplit

from firmware.mesh.port import MeshProtocolError

ANSWER_BYTES = 4 * 2**20
"""No JSON answer is longer; a longer one is a MeshProtocolError."""

CHUNK = 2**20
"""Bytes in each chunk of a body but the last: one segment of the sealed stream."""

EVENT_STREAM = "text/event-stream"
NO_HEADERS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: for a connection (TLS included), for an answer, and for the next byte of the announcements, which carry
    a heartbeat every 10 s (mesh.md)."""

    connect: float = 3.0
    answer: float = 10.0
    silence: float = 30.0


PATIENCE = Patience()


@dataclass(frozen=True, slots=True)
class Reply:
    """One whole answer. `content_type` is the bare media type in lower case, without parameters."""

    status: int
    content_type: str
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class StreamReply:
    """An answer whose body is still arriving. Header names are in lower case. `chunks` ends where the body ended or
    the connection was closed; it raises MeshUnreachableError where the connection broke or fell silent."""

    status: int
    headers: Mapping[str, str]
    chunks: AsyncIterator[bytes] = field(repr=False)


class Transport(Protocol):
    """Requests to one mesh. Both calls raise MeshUnreachableError, MeshUntrustedError and MeshProtocolError, and never
    follow a redirection; both are safe to cancel."""

    async def request(
        self, method: str, path: str, json_body: object | None = None, *, headers: Mapping[str, str] = NO_HEADERS
    ) -> Reply:
        """One exchange of JSON; `path` starts with a slash. The body of the answer has at most ANSWER_BYTES."""
        ...

    def stream(self, method: str, url: str, headers: Mapping[str, str]) -> AbstractAsyncContextManager[StreamReply]:
        """A long answer: announcements when `Accept` is EVENT_STREAM, else a document's body. `url` is a path of the
        mesh or the absolute URL of a node. Leaving the context closes the connection."""
        ...

    def expect_body(self) -> None:
        """A body is about to be asked for, very likely: what can be made ready for it may be."""
        ...


def media_type(content_type: str) -> str:
    """The bare media type of a Content-Type field, in lower case (RFC 9110, 8.3.1)."""
    return content_type.partition(";")[0].strip().lower()


def require_https(url: str) -> SplitResult:
    """The parts of an https URL that names a host and holds no user or password. Raises MeshProtocolError."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme == "https" and parts.hostname and parts.username is None and (parts.port or 443) > 0
    except ValueError as exc:
        raise MeshProtocolError("not a URL") from exc
    if not usable:
        raise MeshProtocolError("not an https URL of a host")
    return parts
