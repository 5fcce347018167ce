"""What an administrator does to jobs at the vault: list, shred, settle. Titles are nowhere in the mesh."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from firmware.audit.events import AuditEvent
from hal.ports.clock import Clock
from tools.edgemesh import leases
from tools.edgemesh.administration.acts import Acts
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.jobbook import JobBook
from tools.edgemesh.roles import Vault
from tools.edgemesh.storage.records import JobState, Phase
from tools.edgemesh.succession import epoch_of

PAGE = 200


@dataclass(frozen=True, slots=True)
class JobLine:
    """One job in a list. `epoch` is the one that its manifest was sealed to; `station` and `reason` are of its last
    release, and `pages_out` is how many of the document's first pages are known to have come out."""

    job: str
    owner: str = field(repr=False)
    state: str
    size: int
    epoch: int
    expires: datetime
    holders: tuple[str, ...]
    station: str
    reason: str
    pages_out: int | None = None


@dataclass(frozen=True, slots=True)
class Word:
    """What a person says of a release whose outcome nobody knew: that it was printed, or not; and if not, how many of
    the document's first pages did come out, where they know."""

    printed: bool
    pages: int | None = None


def page(vault: Vault, after: str = "") -> Sequence[JobLine]:
    """Up to `PAGE` jobs, oldest first, from behind the job `after` on. Raises `Problem` job-unknown."""
    book = vault.keys.book
    known = list(book.store.all())
    if after and after not in known:
        raise Problem("job-unknown")
    start = known.index(after) + 1 if after else 0
    return [_line(book, job_id) for job_id in known[start : start + PAGE]]


def _line(book: JobBook, job_id: str) -> JobLine:
    job, state = book.job(job_id), book.state(job_id)
    station, reason = (state.lease.station_id, state.lease.reason) if state.lease else ("", "")
    about = state.phase.value, job.size, epoch_of(job.manifest), state.expires
    holders = () if state.phase.final else state.holders  # their bodies are deleted, or are about to be
    return JobLine(job_id, job.owner, *about, holders, station, reason, state.pages_out)


async def shred(vault: Vault, acts: Acts, job_id: str, clock: Clock) -> JobState:
    """Delete the job part now; the bodies follow. Raises `Problem` job-unknown."""
    book = vault.keys.book
    book.job(job_id)
    await acts.record(AuditEvent.JOB_SHREDDED, job=job_id)
    return book.apply(job_id, lambda state: leases.end(state, Phase.SHREDDED, clock.now()))


async def settle(vault: Vault, acts: Acts, job_id: str, clock: Clock, word: Word) -> JobState:
    """A person's word on how a release of unknown outcome ended. Raises `Problem`: job-unknown, release-ended,
    json-malformed."""
    if word.printed and word.pages is not None:
        raise Problem("json-malformed", "pages: only of what was not printed")
    book, counted = vault.keys.book, {} if word.pages is None else {"pages": word.pages}

    def rule(state: JobState) -> JobState:
        return leases.decide(state, clock.now(), printed=word.printed, pages=word.pages)

    rule(book.state(job_id))  # what cannot be is refused before it is recorded
    await acts.record(AuditEvent.SETTLED, job=job_id, code="printed" if word.printed else "not-printed", **counted)
    return book.apply(job_id, rule)
