"""What the rest of the firmware asks of the mesh, and the errors it may answer with."""

from collections.abc import AsyncIterator
from typing import Protocol

from firmware.errors import LockgateError
from firmware.mesh.messages import (
    CardProof,
    CardQuestion,
    Delegation,
    Grant,
    HeldJob,
    MeshEvent,
    Report,
    Session,
    SignedDenials,
    SignedTime,
)


class MeshError(LockgateError):
    """The mesh answered with a problem document (RFC 9457): `code` is the document's; `status` the HTTP status;
    `part` names the refused key part (`job`, `node`, `org`) where there is one, `ticket` an unknown badge that may be
    made known."""

    code = "mesh-refused"

    def __init__(self, code: str, detail: str = "", *, status: int = 0, part: str = "", ticket: str = "") -> None:
        super().__init__(detail, code=code)
        self.status = status
        self.part = part
        self.ticket = ticket


class MeshUnreachableError(LockgateError):
    """No answer in time, or no connection. The request may or may not have been carried out."""

    code = "mesh-unreachable"


class MeshUntrustedError(LockgateError):
    """The server's certificate is not one of this organisation's mesh, or ours was not accepted."""

    code = "mesh-untrusted"


class MeshProtocolError(LockgateError):
    """The answer is not what the interface says (HTML, malformed or oversized JSON, wrong type)."""

    code = "mesh-protocol"


class Mesh(Protocol):
    """One station's view. Every call raises the four errors above where they apply; safe to cancel."""

    async def begin_proof(self, uid: bytes, ats: bytes) -> CardProof:
        """Have a card prove itself: its UID as the reader met it (4, 7 or 10 bytes), its ATS (may be empty). Codes:
        `card-unproven` where the mesh has no key for such a card, `locked-out`."""
        ...

    async def answer_proof(self, name: str, response: bytes) -> CardQuestion | None:
        """Hand over the card's answer; the next question for the card, None once it has proven itself. Codes:
        `card-unproven`, `card-refused`, `proof-unknown`, `locked-out`."""
        ...

    async def open_session(self, credential: str, pin: str = "", proof: str = "") -> Session:
        """Have a normalised card number checked, with a PIN where one was asked for; with the name of a proof, the
        card's own number instead. Codes: `badge-unknown` (with a ticket where it may be made known), `badge-random`,
        `badge-blocked`, `locked-out`, `not-allowed-here`, `pin-required`, `pin-wrong`, `card-proof-required`,
        `proof-unknown`."""
        ...

    async def associate(self, ticket: str, user: str, code: str) -> Session:
        """Make an unknown badge a person's, by their one-time code. Codes: `code-wrong`, `ticket-expired`,
        `badge-taken`; and those of `open_session`, once the badge is theirs."""
        ...

    async def close_session(self, session_id: str) -> None:
        """End a session; no error when it is gone already."""
        ...

    async def held_jobs(self, session_id: str) -> list[HeldJob]:
        """The session owner's held jobs, newest first. Code: `session-expired`."""
        ...

    async def ask_release(self, session_id: str, job_id: str, delegation: Delegation | None = None) -> Grant:
        """One lease for one job; with the delegation for another's. Codes: `released-elsewhere`, `shredded`,
        `part-withdrawn` (with `part`), `session-expired`, `not-owner`, `job-unknown`, those of a delegation."""
        ...

    async def report(self, report: Report) -> None:
        """Tell how a release goes; renews its lease. A receipt that the mesh does not take keeps no outcome from being
        told. Codes: `fence-stale`, `release-unknown`, `sequence-reused`, `release-ended`."""
        ...

    def body(self, grant: Grant, offset: int) -> AsyncIterator[bytes]:
        """Ciphertext from `offset` on, in chunks of at most 1 MiB which start at multiples of 1 MiB when
        `offset` does. Ends early without error where the connection was closed cleanly too soon: the
        reader knows the size."""
        ...

    def events(self, after: int) -> AsyncIterator[MeshEvent]:
        """Announcements later than event `after` (0: from now on). Ends only by an error."""
        ...

    async def signed_time(self, nonce: bytes, audit: tuple[int, str] = (0, "")) -> SignedTime:
        """What time it is, signed for this nonce of 16 bytes; and that the asker's audit has so many lines, the last
        one with this hash (0 and empty: it has none)."""
        ...

    async def denials(self) -> SignedDenials:
        """The newest deny list that the mesh has. Code: `deny-list-stale` while it has none."""
        ...
