"""What keeps a site's file from being applied."""

from firmware.errors import LockgateError


class ProvisioningError(LockgateError):
    """Codes: `provisioning-malformed` (not TOML, or a value that cannot be; `detail` names the key and never its
    value), `provisioning-key-unknown`, `provisioning-clash` (two files say different things), `provisioning-exposed`
    (the file cannot be destroyed)."""

    code = "provisioning-malformed"
