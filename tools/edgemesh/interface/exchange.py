"""One request and one reply, without HTTP: the same service runs behind the real server and in a simulation."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from firmware.vault.identity import Identity

PROBLEM_TYPE = "application/problem+json"
SERVER_HEADERS = {"Server": "edgemesh"}
"""Who answers, and no version: aiohttp would tell its own and Python's to everybody."""


class OpenBody(Protocol):
    """A stored ciphertext opened for reading; it stays readable when the job is dropped meanwhile."""

    @property
    def size(self) -> int:
        """Bytes in all."""
        ...

    def read(self, offset: int, length: int) -> bytes:
        """Up to `length` bytes from `offset`; blocking. Raises `OSError`."""
        ...

    def close(self) -> None:
        """Idempotent."""
        ...


@dataclass(frozen=True, slots=True)
class FileRange:
    """`length` bytes of `body` from `start`; whoever sends them closes the body."""

    body: OpenBody = field(repr=False)
    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked, and by whom: `caller` is proven by the transport, None for one without a certificate, who calls
    from `address`. Header names are lower case. A JSON body comes whole in `body` or as a stream; a job's body as a
    stream."""

    method: str
    path: str
    caller: Identity | None
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    stream: AsyncIterator[bytes] | None = field(default=None, repr=False)
    address: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered: JSON, a range of a stored body, server-sent events, or nothing but the status."""

    status: int
    json: Mapping[str, object] | None = field(default=None, repr=False)
    file: FileRange | None = None
    events: AsyncIterator[bytes] | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def media_type(self) -> str:
        if self.file is not None:
            return "application/octet-stream"
        if self.events is not None:
            return "text/event-stream"
        return "application/json" if self.status < 400 else PROBLEM_TYPE
