"""What a station must show to get a key part, and its checking: each role does this for itself, trusting no other."""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime

from firmware.vault import boxes, signing
from firmware.vault.boxes import BoxError, PartKind
from firmware.vault.delegation import SignedDelegation
from firmware.vault.denials import DenyList
from firmware.vault.identity import Identity, IdentityError, Kind, TrustAnchor
from firmware.vault.manifest import CLOCK_SKEW, Manifest
from firmware.vault.manifest import verify as verify_manifest
from hal.ports.clock import Clock
from tools.edgemesh.denials import Denials
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.signed import Signed
from tools.edgemesh.statements import (
    FOR_A_CARD,
    MAX_BYTES,
    PHONE,
    LeaseStatement,
    ReleaseRequest,
    SessionStatement,
    parse_lease,
    parse_request,
    parse_session,
)

FRESH = CLOCK_SKEW
"""How old a release request may be, or how far ahead the station's clock."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A station's request for one release, with what it rests on. `lease` is there once the vault granted one,
    `delegation` where the job is another's than the session's person."""

    release_id: str
    request: Signed
    session: Signed
    manifest: Signed
    lease: Signed | None = None
    delegation: SignedDelegation | None = None

    @property
    def request_digest(self) -> str:
        """Names the request: each serves one release only."""
        return hashlib.sha256(self.request.raw).hexdigest()

    @property
    def longest(self) -> int:
        """Of the small documents, in bytes."""
        return max(len(one.raw) for one in (self.request, self.session, self.lease) if one)


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


