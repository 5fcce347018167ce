"""Why a phone is refused."""

from firmware.errors import LockgateError


class PhoneError(LockgateError):
    """Codes: `station-code-used` (another phone was quicker), `station-away` (the station hears nothing now),
    `phone-signed-out` (sign in first), `phone-refused` (the name, PIN or code is wrong, or is not listened to now),
    `too-many-phones` (ask again in a minute), `phone-forged` (sent by a page that is not ours)."""

    code = "phone-refused"
