"""Every refusal of the mesh, in one table: stable code, HTTP status, title; and its problem document (RFC 9457)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus

from firmware.errors import LockgateError

TABLE: dict[str, tuple[int, str]] = {
    # the request itself
    "json-malformed": (400, "The body is not a JSON object of the expected shape"),
    "request-malformed": (400, "The request cannot be read"),
    "body-length": (400, "The body is not as long as the manifest says"),
    "route-unknown": (404, "There is nothing at this address"),
    "method-not-allowed": (405, "This address does not take this method"),
    "request-timeout": (408, "The request was not sent in time"),
    "length-required": (411, "A body needs its Content-Length"),
    "request-too-large": (413, "The request is larger than allowed"),
    "range-unsatisfiable": (416, "The range starts after the end of the body"),
    "too-many-streams": (429, "This identity reads as many event streams as it may"),
    "headers-too-large": (431, "The request's headers are larger than allowed"),
    # who asks
    "identity-malformed": (403, "The certificate is not one of a mesh"),
    "identity-untrusted": (403, "The certificate is not of this organisation"),
    "identity-expired": (403, "The certificate has expired"),
    "identity-revoked": (403, "An administrator has revoked this identity"),
    "identity-missing": (401, "A certificate of the organisation is needed"),
    "deny-list-full": (409, "The deny list is full: lift denials that are no longer needed"),
    "deny-list-malformed": (400, "The deny list cannot be read"),
    "deny-list-older": (409, "A newer deny list is known already"),
    "deny-list-stale": (503, "The mesh has not heard for too long who is denied"),
    "signature-refused": (403, "The signature does not fit"),
    "not-allowed": (403, "This identity may not do that"),
    # sessions
    "not-allowed-here": (403, "This person may not use this station"),
    "badge-unknown": (404, "No person has this badge"),
    "session-expired": (410, "The session has ended"),
    "locked-out": (423, "This person, or for a while this badge or station, is locked out"),
    "pin-required": (401, "A PIN is needed with this badge"),
    "pin-wrong": (401, "The PIN is not right"),
    "pin-weak": (422, "That PIN is one of those that are guessed first"),
    "code-wrong": (401, "The name and the one-time code do not fit"),
    "ticket-expired": (410, "The badge has to be presented again"),
    "badge-random": (422, "This badge says another number each time"),
    "card-unproven": (404, "No key of this mesh is for such a card"),
    "card-refused": (403, "The card did not prove that it is what it says"),
    "card-proof-required": (403, "The site takes only cards that prove themselves"),
    "proof-unknown": (404, "There is no such proof of this station's, or it is over"),
    "card-keys-invalid": (422, "The card key cannot be used"),
    "card-keys-missing": (409, "Without a card key nobody could prove anything"),
    "card-keys-full": (409, "There are as many card keys as there may be"),
    "card-key-unknown": (404, "There is no card key of that name"),
    "badge-rule-invalid": (422, "The rule for card numbers cannot be used"),
    "badge-taken": (409, "The badge is a person's already"),
    "badge-keys-full": (409, "Too many badge keys of before are still in use"),
    "desk-busy": (503, "Too many PINs and codes are being checked"),
    "person-unknown": (404, "No person of that name is known here"),
    # jobs and releases
    "bundle-unknown": (404, "There is no such bundle for this station"),
    "job-unknown": (404, "There is no such job"),
    "job-receiving": (409, "The job has not arrived in full yet"),
    "too-many-releases": (429, "This job was released as often as one may be"),
    "released-elsewhere": (409, "Another station is releasing the job"),
    "outcome-unknown": (409, "How the job's last release ended is not known yet"),
    "request-replayed": (409, "This release request was used before"),
    "request-stale": (403, "The release request is not of this moment"),
    "not-owner": (403, "The job belongs to another person"),
    "delegation-malformed": (422, "The delegation cannot be read"),
    "delegation-refused": (403, "The delegation is not by who could give it"),
    "delegation-ended": (403, "The delegation is not of these days"),
    "delegation-revoked": (403, "The delegation was withdrawn"),
    "delegation-unknown": (404, "There is no such delegation of this person"),
    "delegation-exists": (409, "Another delegation has this id"),
    "too-many-delegations": (409, "This person has given as many delegations as they may"),
    "badge-blocked": (423, "The badge was blocked"),
    "factor-missing": (403, "The site asks for a second factor"),
    "lease-refused": (403, "The lease is not alive, or not for this release"),
    "client-revoked": (403, "The job was submitted by a client that was revoked before"),
    "part-withdrawn": (403, "A key part was withdrawn"),
    "part-refused": (403, "A key part cannot be opened"),
    "shredded": (410, "The job's key part was deleted"),
    "job-lost": (410, "No node holds the job's body any more"),
    "release-unknown": (404, "There is no such release"),
    "fence-stale": (409, "A later release of this job was granted"),
    "sequence-reused": (409, "This sequence number carried another report"),
    "release-ended": (409, "The release has ended with another outcome"),
    "receipt-malformed": (422, "The receipt cannot be read"),
    "receipt-untrusted": (422, "The receipt's signer is not of this organisation"),
    "receipt-forged": (422, "The receipt's signature does not fit"),
    "receipt-foreign": (422, "The receipt is about something else than it came with"),
    "receipt-differs": (409, "Another receipt was given with this report before"),
    # submitting
    "job-exists": (409, "Another job has this id"),
    "already-held": (409, "The node holds the body already"),
    "body-differs": (409, "Another node holds a different body for the job"),
    "too-many-uploads": (429, "This client has announced as many jobs as it may before it brings a body"),
    "job-too-large": (413, "The job is larger than the site allows"),
    "manifest-malformed": (422, "The manifest cannot be read"),
    "manifest-signature": (422, "The manifest's signature does not fit"),
    "manifest-untrusted": (422, "The manifest's signer is not of this organisation"),
    "manifest-owner": (422, "The signer may not submit for this owner"),
    "manifest-expired": (422, "The manifest has expired"),
    "manifest-stale": (422, "The manifest was not made just now"),
    "manifest-epoch": (422, "The manifest is not sealed to the current epoch"),
    "manifest-recipients": (422, "The manifest has no box that this holder can open"),
    "mesh-full": (507, "There is no room for the job"),
    # who belongs
    "csr-malformed": (400, "The certificate request cannot be used"),
    "code-mismatch": (403, "The code is not the one that the device shows"),
    "commitment-mismatch": (403, "The nonce is not the one that was committed to"),
    "enrolment-refused": (403, "The enrolment was refused"),
    "token-refused": (403, "The token is not good for this enrolment"),
    "identity-lapsed": (403, "The last certificate ended too long ago: pair again"),
    "too-many-renewals": (429, "This member was given as many certificates as one may be within an hour"),
    "enrolment-unknown": (404, "There is no such enrolment"),
    "member-unknown": (404, "The organisation has no such member"),
    "token-unknown": (404, "There is no such token"),
    "users-missing": (409, "Whom a client may submit for has to be said"),
    "kind-mismatch": (409, "What it asks to be let in as is not what was approved"),
    "enrolment-admitted": (409, "The enrolment was approved already: revoke the member"),
    "enrolment-pending": (409, "Another enrolment for this name waits for an administrator"),
    "enrolment-unready": (409, "The device does not show a code yet"),
    "last-admin": (409, "Nobody could administer the mesh afterwards"),
    "name-taken": (409, "Another key has, or had, this name"),
    "enrolment-expired": (410, "Nobody approved the enrolment in time"),
    "too-many-enrolments": (429, "There are as many enrolments as there may be"),
    "too-many-tokens": (409, "There are as many tokens as there may be"),
    # epochs
    "epoch-unknown": (404, "There is no such epoch"),
    "epoch-current": (409, "The epoch is the current one"),
    "epoch-destroyed": (409, "The epoch's key was destroyed"),
    # the mesh itself
    "internal": (500, "The mesh failed"),
    "peer-unreachable": (503, "Another role of the mesh does not answer"),
    "audit-failed": (503, "The mesh cannot record what is asked, so it is not done"),
    "store-failed": (503, "The mesh cannot reach its store"),
}


class Problem(LockgateError):  # noqa: N818 - the word of RFC 9457
    """A refusal. `part` names the key part (`job`, `node`, `org`), `station` who has the job, `ticket` what an
    unknown badge may be made known with; each may be empty.
    `detail` goes to the peer: it holds nothing secret."""

    def __init__(self, code: str, detail: str = "", *, part: str = "", station: str = "", ticket: str = "") -> None:
        super().__init__(detail, code=code)
        self.part = part
        self.station = station
        self.ticket = ticket
        self.about: Mapping[str, str] = {}
        """Whom it befell, for the audit record and for nobody else: the peer is not told."""

    @property
    def status(self) -> int:
        return TABLE[self.code][0]

    def document(self) -> dict[str, object]:
        """The JSON of RFC 9457, with `code` beside the type URI and what else is known."""
        status, title = TABLE[self.code]
        document: dict[str, object] = {
            "type": f"urn:lockgate:problem:{self.code}",
            "title": title,
            "status": status,
            "detail": self.detail or title,
            "code": self.code,
        }
        extra = {"part": self.part, "station": self.station, "ticket": self.ticket}
        return document | {name: value for name, value in extra.items() if value}


@contextmanager
def about(**names: str) -> Iterator[None]:
    """A refusal in the block befalls these."""
    try:
        yield
    except Problem as exc:
        exc.about = names
        raise


def from_error(error: LockgateError) -> Problem:
    """The refusal that an error of the vault's code means to a peer; one we have no word for is `internal`."""
    if isinstance(error, Problem):
        return error
    if error.code not in TABLE:
        return Problem("internal")
    of_ours = TABLE[error.code][0] >= HTTPStatus.INTERNAL_SERVER_ERROR  # then its words are for our log alone
    return Problem(error.code, "" if of_ours else error.detail)


def from_status(status: int) -> Problem:
    """The refusal for an HTTP error found before any of our code saw the request."""
    if status == HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE:
        return Problem("headers-too-large")
    return Problem("request-malformed" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "internal")
