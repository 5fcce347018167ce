"""The rules of a job's life at the vault, as pure functions from one `JobState` to the next; no store, no clock.

A rule that changes nothing returns the very state it was given; one that may not be applied raises `Problem`."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from firmware.mesh.messages import ReportKind
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.storage.records import JobState, Lease, Phase

TTL = timedelta(seconds=60)
"""How long a lease lives after the grant and after each report."""
RECEIVING_TTL = timedelta(hours=1)
"""How long a client may take from announcing a job to the end of its body."""
MEMORY = timedelta(days=7)
"""How long a job that is over is remembered, so that a report told twice still gets its answer."""
MOST_RELEASES = 1000
"""Of one job. Whoever asks on and on without printing would fill vault, node and record with it."""
RETRY = timedelta(seconds=30)
"""When a node that did not answer is asked again to drop a body."""


@dataclass(frozen=True, slots=True)
class Told:
    """One report of a station, as the rules see it."""

    release_id: str
    fence: int
    sequence: int
    kind: ReportKind
    reason: str = ""
    impressions: int | None = None
    pages: int | None = None
    keep: bool = False
    """With `printed`: its owner wants it held again all the same."""


def arriving(job_box: bytes, nodes: tuple[str, ...], expires: datetime, now: datetime) -> JobState:
    """A job that was announced; its body is still to come."""
    due = min(expires, now + RECEIVING_TTL)
    return JobState(1, Phase.RECEIVING, changed=now, expires=expires, due=due, job_box=job_box, nodes=nodes)


def _next(state: JobState, now: datetime, **changes: Any) -> JobState:
    after = replace(state, revision=state.revision + 1, changed=now, **changes)
    return replace(after, due=_due(after))


def _due(state: JobState) -> datetime:
    if state.phase.final:
        return state.changed if state.drops else state.changed + MEMORY
    if state.phase is Phase.RELEASED and state.lease is not None:
        return state.lease.expires
    return min(state.expires, state.due) if state.phase is Phase.RECEIVING else state.expires


def held_by(state: JobState, node: str, digest: str, required: int, now: datetime) -> JobState:
    """A node has the whole body on its disk; with `required` of them the job is held."""
    if state.phase.final:
        raise Problem("shredded", part="job")
    if state.digest not in ("", digest):
        raise Problem("body-differs")
    if node in state.holders:
        return state
    holders = (*state.holders, node)
    arrived = state.phase is Phase.RECEIVING and len(holders) >= required
    return _next(state, now, holders=holders, digest=digest, phase=Phase.HELD if arrived else state.phase)


def lost_by(state: JobState, node: str, now: datetime) -> JobState:
    """A node found the body missing from its disk; without any holder the job is lost, and that is said."""
    if node not in state.holders or state.phase.final:
        return state
    holders = tuple(holder for holder in state.holders if holder != node)
    if holders:
        return _next(state, now, holders=holders)
    return _next(state, now, holders=holders, phase=Phase.LOST, job_box=None)


def withdrawn_by(state: JobState, node: str, now: datetime) -> JobState:
    """A node was told to drop its part. The job stays held even without any holder: nothing of it was lost by accident,
    and whoever asks for it is told whose part is missing."""
    if node not in state.holders or state.phase.final:
        return state
    return _next(state, now, holders=tuple(holder for holder in state.holders if holder != node))


def settle(state: JobState, now: datetime) -> JobState:
    """What time alone has done. A lapsed lease: the job is held again, or, once its transmission had started,
    unknown. A job past its end, or whose body never came: expired."""
    lease = state.lease
    if now < state.due or state.phase.final:
        return state
    if state.phase is Phase.RELEASED and lease is not None and now < state.expires:
        return _next(state, now, phase=Phase.UNKNOWN if lease.started else Phase.HELD)
    return end(state, Phase.EXPIRED, now)


def refusal(state: JobState, station_id: str) -> Problem | None:
    """Why a settled job cannot be released to this station now, or None when it can."""
    lease = state.lease
    holder = lease.station_id if lease else ""
    if state.phase is Phase.RECEIVING:
        return Problem("job-receiving")
    if state.phase is Phase.LOST:
        return Problem("job-lost")
    if state.phase.final or state.job_box is None:
        return Problem("shredded", part="job")
    if state.phase is Phase.RELEASED and holder != station_id:
        return Problem("released-elsewhere", station=holder)
    if state.phase is Phase.UNKNOWN or (state.phase is Phase.RELEASED and lease is not None and lease.started):
        return Problem("outcome-unknown", station=holder)
    return None


def grant(state: JobState, station_id: str, release_id: str, now: datetime) -> JobState:
    """A lease for this station under the next fence. It supersedes the station's own unstarted one, and goes on with
    how far the job has got. Raises `Problem`: what `refusal` says, too-many-releases."""
    settled = settle(state, now)
    if problem := refusal(settled, station_id):
        raise problem
    _check_often(state)
    fence = state.fence + 1
    lease = Lease(release_id, station_id, fence, now + TTL, pages=state.lease.pages if state.lease else None)
    return _next(state, now, phase=Phase.RELEASED, fence=fence, lease=lease)


def _check_often(state: JobState) -> None:
    if state.fence >= MOST_RELEASES:
        raise Problem("too-many-releases")


def give_back(state: JobState, release_id: str, now: datetime) -> JobState:
    """Undo a grant whose parts could not all be given; nothing had left the mesh."""
    lease = state.lease
    if state.phase is not Phase.RELEASED or lease is None or lease.release_id != release_id or lease.started:
        return state
    return _next(state, now, phase=Phase.HELD)


def live(state: JobState, release_id: str, now: datetime) -> Lease | None:
    """The lease of this release while its station may still fetch the body."""
    lease = state.lease
    if lease is None or lease.release_id != release_id or state.phase is not Phase.RELEASED:
        return None
    return lease if now < lease.expires else None


def report(state: JobState, told: Told, now: datetime) -> JobState:
    """Take in what a station tells of its release; told twice, it counts once."""
    lease = state.lease
    if lease is None or (lease.release_id, lease.fence) != (told.release_id, told.fence):
        raise Problem("fence-stale")
    if _told_before(lease, told):
        return state
    renewed = _renewed(lease, told, now)
    phase = _phase_after(state, lease, told.kind)
    if phase is Phase.PRINTED and told.keep:  # its parts stay, and the next release begins with the first page
        return _next(state, now, phase=Phase.HELD, lease=replace(renewed, pages=None))
    if phase is Phase.PRINTED:
        return _next(state, now, phase=phase, lease=renewed, job_box=None, drops=state.nodes)
    return _next(state, now, phase=phase, lease=renewed)


def _renewed(lease: Lease, told: Told, now: datetime) -> Lease:
    return replace(
        lease,
        expires=now + TTL,
        started=lease.started or told.kind in (ReportKind.STARTED, ReportKind.PROGRESS),
        sequence=told.sequence,
        kind=lease.kind if _waits_for_outcome(lease, told.kind) else told.kind.value,
        reason=told.reason,
        impressions=lease.impressions if told.impressions is None else told.impressions,
        pages=lease.pages if told.pages is None else told.pages,
    )


def _told_before(lease: Lease, told: Told) -> bool:
    if told.sequence == lease.sequence and lease.kind not in (told.kind.value, ReportKind.UNKNOWN.value):
        raise Problem("sequence-reused")
    if told.sequence <= lease.sequence or (lease.ended and told.kind.value == lease.kind):
        return True
    if lease.ended:
        raise Problem("release-ended", f"it had {lease.kind}")
    return False


def _waits_for_outcome(lease: Lease, kind: ReportKind) -> bool:
    """Once a station said `unknown`, only a final report settles the release; a sign of life does not."""
    return lease.kind == ReportKind.UNKNOWN and kind in (ReportKind.STARTED, ReportKind.PROGRESS)


def _phase_after(state: JobState, lease: Lease, kind: ReportKind) -> Phase:
    if state.phase.final or _waits_for_outcome(lease, kind):
        return state.phase
    outcomes = {
        ReportKind.PRINTED: Phase.PRINTED,
        ReportKind.STOPPED: Phase.HELD,
        ReportKind.UNKNOWN: Phase.UNKNOWN,
    }
    return outcomes.get(kind, Phase.RELEASED)


def end(state: JobState, phase: Phase, now: datetime) -> JobState:
    """The job is over (shredded or expired): its part goes first, the bodies after it."""
    if state.phase.final:
        return state
    return _next(state, now, phase=phase, job_box=None, drops=state.nodes)


def decide(state: JobState, now: datetime, *, printed: bool, pages: int | None = None) -> JobState:
    """A person settles an outcome that cannot be known; `pages`, how many of the first pages did come out, where they
    say so. Raises `Problem` release-ended when there is none to settle."""
    if state.phase is not Phase.UNKNOWN or state.lease is None:
        raise Problem("release-ended", f"the job is {state.phase}")
    if printed:
        return end(state, Phase.PRINTED, now)
    known = state.lease.pages if pages is None else pages
    lease = replace(state.lease, kind=ReportKind.STOPPED.value, reason="decided by a person", pages=known)
    return _next(state, now, phase=Phase.HELD, lease=lease)


def dropped(state: JobState, node: str, now: datetime) -> JobState:
    """A node has deleted its body."""
    if node not in state.drops:
        return state
    return _next(state, now, drops=tuple(name for name in state.drops if name != node))


def later(state: JobState, now: datetime) -> JobState:
    """A node does not answer: its body is dropped some other time."""
    return replace(state, revision=state.revision + 1, due=now + RETRY)
