"""What keeps a document from being held: for each stable code what to do about it, and the exit status."""

from enum import IntEnum

from firmware.errors import LockgateError
from firmware.mesh.port import MeshError


class Exit(IntEnum):
    """How the command ends."""

    HELD = 0
    FAILED = 1
    USAGE = 2
    DOCUMENT = 3
    PROFILE = 4
    UNAVAILABLE = 5
    UNTRUSTED = 6
    REFUSED = 7
    PROTOCOL = 8
    INTERRUPTED = 130


EXITS = {
    Exit.HELD: "the mesh holds the document, on as many nodes as the site asks for",
    Exit.FAILED: "an internal fault",
    Exit.USAGE: "wrong arguments",
    Exit.DOCUMENT: "the document cannot be read or is of no accepted kind",
    Exit.PROFILE: "this computer's profile is missing, expired or not for this person",
    Exit.UNAVAILABLE: "the mesh cannot be reached or has no room: try again later",
    Exit.UNTRUSTED: "the mesh is not the organisation's, or does not accept this computer",
    Exit.REFUSED: "the mesh refused the document",
    Exit.PROTOCOL: "what answered does not speak as a mesh does",
    Exit.INTERRUPTED: "interrupted",
}

_RENEW = (
    "pair this computer: lockgate-submit pair --mesh URL --name NAME --user USER, and an administrator types the code"
)
_AGAIN = "nothing was kept: run lockgate-submit pair again, with an administrator at hand"
_TABLE: dict[str, tuple[Exit, str]] = {
    "document-unreadable": (Exit.DOCUMENT, "check the name, and that you may read the file"),
    "document-empty": (Exit.DOCUMENT, "there is nothing to print in it"),
    "document-format": (Exit.DOCUMENT, "print it to PDF first, then submit the PDF"),
    "document-damaged": (Exit.DOCUMENT, "it was cut short: make or copy it anew, then submit it again"),
    "document-changed": (Exit.DOCUMENT, "wait until the program that writes it is done, then submit it again"),
    "profile-missing": (Exit.PROFILE, _RENEW),
    "profile-url": (Exit.PROFILE, 'say --mesh https://HOST:PORT, or put url = "https://HOST:PORT" into mesh.toml'),
    "identity-expired": (Exit.PROFILE, _RENEW),
    "identity-malformed": (Exit.PROFILE, _RENEW),
    "identity-untrusted": (Exit.PROFILE, _RENEW),
    "identity-unusable": (Exit.PROFILE, _RENEW),
    "signing-key-malformed": (Exit.PROFILE, _RENEW),
    "identity-revoked": (Exit.PROFILE, "ask your administrator; to pair again, move the profile away first"),
    "identity-lapsed": (Exit.PROFILE, "it was off for too long: move the profile away, then pair this computer again"),
    "profile-unusable": (Exit.PROFILE, "make it yours alone (chmod 700), and see that there is room on the disk"),
    "unpaired": (Exit.PROFILE, "run lockgate-submit pair --mesh URL --name NAME --user USER"),
    "already-paired": (Exit.PROFILE, "say --profile DIR for another one, or move this one away"),
    "provisioning-malformed": (Exit.PROFILE, "ask your administrator for another provisioning file"),
    "provisioning-exposed": (Exit.PROFILE, "ask your administrator for another provisioning file"),
    "token-refused": (Exit.PROFILE, "ask your administrator for another provisioning file"),
    "enrolment-expired": (Exit.PROFILE, _AGAIN),
    "enrolment-refused": (Exit.PROFILE, _AGAIN),
    "enrolment-unknown": (Exit.PROFILE, _AGAIN),
    "enrolment-pending": (Exit.UNAVAILABLE, "another computer asks for this name: wait ten minutes, or take another"),
    "too-many-enrolments": (Exit.UNAVAILABLE, "wait an hour, then pair again"),
    "answer-mismatch": (Exit.UNTRUSTED, "somebody else may be answering in the mesh's place: tell your administrator"),
    "ca-mismatch": (Exit.UNTRUSTED, "somebody else may be answering in the mesh's place: tell your administrator"),
    "delegation-dates": (Exit.REFUSED, "say --until with a day from today to a year on"),
    "person-unknown": (Exit.REFUSED, "ask your administrator what that person is called here"),
    "too-many-delegations": (Exit.REFUSED, "wait until some have passed their end"),
    "delegation-unknown": (Exit.REFUSED, "see which there are: lockgate-submit delegate --list"),
    "delegation-ended": (Exit.REFUSED, "set this computer's clock right, then try again"),
    "job-unknown": (
        Exit.REFUSED,
        "check the id; a job is remembered for a week after its end, its receipts for 90 days",
    ),
    "receipt-unknown": (Exit.REFUSED, "wait until it was printed; older stations give none"),
    "receipt-unwritten": (Exit.PROFILE, "name a file that is not there yet, in a directory that is yours"),
    "receipt-malformed": (Exit.UNTRUSTED, "the mesh shows what no station signed: tell your administrator"),
    "receipt-untrusted": (Exit.UNTRUSTED, "the mesh shows what no station signed: tell your administrator"),
    "receipt-forged": (Exit.UNTRUSTED, "the mesh shows what no station signed: tell your administrator"),
    "receipt-foreign": (Exit.UNTRUSTED, "the mesh shows what no station signed: tell your administrator"),
    "owner-unclear": (Exit.PROFILE, "say --user NAME"),
    "owner-refused": (Exit.PROFILE, "submit as a person this computer is certified for, or " + _RENEW),
    "manifest-owner": (Exit.PROFILE, "submit as a person this computer is certified for, or " + _RENEW),
    "mesh-unreachable": (Exit.UNAVAILABLE, "check the network and the URL, then submit again"),
    "mesh-full": (Exit.UNAVAILABLE, "wait until jobs were printed or have expired, then submit again"),
    "mesh-degraded": (Exit.UNAVAILABLE, "too few nodes are up: submit again later, or tell your administrator"),
    "peer-unreachable": (Exit.UNAVAILABLE, "a part of the mesh is down: submit again later"),
    "store-failed": (Exit.UNAVAILABLE, "the mesh cannot store anything now: tell your administrator"),
    "internal": (Exit.UNAVAILABLE, "the mesh failed: tell your administrator"),
    "not-held": (Exit.UNAVAILABLE, "too few nodes took it, so it is not safe: submit again later"),
    "mesh-untrusted": (Exit.UNTRUSTED, "check the URL and ca.pem; somebody else may be answering in the mesh's place"),
    "mesh-protocol": (Exit.PROTOCOL, "check the URL; a proxy or another server may be answering"),
    "manifest-stale": (Exit.REFUSED, "set this computer's clock right, then submit again"),
    "job-too-large": (Exit.REFUSED, "submit it in parts"),
    "not-allowed": (Exit.REFUSED, "ask your administrator whether this person may print here"),
}


class SubmitError(LockgateError):
    """The document is not held. The code is one of the table above."""

    code = "not-held"


def exit_status(error: LockgateError) -> Exit:
    """The status that the command ends with for this error."""
    if error.code in _TABLE:
        return _TABLE[error.code][0]
    return Exit.REFUSED if isinstance(error, MeshError) else Exit.FAILED


def advice(error: LockgateError) -> str:
    """What the person can do, in one sentence; empty when we know nothing."""
    if error.code in _TABLE:
        return _TABLE[error.code][1]
    return "ask your administrator, and name the code" if isinstance(error, MeshError) else ""
