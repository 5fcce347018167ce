"""How an `edgemesh` command ends: its exit codes, which stay as they are, and for some errors what to do about them."""

from enum import IntEnum

from firmware.errors import LockgateError
from firmware.mesh.port import MeshError
from hal.ports.errors import DeviceError


class Exit(IntEnum):
    """Exit codes."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    REFUSED = 3
    PROFILE = 4
    UNREACHABLE = 5
    UNTRUSTED = 6
    UNKNOWN = 7
    CONFLICT = 8
    BUSY = 9
    BROKEN = 10
    INTERRUPTED = 130


EXITS = {
    Exit.DONE: "done",
    Exit.FAILED: "it could not be done here; the message says why",
    Exit.USAGE: "wrong words, or an answer was wanted that --no-input forbids to ask for",
    Exit.REFUSED: "the mesh refused it",
    Exit.PROFILE: "this administrator's profile is missing, damaged, expired or revoked",
    Exit.UNREACHABLE: "the mesh, or the role of it that was needed, cannot be reached",
    Exit.UNTRUSTED: "what answered is not the organisation's mesh, or does not speak as one",
    Exit.UNKNOWN: "there is no such thing",
    Exit.CONFLICT: "it does not fit how things are now",
    Exit.BUSY: "the mesh cannot do it at the moment: try again later",
    Exit.BROKEN: "an audit record is not whole, or a receipt is not true",
    Exit.INTERRUPTED: "interrupted",
}

_BY_CODE = {
    "not-confirmed": Exit.USAGE,
    "input-missing": Exit.USAGE,
    "profile-missing": Exit.PROFILE,
    "profile-url": Exit.PROFILE,
    "profile-exists": Exit.PROFILE,
    "identity-untrusted": Exit.PROFILE,
    "identity-expired": Exit.PROFILE,
    "identity-malformed": Exit.PROFILE,
    "identity-unusable": Exit.PROFILE,
    "identity-revoked": Exit.PROFILE,
    "identity-lapsed": Exit.PROFILE,
    "identity-missing": Exit.PROFILE,
    "key-missing": Exit.PROFILE,
    "key-exposed": Exit.PROFILE,
    "enrolment-unknown": Exit.UNKNOWN,
    "member-unknown": Exit.UNKNOWN,
    "person-unknown": Exit.UNKNOWN,
    "badge-unknown": Exit.UNKNOWN,
    "card-keys-invalid": Exit.USAGE,
    "badge-rule-invalid": Exit.USAGE,
    "not-denied": Exit.UNKNOWN,
    "users-missing": Exit.USAGE,
    "receipt-malformed": Exit.BROKEN,
    "receipt-untrusted": Exit.BROKEN,
    "receipt-forged": Exit.BROKEN,
    "receipt-foreign": Exit.BROKEN,
    "receipt-unknown": Exit.UNKNOWN,
    "mesh-unreachable": Exit.UNREACHABLE,
    "peer-unreachable": Exit.UNREACHABLE,
    "role-unknown": Exit.UNREACHABLE,
    "mesh-untrusted": Exit.UNTRUSTED,
    "mesh-protocol": Exit.UNTRUSTED,
    "ca-mismatch": Exit.UNTRUSTED,
}
_BY_STATUS = {404: Exit.UNKNOWN, 409: Exit.CONFLICT, 410: Exit.UNKNOWN}
_RECOVER = "at the mesh's own machine: edgemesh admin recover --dir DIR --name NAME --profile DIR"

ADVICE = {
    "profile-missing": "edgemesh admin pair --mesh URL --name NAME makes one, for another administrator to approve; "
    "where nobody is left, " + _RECOVER,
    "identity-revoked": "another administrator revoked you; where nobody is left, " + _RECOVER,
    "identity-lapsed": "pair again: edgemesh admin pair",
    "mesh-unreachable": "check the network and the URL (mesh.toml of the profile, or --mesh): does edgemesh serve run?",
    "mesh-untrusted": "check the URL; if it is right, somebody stands in between: tell whoever runs the network",
    "key-exposed": "chmod 600 the key; if others have had access, pair anew and revoke this identity",
    "enrolment-unready": "the device has not shown its code yet: try again",
    "code-mismatch": "nobody was let in and the attempt is over on both sides: begin again at the device, and if it "
    "happens twice, look for somebody in between",
    "name-taken": "say --replace if it is the same thing with new keys; the old ones are revoked by that",
    "users-missing": "edgemesh pairing approve NAME --user USER",
    "person-unknown": "people are added first: edgemesh user add NAME",
    "registrar-rolled-back": "put the newest copy back; where there is none: edgemesh serve --accept-rollback",
    "badge-taken": "say --move to take it from the person who has it",
    "card-keys-missing": "add the key first: edgemesh card key add; or take another policy: edgemesh card policy uid",
    "ca-unusable": "--ca wants the organisation's CA certificate in PEM, such as the mesh directory's ca.pem",
    "receipt-malformed": "was the file changed by an editor or a mail program?",
    "receipt-untrusted": "is the CA certificate (--ca, or the profile's) the right organisation's, and of that time?",
    "receipt-forged": "somebody changed it, or made it up: it proves nothing",
    "receipt-foreign": "it proves nothing",
    "last-admin": "pair another administrator first",
}


def exit_of(error: LockgateError | DeviceError) -> Exit:
    """The exit code for an error."""
    if error.code in _BY_CODE:
        return _BY_CODE[error.code]
    if not isinstance(error, MeshError):
        return Exit.FAILED
    if error.status >= 500 or error.status == 429:
        return Exit.BUSY
    return _BY_STATUS.get(error.status, Exit.REFUSED)
