"""What a station must show to get a key part, and its checking: each role does this for itself, trusting no other."""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime

from firmware.vault import boxes, signing
from firmware.vault.boxes import BoxError, PartKind
from firmware.vault.identity import Identity, IdentityError, Kind, TrustAnchor
from firmware.vault.manifest import CLOCK_SKEW, Manifest
from firmware.vault.manifest import verify as verify_manifest
from hal.ports.clock import Clock
from tools.edgemesh.problems import Problem
from tools.edgemesh.statements import MAX_BYTES, ReleaseRequest, SessionStatement, parse_request, parse_session

FRESH = CLOCK_SKEW
"""How old a release request may be, or how far ahead the station's clock."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A document's exact bytes, the signature over them, and the signer's chain (DER, leaf first)."""

    raw: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    chain: tuple[bytes, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A station's request for one release, with what it rests on."""

    release_id: str
    request: Signed
    session: Signed
    manifest: Signed

    @property
    def request_digest(self) -> str:
        """Names the request: each serves one release only."""
        return hashlib.sha256(self.request.raw).hexdigest()


@dataclass(frozen=True, slots=True)
class Proven:
    """Evidence that was found true."""

    release_id: str
    station: Identity
    request: ReleaseRequest
    session: SessionStatement
    manifest: Manifest

    def rebox(self, kind: PartKind, box: bytes, suite: str, private_key: bytes, recipient_id: str) -> bytes:
        """Open this role's own part and seal it to the station's key, for this release only. Raises `Problem`."""
        org_id, job_id = self.manifest.org_id, self.manifest.job_id
        info = boxes.submit_info(kind, org_id, job_id, recipient_id)
        to_info = boxes.release_info(kind, org_id, job_id, self.release_id, self.station.id)
        if self.station.box_key is None:
            raise Problem("not-allowed", "the station's certificate has no box key")
        try:
            return boxes.rebox(box, private_key, info, suite, to=self.station.box_key, to_info=to_info)
        except BoxError as exc:
            raise Problem("part-refused", exc.code, part=kind.value) from exc


class UsedRequests:
    """A station's request serves one release. Remembered in memory alone: after a restart it could serve another,
    but then too its part is boxed to the station that signed it, and to nobody else."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._used: OrderedDict[str, tuple[str, datetime]] = OrderedDict()

    def use(self, evidence: Evidence) -> None:
        """Raises `Problem` request-replayed."""
        now = self._clock.now()
        while self._used and next(iter(self._used.values()))[1] < now - 2 * FRESH:
            self._used.popitem(last=False)  # too old to be accepted anyway
        release, _ = self._used.setdefault(evidence.request_digest, (evidence.release_id, now))
        if release != evidence.release_id:
            raise Problem("request-replayed")


class Verifier:
    """Checks evidence against one organisation's CA."""

    def __init__(self, anchor: TrustAnchor, org_id: str, clock: Clock) -> None:
        self._anchor, self._org_id, self._clock = anchor, org_id, clock

    def identify(self, chain: tuple[bytes, ...], *kinds: Kind) -> Identity:
        """The identity of a chain of this organisation, of one of these kinds (any, when none is given). Raises
        `IdentityError`, `Problem` not-allowed."""
        identity = self._anchor.identify(chain, self._clock.now())
        if identity.org_id != self._org_id:
            raise IdentityError("of another organisation")
        if kinds and identity.kind not in kinds:
            raise Problem("not-allowed", f"a {identity.kind} may not do that")
        return identity

    def manifest(self, signed: Signed) -> Manifest:
        """Raises `ManifestError`."""
        manifest = verify_manifest(signed.raw, signed.signature, signed.chain, self._anchor, self._clock.now())
        if manifest.org_id != self._org_id:
            raise Problem("manifest-untrusted", "of another organisation")
        return manifest

    def release(self, evidence: Evidence) -> Proven:
        """Station, session, manifest, owner and freshness. Raises `Problem` and the vault's errors."""
        if max(len(evidence.request.raw), len(evidence.session.raw)) > MAX_BYTES:
            raise Problem("request-malformed", "longer than allowed")
        station = self._signer(evidence.request, Kind.STATION, signing.RELEASE_REQUEST)
        self._signer(evidence.session, Kind.VAULT, signing.SESSION)
        request, session = parse_request(evidence.request.raw), parse_session(evidence.session.raw)
        manifest = self.manifest(evidence.manifest)
        self._check_session(session, station)
        _check_agreement(request, session, station, manifest)
        _check_fresh(request, self._clock.now())
        return Proven(evidence.release_id, station, request, session, manifest)

    def _signer(self, signed: Signed, kind: Kind, label: bytes) -> Identity:
        identity = self.identify(signed.chain, kind)
        signing.verify(identity, label, signed.raw, signed.signature)
        return identity

    def _check_session(self, session: SessionStatement, station: Identity) -> None:
        if (session.org_id, session.station_id) != (self._org_id, station.id):
            raise Problem("session-expired", "the session is of another station")
        if session.expires <= self._clock.now():
            raise Problem("session-expired")


def _check_agreement(request: ReleaseRequest, session: SessionStatement, station: Identity, manifest: Manifest) -> None:
    """The request names this station, this session and this job; the job is the session's person's own."""
    if (request.org_id, request.station_id) != (manifest.org_id, station.id):
        raise Problem("request-malformed", "signed by another station than it says")
    if request.session != session.session:
        raise Problem("session-expired", "the request is of another session")
    if request.job_id != manifest.job_id:
        raise Problem("request-malformed", "the request is for another job")
    if manifest.owner != session.user:
        raise Problem("not-owner")


def _check_fresh(request: ReleaseRequest, now: datetime) -> None:
    if abs(now - request.asked_at) > FRESH:
        raise Problem("request-stale", "check the station's clock")
