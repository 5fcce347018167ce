"""What an administrator does to a mesh's stores by command, beside a running server or without one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from hal.drivers.system_clock import SystemClock
from hal.drivers.thread_workers import ThreadWorkers
from tools.edgemesh import keys, leases
from tools.edgemesh.announcer import Announcer
from tools.edgemesh.bodies import FileBodies
from tools.edgemesh.compose import build_org
from tools.edgemesh.databases import node_database, org_database, vault_database
from tools.edgemesh.holdings import withdraw
from tools.edgemesh.jobbook import JobBook
from tools.edgemesh.opener import world_of
from tools.edgemesh.org import OrgKeys
from tools.edgemesh.records import JobState, Phase
from tools.edgemesh.site import ORG_SERVICE_ID, Site, SiteError
from tools.edgemesh.sqlite_jobs import SqliteJobs
from tools.edgemesh.sqlite_roles import SqliteEpochs, SqliteHoldings


@dataclass(frozen=True, slots=True)
class JobLine:
    """One job in a list. Its title is nowhere in the mesh."""

    job: str
    state: str
    size: int
    expires: datetime
    holders: tuple[str, ...]
    station: str
    reason: str


@contextmanager
def _book(site: Site) -> Iterator[JobBook]:
    database = vault_database(site)
    try:
        store = SqliteJobs(database)
        yield JobBook(store, Announcer(store), SystemClock())
    finally:
        database.close()


def list_jobs(site: Site) -> list[JobLine]:
    """Every job the vault remembers, oldest first."""
    with _book(site) as book:
        return [_line(book, job_id) for job_id in book.store.all()]


def _line(book: JobBook, job_id: str) -> JobLine:
    job, state = book.job(job_id), book.state(job_id)
    station, reason = (state.lease.station_id, state.lease.reason) if state.lease else ("", "")
    return JobLine(job_id, state.phase.value, job.size, state.expires, state.holders, station, reason)


def shred_job(site: Site, job_id: str) -> JobState:
    """Delete the job part now; a running server deletes the bodies within seconds. Raises `Problem` job-unknown."""
    return _applied(site, job_id, lambda state, now: leases.end(state, Phase.SHREDDED, now))


def settle_job(site: Site, job_id: str, *, printed: bool) -> JobState:
    """Say how a release of unknown outcome ended. Raises `Problem`: job-unknown, release-ended."""
    return _applied(site, job_id, lambda state, now: leases.decide(state, now, printed=printed))


def _applied(site: Site, job_id: str, rule: Callable[[JobState, datetime], JobState]) -> JobState:
    with _book(site) as book:
        state = book.apply(job_id, lambda before: rule(before, SystemClock().now()))
        book.store.scrub()
        return state


def drop_from_node(site: Site, node: str, job_id: str) -> None:
    """Have a node refuse a job's part, and delete its body. Raises `Problem` job-unknown, `SiteError`."""
    if node not in site.nodes:
        raise SiteError(f"this mesh has no node {node}")
    database = node_database(site, node)
    try:
        withdraw(SqliteHoldings(database), FileBodies(site.path(node) / "bodies"), job_id)
    finally:
        database.close()


@contextmanager
def org_service(site: Site) -> Iterator[OrgKeys]:
    """The org key service, for its own administrator's hand."""
    workers = ThreadWorkers()
    database = org_database(site)
    try:
        role_keys = keys.read(site.path("org"), ORG_SERVICE_ID)
        yield build_org(world_of(site, workers), role_keys, SqliteEpochs(database))
    finally:
        database.close()
        workers.close()
