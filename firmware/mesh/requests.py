"""What a station signs to be given key parts: one job's for a release, several jobs' for their titles."""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC

from hal.ports.clock import Clock
from hal.ports.random_source import RandomSource

Sign = Callable[[bytes, bytes], bytes]
"""A label and a message in, a DER signature by the station's identity key out."""
RELEASE_REQUEST, PREVIEW_REQUEST = b"lockgate/v1/release-request", b"lockgate/v1/preview-request"
"""As firmware/vault/signing.py has them, of which this package knows nothing."""
_NONCE_BYTES = 16


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A request in JSON, the station's signature on it, and its certificates in DER, leaf first."""

    raw: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    chain: tuple[bytes, ...] = field(repr=False)


class Requests:
    """Makes the requests of one station. `chain` may be replaced by a renewed one of the same key."""

    def __init__(
        self,
        org_id: str,
        station_id: str,
        *,
        chain: tuple[bytes, ...],
        sign: Sign,
        clock: Clock,
        random: RandomSource,
    ) -> None:
        self.chain = chain
        self._org_id, self._station_id = org_id, station_id
        self._sign, self._clock, self._random = sign, clock, random

    def release(self, session_id: str, job_id: str) -> SignedRequest:
        """For one release (label `lockgate/v1/release-request`)."""
        return self._signed(RELEASE_REQUEST, {"job_id": job_id}, session_id)

    def previews(self, session_id: str, job_ids: Sequence[str]) -> SignedRequest:
        """For the previews of these jobs (label `lockgate/v1/preview-request`)."""
        return self._signed(PREVIEW_REQUEST, {"job_ids": list(job_ids)}, session_id)

    def _signed(self, label: bytes, about: dict[str, object], session_id: str) -> SignedRequest:
        request = {
            "v": 1,
            "org_id": self._org_id,
            **about,
            "session": session_id,
            "station_id": self._station_id,
            "nonce": base64.b64encode(self._random.token(_NONCE_BYTES)).decode("ascii"),
            "asked_at": self._clock.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        raw = json.dumps(request, separators=(",", ":")).encode()
        return SignedRequest(raw, self._sign(label, raw), self.chain)
