"""What pairing asks of its surroundings: a way to the mesh for each degree of trust, and somewhere to show a code."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from firmware.mesh.transport import Reply

EST = "/.well-known/est"
"""RFC 7030 3.2.2; the JSON in it is our own (mesh.md)."""

ANSWER_BYTES = 64 * 1024
"""No answer to a pairing or a renewal is longer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One whole answer, the seconds after which the mesh wants to be asked again (RFC 9110 10.2.3; 0 when it did not
    say), and what time it is there (6.6.1; None when it did not say)."""

    reply: Reply
    retry_after: float = 0.0
    date: datetime | None = None


class Channel(Protocol):
    """Requests to one mesh."""

    async def request(self, method: str, path: str, body: object | None = None) -> Answer:
        """One exchange of JSON, of at most ANSWER_BYTES. Raises MeshUnreachableError, MeshUntrustedError,
        MeshProtocolError; safe to cancel."""
        ...


class Channels(Protocol):
    """Channels to the meshes of this world, by what is known of them. PEM throughout."""

    def first_contact(self, url: str) -> Channel:
        """Whoever answers is believed nothing: only for what the code, or a fingerprint, binds afterwards."""
        ...

    def verified(self, url: str, ca_pem: bytes) -> Channel:
        """TLS verified under this CA; we say nothing of who we are."""
        ...

    def mutual(self, url: str, ca_pem: bytes, chain_pem: bytes, key_pem: bytes) -> Channel:
        """TLS verified under this CA, with our own certificate."""
        ...


@dataclass(frozen=True, slots=True)
class CodeNotice:
    """What a person needs to approve this box. `code` is as a person reads it, `seconds` are what is left for it;
    `fingerprint` is the SHA-256 of the mesh's CA in hex, whose organisation is not known before the approval."""

    name: str
    kind: str
    url: str
    code: str = field(repr=False)
    fingerprint: str
    seconds: float


class CodeDisplay(Protocol):
    """A screen, a journal, a printer: called with what to show, and with None when it is over. Returns at once."""

    def __call__(self, notice: CodeNotice | None, /) -> None: ...
