"""Every refusal of the mesh, in one table: stable code, HTTP status, title; and its problem document (RFC 9457)."""

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
    "signature-refused": (403, "The signature does not fit"),
    "not-allowed": (403, "This identity may not do that"),
    # sessions
    "not-allowed-here": (403, "This person may not use this station"),
    "badge-unknown": (404, "No person has this badge"),
    "session-expired": (410, "The session has ended"),
    "locked-out": (423, "This person, or for a while this station, is locked out"),
    # jobs and releases
    "job-unknown": (404, "There is no such job"),
    "job-receiving": (409, "The job has not arrived in full yet"),
    "released-elsewhere": (409, "Another station is releasing the job"),
    "outcome-unknown": (409, "How the job's last release ended is not known yet"),
    "request-replayed": (409, "This release request was used before"),
    "request-stale": (403, "The release request is not of this moment"),
    "not-owner": (403, "The job belongs to another person"),
    "part-withdrawn": (403, "A key part was withdrawn"),
    "part-refused": (403, "A key part cannot be opened"),
    "shredded": (410, "The job's key part was deleted"),
    "job-lost": (410, "No node holds the job's body any more"),
    "release-unknown": (404, "There is no such release"),
    "fence-stale": (409, "A later release of this job was granted"),
    "sequence-reused": (409, "This sequence number carried another report"),
    "release-ended": (409, "The release has ended with another outcome"),
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
    # the mesh itself
    "internal": (500, "The mesh failed"),
    "peer-unreachable": (503, "Another role of the mesh does not answer"),
    "store-failed": (503, "The mesh cannot reach its store"),
}


class Problem(LockgateError):  # noqa: N818 - the word of RFC 9457
    """A refusal. `part` names the key part (`job`, `node`, `org`), `station` who has the job; both may be empty.
    `detail` goes to the peer: it holds nothing secret."""

    def __init__(self, code: str, detail: str = "", *, part: str = "", station: str = "") -> None:
        super().__init__(detail, code=code)
        self.part = part
        self.station = station

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
        extra = {"part": self.part, "station": self.station}
        return document | {name: value for name, value in extra.items() if value}


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
