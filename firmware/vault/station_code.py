"""A station's code: shown to whoever stands before it, another every half minute, signed so that none is made up."""

import base64
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from firmware.errors import LockgateError
from firmware.vault.identity import Identity, is_id
from firmware.vault.parts import length_prefixed
from firmware.vault.signing import STATION_CODE, SignatureError, verify

SHOWN_SECONDS = 30
"""How long a station shows one code."""
GRACE = timedelta(seconds=60)
"""How long after that it is still taken: for whoever has just photographed it, and for clocks that differ."""
EARLY = timedelta(seconds=30)
"""How far ahead the station's clock may be."""
NONCE_BYTES = 8
MAX_TEXT = 256
"""Characters of a code."""
_VERSION = 1
_HEAD = struct.Struct(f">BQ{NONCE_BYTES}sB")
_MOST_SECONDS = 253_402_300_799  # the year 9999


class StationCodeError(LockgateError):
    """Codes: `station-code-malformed` (none at all), `station-code-refused` (of no station that we know, or not signed
    by it), `station-code-stale` (not of this moment)."""

    code = "station-code-malformed"


@dataclass(frozen=True, slots=True)
class StationCode:
    """What a code says; nothing is verified yet. `made_at` in UTC, whole seconds; `nonce` of 8 bytes tells two codes
    of one moment apart."""

    station_id: str
    made_at: datetime
    nonce: bytes
    signature: bytes = field(default=b"", repr=False)

    def text(self) -> str:
        """As it stands in an address: base64url (RFC 4648, 5) without padding. Raises `StationCodeError` before the
        code was signed."""
        if not self.signature:
            raise StationCodeError("not signed")
        return base64.urlsafe_b64encode(self._head() + self.signature).rstrip(b"=").decode("ascii")

    def signed(self, org_id: str, sign: Callable[[bytes, bytes], bytes]) -> "StationCode":
        """The same with the station's signature; `sign` takes a label and a message."""
        return StationCode(self.station_id, self.made_at, self.nonce, sign(STATION_CODE, self._message(org_id)))

    def verify(self, station: Identity, org_id: str, now: datetime) -> None:
        """It is this station's own, and of this moment. Raises `StationCodeError`."""
        try:
            verify(station, STATION_CODE, self._message(org_id), self.signature)
        except SignatureError as exc:
            raise StationCodeError(code="station-code-refused") from exc
        if not -EARLY <= now - self.made_at < timedelta(seconds=SHOWN_SECONDS) + GRACE:
            raise StationCodeError(code="station-code-stale")

    def _head(self) -> bytes:
        name = self.station_id.encode()
        return _HEAD.pack(_VERSION, int(self.made_at.timestamp()), self.nonce, len(name)) + name

    def _message(self, org_id: str) -> bytes:
        return length_prefixed(org_id, self._head())


def parse_code(text: str) -> StationCode:
    """What an address carries. Raises `StationCodeError`; a text spelt otherwise than `text()` spells it is none."""
    if not 0 < len(text) <= MAX_TEXT or not text.isascii():
        raise StationCodeError
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        version, seconds, nonce, length = _HEAD.unpack_from(raw)
        name, signature = raw[_HEAD.size : _HEAD.size + length].decode("ascii"), raw[_HEAD.size + length :]
    except (ValueError, struct.error) as exc:
        raise StationCodeError from exc
    if version != _VERSION or not is_id(name) or seconds > _MOST_SECONDS or not signature:
        raise StationCodeError
    found = StationCode(name, datetime.fromtimestamp(seconds, UTC), nonce, signature)
    if found.text() != text:
        raise StationCodeError
    return found
