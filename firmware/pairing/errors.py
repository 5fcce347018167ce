"""What keeps a pairing or a renewal from coming about on this side; what the mesh refuses is a MeshError."""

from firmware.errors import LockgateError


class PairingError(LockgateError):
    """Codes: `answer-mismatch` (what was answered is not for us, or under another CA), `ca-mismatch` (the mesh's CA is
    not the one that was expected), `enrolment-expired` (nobody approved in time), `already-paired`, `unpaired`,
    `provisioning-malformed`, `provisioning-exposed`."""

    code = "answer-mismatch"
