"""What the rest of the firmware asks of the mesh, and the errors it may answer with."""

from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Protocol

from firmware.errors import LockgateError

if TYPE_CHECKING:
    from firmware.mesh.messages import (
        CardProof,
        CardQuestion,
        Delegation,
        Grant,
        HeldJobs,
        MeshEvent,
        Preview,
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


MOST_PREVIEWS = 50
"""Jobs that one request for previews may name."""


class Mesh(Protocol):
    """One station's view. Every call raises the four errors above where they apply; safe to cancel."""

    async def begin_proof(self, uid: bytes, ats: bytes) -> "CardProof":
        """Have a card prove itself: its UID as the reader met it (4, 7 or 10 bytes), its ATS (may be empty). Codes:
        `card-unproven` where the mesh has no key for such a card, `locked-out`."""
        ...

    async def answer_proof(self, name: str, response: bytes) -> "CardQuestion | None":
        """Hand over the card's answer; the next question for the card, None once it has proven itself. Codes:
        `card-unproven`, `card-refused`, `proof-unknown`, `locked-out`."""
        ...

    async def open_session(self, credential: str, pin: str = "", proof: str = "") -> "Session":
        """Have a normalised card number checked, with a PIN where one was asked for; with the name of a proof, the
        card's own number instead. Codes: `badge-unknown` (with a ticket where it may be made known), `badge-random`,
        `badge-blocked`, `locked-out`, `not-allowed-here`, `pin-required`, `pin-wrong`, `card-proof-required`,
        `proof-unknown`."""
        ...

    async def associate(self, ticket: str, user: str, code: str) -> "Session":
        """Make an unknown badge a person's, by their one-time code, which says whose it is where no `user` is given.
        Codes: `code-wrong`, `ticket-expired`,
        `badge-taken`; and those of `open_session`, once the badge is theirs."""
        ...

    async def handoff(self, ticket: str) -> "Session":
        """Let in whoever asked for it with their phone: the ticket of a `release-asked`, good once and at this station
        only, for half a minute. Codes: `ticket-expired`, `locked-out`, `not-allowed-here`, `factor-missing`."""
        ...

    async def phone_page(self) -> str:
        """The address of the mesh's page for phones (`https://HOST[:PORT]`, no path), empty where the site has none.
        From then on the mesh knows this station's codes (firmware/panel/phone.py) by the certificate that it showed."""
        ...

    async def close_session(self, session_id: str) -> None:
        """End a session; no error when it is gone already."""
        ...

    async def held_jobs(self, session_id: str) -> "HeldJobs":
        """The session owner's held jobs, newest first, and of how many of theirs nobody knows the outcome. Code:
        `session-expired`."""
        ...

    async def previews(self, session_id: str, job_ids: Sequence[str]) -> "list[Preview]":
        """For up to `MOST_PREVIEWS` jobs of the session's list, delegated ones among them, in the order asked. A job
        whose holders refuse is left out, so that it does not hide the others. What refuses all of it has the codes of a
        release: `session-expired`, `locked-out`, `badge-blocked`, `identity-revoked`, `request-stale`."""
        ...

    async def delete_job(self, session_id: str, job_id: str) -> None:
        """Shred one of the session owner's own jobs, for ever; no error when it is over already. Codes:
        `session-expired`, `not-owner`, `job-unknown`."""
        ...

    async def ask_release(self, session_id: str, job_id: str, delegation: "Delegation | None" = None) -> "Grant":
        """One lease for one job; with the delegation for another's. Codes: `released-elsewhere`, `shredded`,
        `part-withdrawn` (with `part`), `session-expired`, `not-owner`, `job-unknown`, those of a delegation."""
        ...

    async def report(self, report: "Report") -> None:
        """Tell how a release goes; renews its lease. A receipt that the mesh does not take keeps no outcome from being
        told. Codes: `fence-stale`, `release-unknown`, `sequence-reused`, `release-ended`."""
        ...

    def body(self, grant: "Grant", offset: int) -> AsyncIterator[bytes]:
        """Ciphertext from `offset` on, in chunks of at most 1 MiB which start at multiples of 1 MiB when
        `offset` does. Ends early without error where the connection was closed cleanly too soon: the
        reader knows the size."""
        ...

    def events(self, after: int) -> "AsyncIterator[MeshEvent]":
        """Announcements later than event `after` (0: from now on). Ends only by an error."""
        ...

    async def signed_time(self, nonce: bytes, audit: tuple[int, str] = (0, "")) -> "SignedTime":
        """What time it is, signed for this nonce of 16 bytes; and that the asker's audit has so many lines, the last
        one with this hash (0 and empty: it has none)."""
        ...

    async def denials(self) -> "SignedDenials":
        """The newest deny list that the mesh has. Code: `deny-list-stale` while it has none."""
        ...
