"""What a station must show to see what held jobs are called, and its checking: each holder does this for itself."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from firmware.errors import LockgateError
from firmware.vault import boxes, signing
from firmware.vault.boxes import BoxError, PartKind
from firmware.vault.delegation import SignedDelegation
from firmware.vault.delegation import parse as parse_delegation
from firmware.vault.identity import Identity, Kind
from firmware.vault.manifest import Manifest
from tools.edgemesh.evidence import Verifier, check_fresh
from tools.edgemesh.interface.problems import Problem, from_error
from tools.edgemesh.signed import Signed
from tools.edgemesh.statements import MAX_BYTES, PreviewRequest, SessionStatement, parse_previews, parse_session

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Looking:
    """A station's request for the previews of a person's jobs, and the session it rests on. `delegations` are those
    that the person was given: a holder takes the one that fits a job's owner."""

    request: Signed
    session: Signed
    delegations: tuple[SignedDelegation, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """A holder's answer: its part of each job it gave one for, boxed to the station; why it gave no other."""

    boxes: Mapping[str, bytes] = field(repr=False)
    refused: Mapping[str, Problem]


class Onlooker:
    """A request that was found true. What it names is judged job by job."""

    def __init__(self, verifier: Verifier, looking: Looking) -> None:
        """Station, session, person, policy and freshness. Raises `Problem` and the vault's errors."""
        if max(len(looking.request.raw), len(looking.session.raw)) > MAX_BYTES:
            raise Problem("request-malformed", "longer than allowed")
        self._verifier, self._denied = verifier, verifier.denials.current()
        self.station = verifier.signer(looking.request, Kind.STATION, signing.PREVIEW_REQUEST)
        verifier.signer(looking.session, Kind.VAULT, signing.SESSION)
        self.request, self.session = parse_previews(looking.request.raw), parse_session(looking.session.raw)
        verifier.check_session(self.session, self.station)
        verifier.check_person(self.session, self._denied)
        _check_agreement(self.request, self.session, self.station)
        check_fresh(self.request.asked_at, verifier.clock.now())
        self._delegations = dict[str, SignedDelegation]()
        self.lend(looking.delegations)

    def lend(self, delegations: tuple[SignedDelegation, ...]) -> None:
        """By these, too, the person may see jobs; each is judged when it is needed. Raises `DelegationError`
        delegation-malformed."""
        self._delegations |= {parse_delegation(one.raw).owner: one for one in delegations}

    def may_see(self, manifest: Manifest) -> None:
        """The job was asked about, and is the person's own or one that its owner lets them release. Raises `Problem`
        and the errors of a delegation."""
        if manifest.job_id not in self.request.job_ids:
            raise Problem("request-malformed", "the station did not ask about this job")
        self._verifier.check_owner(manifest, self.session, self._delegations.get(manifest.owner), self._denied)

    def rebox(self, kind: PartKind, manifest: Manifest, box: bytes, suite: str, *, key: bytes, recipient: str) -> bytes:
        """A holder's own part, opened with its private key and sealed to the station, for this session only. Raises
        `Problem`."""
        info = boxes.submit_info(kind, manifest.org_id, manifest.job_id, recipient)
        about = manifest.org_id, manifest.job_id, self.session.session, self.station.id
        if self.station.box_key is None:
            raise Problem("not-allowed", "the station's certificate has no box key")
        try:
            return boxes.rebox(box, key, info, suite, to=self.station.box_key, to_info=boxes.preview_info(kind, *about))
        except BoxError as exc:
            raise Problem("part-refused", exc.code, part=kind.value) from exc


def each(jobs: Iterable[T], name: Callable[[T], str], box: Callable[[T], bytes]) -> Seen:
    """A holder's own part of each job that `box` gives one for; what it raises refuses that job and no other."""
    boxes_of, refused = dict[str, bytes](), dict[str, Problem]()
    for job in jobs:
        try:
            boxes_of[name(job)] = box(job)
        except LockgateError as exc:
            refused[name(job)] = from_error(exc)
    return Seen(boxes_of, refused)


def _check_agreement(request: PreviewRequest, session: SessionStatement, station: Identity) -> None:
    if (request.org_id, request.station_id) != (session.org_id, station.id):
        raise Problem("request-malformed", "signed by another station than it says")
    if request.session != session.session:
        raise Problem("session-expired", "the request is of another session")