@dataclass(frozen=True, slots=True)
class Verifier:
    """Checks evidence against one organisation's CA and its deny list. `factors` are those that every session must
    have proven: the site's policy, which each role keeps for itself."""

    anchor: TrustAnchor = field(repr=False)
    org_id: str
    clock: Clock = field(repr=False)
    denials: Denials = field(repr=False)
    factors: frozenset[str] = frozenset()
    phones: bool = False
    """Whether the site lets people in who signed in on its page for phones."""

    def identify(self, chain: tuple[bytes, ...], *kinds: Kind) -> Identity:
        """The identity of a chain of this organisation, of one of these kinds (any, when none is given), whom nobody
        has revoked. Raises `IdentityError`, `Problem` not-allowed."""
        identity = self.anchor.identify(chain, self.clock.now())
        if identity.org_id != self.org_id:
            raise IdentityError("of another organisation")
        self.denials.last().refuse(identity)
        if kinds and identity.kind not in kinds:
            raise Problem("not-allowed", f"a {identity.kind} may not do that")
        return identity

    def manifest(self, signed: Signed) -> Manifest:
        """Raises `ManifestError`, `Problem`."""
        manifest = verify_manifest(signed.raw, signed.signature, signed.chain, self.anchor, self.clock.now())
        if manifest.org_id != self.org_id:
            raise Problem("manifest-untrusted", "of another organisation")
        self.refuse_submitted(self.submitter(signed, manifest).id, manifest)
        return manifest

    def refuse_submitted(self, client_id: str, manifest: Manifest) -> None:
        """The client was not revoked before it signed, and the job's time is not over. Raises `Problem` client-revoked,
        manifest-expired."""
        if self.denials.last().refuses_job(client_id, manifest.submitted_at):
            raise Problem("client-revoked")
        if manifest.expires_at <= self.clock.now():
            raise Problem("manifest-expired")

    def submitter(self, signed: Signed, manifest: Manifest) -> Identity:
        """The client that signed a manifest, as it was then. Raises `IdentityError`."""
        return self.anchor.identify(signed.chain, manifest.submitted_at)

    def submission(self, signed: Signed) -> Manifest:
        """A manifest that comes in now: its owner is not blocked either. Raises `ManifestError`, `Problem` (also
        locked-out)."""
        manifest = self.manifest(signed)
        self.refuse_blocked(manifest.owner)
        return manifest

    def refuse_blocked(self, *users: str) -> None:
        """None of these people is blocked, by the newest issue, however old: nothing is released here. Raises `Problem`
        locked-out."""
        denied = self.denials.last()
        if any(denied.since(f"user/{user}") for user in users):
            raise Problem("locked-out")

    def release(self, evidence: Evidence) -> Proven:
        """Everything, the lease among it, as a role does that is asked for its part. Raises `Problem` and the vault's
        errors."""
        proven = self.request(evidence)
        if evidence.lease is None:
            raise Problem("lease-refused", "no lease was shown")
        self.signer(evidence.lease, Kind.VAULT, signing.LEASE)
        self._check_lease(parse_lease(evidence.lease.raw), proven)
        return proven

    def request(self, evidence: Evidence) -> Proven:
        """Station, session, person, manifest, owner or delegate, policy and freshness: all but the lease, which the
        vault grants upon it. Raises `Problem` and the vault's errors."""
        if evidence.longest > MAX_BYTES:
            raise Problem("request-malformed", "longer than allowed")
        denied = self.denials.current()
        station = self.signer(evidence.request, Kind.STATION, signing.RELEASE_REQUEST)
        self.signer(evidence.session, Kind.VAULT, signing.SESSION)
        request, session = parse_request(evidence.request.raw), parse_session(evidence.session.raw)
        manifest = self.manifest(evidence.manifest)
        self.check_session(session, station)
        self.check_person(session, denied)
        _check_agreement(request, session, station, manifest)
        self.check_owner(manifest, session, evidence.delegation, denied)
        check_fresh(request.asked_at, self.clock.now())
        return Proven(evidence.release_id, station, request, session, manifest)

    def signer(self, signed: Signed, kind: Kind, label: bytes) -> Identity:
        """Who signed, and that nobody has revoked them. Raises `IdentityError`, `SignatureError`, `Problem`."""
        identity = self.identify(signed.chain, kind)
        signing.verify(identity, label, signed.raw, signed.signature)
        return identity

    def check_session(self, session: SessionStatement, station: Identity) -> None:
        """It is one at this station, and lives. Raises `Problem` session-expired."""
        if (session.org_id, session.station_id) != (self.org_id, station.id):
            raise Problem("session-expired", "the session is of another station")
        if session.expires <= self.clock.now():
            raise Problem("session-expired")

    def check_person(self, session: SessionStatement, denied: DenyList, *more: str) -> None:
        """Neither person nor badge is blocked, and the person proved what the site asks for, and these factors. A phone
        stands for the card, where this site takes phones. Raises `Problem`: locked-out, badge-blocked,
        factor-missing."""
        by_phone = PHONE in session.factors and self.phones
        wanted = self.factors.union(more) - (FOR_A_CARD if by_phone else frozenset())
        check_person(session, denied, wanted)

    def check_owner(
        self, manifest: Manifest, session: SessionStatement, delegation: SignedDelegation | None, denied: DenyList
    ) -> None:
        """The job is the person's own, or its owner's own word says that they may release it. Raises `Problem`
        not-owner, locked-out, and the errors of a delegation."""
        if manifest.owner == session.user:
            return
        if delegation is None:
            raise Problem("not-owner")
        found = delegation.verify(self.anchor, self.org_id, denied, self.clock.now())
        if (found.owner, found.delegate) != (manifest.owner, session.user):
            raise Problem("not-owner", "the delegation is between others")
        if denied.since(f"user/{manifest.owner}"):
            raise Problem("locked-out", "the job's owner is locked out")

    def _check_lease(self, lease: LeaseStatement, proven: Proven) -> None:
        shown = (lease.org_id, lease.job_id, lease.release, lease.station_id)
        if shown != (self.org_id, proven.manifest.job_id, proven.release_id, proven.station.id):
            raise Problem("lease-refused", "the lease is for another release")
        if lease.expires <= self.clock.now():
            raise Problem("lease-refused", "the lease has ended")


def check_person(session: SessionStatement, denied: DenyList, factors: frozenset[str]) -> None:
    """Neither person nor badge is blocked, and the person proved what the site asks for. Raises `Problem`."""
    if denied.since(f"user/{session.user}"):
        raise Problem("locked-out")
    if session.badge and denied.since(f"badge/{session.badge}"):
        raise Problem("badge-blocked")
    if missing := sorted(factors - set(session.factors)):
        raise Problem("factor-missing", f"missing: {', '.join(missing)}")


def _check_agreement(request: ReleaseRequest, session: SessionStatement, station: Identity, manifest: Manifest) -> None:
    """The request names this station, this session and this job."""
    if (request.org_id, request.station_id) != (manifest.org_id, station.id):
        raise Problem("request-malformed", "signed by another station than it says")
    if request.session != session.session:
        raise Problem("session-expired", "the request is of another session")
    if request.job_id != manifest.job_id:
        raise Problem("request-malformed", "the request is for another job")


def check_fresh(asked_at: datetime, now: datetime) -> None:
    """Raises `Problem` request-stale."""
    if abs(now - asked_at) > FRESH:
        raise Problem("request-stale", "check the station's clock")
