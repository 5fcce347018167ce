"""The vault's job store in SQLite: jobs, their states, the releases ever granted, and the announcements."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from sqlite3 import Cursor, IntegrityError

from tools.edgemesh.storage.records import Announcement, Job, JobState, Lease, Phase
from tools.edgemesh.storage.sqlite import (
    Database,
    blob,
    micros,
    moment,
    number,
    pack,
    pack_chain,
    text,
    unpack,
    unpack_chain,
)
from tools.edgemesh.storage.stores import StoreError

SCHEMA = """
CREATE TABLE IF NOT EXISTS jobs (
    row INTEGER PRIMARY KEY AUTOINCREMENT, job_id TEXT NOT NULL UNIQUE, owner TEXT NOT NULL, size INTEGER NOT NULL,
    manifest BLOB NOT NULL, signature BLOB NOT NULL, chain TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS jobs_by_owner ON jobs (owner);
CREATE TABLE IF NOT EXISTS states (
    job_id TEXT PRIMARY KEY REFERENCES jobs (job_id) ON DELETE CASCADE, revision INTEGER NOT NULL,
    phase TEXT NOT NULL, changed INTEGER NOT NULL, expires INTEGER NOT NULL, due INTEGER NOT NULL, job_box BLOB,
    nodes TEXT NOT NULL, holders TEXT NOT NULL, digest TEXT NOT NULL, fence INTEGER NOT NULL, lease TEXT NOT NULL,
    drops TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS states_by_due ON states (due);
CREATE TABLE IF NOT EXISTS releases (
    release_id TEXT PRIMARY KEY, job_id TEXT NOT NULL REFERENCES jobs (job_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS announcements (
    event_id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, job_id TEXT NOT NULL
) STRICT;
"""
_JOB = "job_id, owner, size, manifest, signature, chain"


class SqliteJobs:
    """`stores.JobStore` on a database that has `SCHEMA`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, job: Job, state: JobState) -> bool:
        try:
            with self._database.transaction() as cursor:
                cursor.execute(
                    f"INSERT INTO jobs ({_JOB}) VALUES (?,?,?,?,?,?)",  # noqa: S608 - constant
                    (job.job_id, job.owner, job.size, job.manifest, job.signature, pack_chain(job.chain)),
                )
                _insert_state(cursor, job.job_id, state)
        except StoreError as exc:
            if isinstance(exc.__cause__, IntegrityError):
                return False
            raise
        return True

    def job(self, job_id: str) -> Job | None:
        row = self._database.row(f"SELECT {_JOB} FROM jobs WHERE job_id=?", job_id)  # noqa: S608 - constant
        if row is None:
            return None
        name, owner, size, manifest, signature, chain = row
        return Job(text(name), text(owner), number(size), blob(manifest), blob(signature), unpack_chain(chain))

    def state(self, job_id: str) -> JobState | None:
        row = self._database.row("SELECT * FROM states WHERE job_id=?", job_id)
        return None if row is None else _state(row)

    def change(self, job_id: str, after: JobState, announce: str = "") -> bool:
        with self._database.transaction() as cursor:
            cursor.execute("DELETE FROM states WHERE job_id=? AND revision=?", (job_id, after.revision - 1))
            if cursor.rowcount != 1:
                return False
            _insert_state(cursor, job_id, after)
            if after.lease is not None:
                release = (after.lease.release_id, job_id)
                cursor.execute("INSERT OR IGNORE INTO releases VALUES (?,?)", release)
            if announce:
                cursor.execute("INSERT INTO announcements (kind, job_id) VALUES (?,?)", (announce, job_id))
        return True

    def of_owner(self, owner: str) -> Sequence[str]:
        final = [phase.value for phase in Phase if phase.final]
        statement = (
            "SELECT job_id FROM jobs JOIN states USING (job_id)"
            " WHERE owner=? AND phase NOT IN (?,?,?,?) ORDER BY row DESC"
        )
        return _names(self._database.rows(statement, owner, *final))

    def all(self) -> Sequence[str]:
        return _names(self._database.rows("SELECT job_id FROM jobs ORDER BY row"))

    def live(self) -> Sequence[str]:
        final = [phase.value for phase in Phase if phase.final]
        statement = "SELECT job_id FROM jobs JOIN states USING (job_id) WHERE phase NOT IN (?,?,?,?) ORDER BY row"
        return _names(self._database.rows(statement, *final))

    def due(self, now: datetime, limit: int) -> Sequence[str]:
        statement = "SELECT job_id FROM states WHERE due<=? ORDER BY due LIMIT ?"
        return _names(self._database.rows(statement, micros(now), limit))

    def job_of(self, release_id: str) -> str | None:
        row = self._database.row("SELECT job_id FROM releases WHERE release_id=?", release_id)
        return None if row is None else text(row[0])

    def forget(self, job_id: str) -> None:
        self._database.write("DELETE FROM jobs WHERE job_id=?", job_id)

    def announce(self, kind: str, subject: str) -> None:
        self._database.write("INSERT INTO announcements (kind, job_id) VALUES (?,?)", kind, subject)

    def last_announcement(self) -> int:
        row = self._database.row("SELECT seq FROM sqlite_sequence WHERE name='announcements'")
        return 0 if row is None else number(row[0])

    def announcements(self, after: int, limit: int) -> Sequence[Announcement]:
        statement = "SELECT * FROM announcements WHERE event_id>? ORDER BY event_id LIMIT ?"
        rows = self._database.rows(statement, after, limit)
        return [Announcement(number(event), text(kind), text(job)) for event, kind, job in rows]

    def drop_announcements(self, up_to: int) -> None:
        self._database.write("DELETE FROM announcements WHERE event_id<=?", up_to)

    def scrub(self) -> None:
        self._database.scrub()


def _names(rows: list[tuple[object, ...]]) -> list[str]:
    return [text(row[0]) for row in rows]


def _insert_state(cursor: Cursor, job_id: str, state: JobState) -> None:
    times = (micros(state.changed), micros(state.expires), micros(state.due))
    where = (pack(state.nodes), pack(state.holders), state.digest)
    rest = (state.fence, _pack_lease(state.lease), pack(state.drops))
    cursor.execute(
        "INSERT INTO states VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
        (job_id, state.revision, state.phase.value, *times, state.job_box, *where, *rest),
    )


def _state(row: tuple[object, ...]) -> JobState:
    _, revision, phase, changed, expires, due, job_box, nodes, holders, digest, fence, lease, drops = row
    return JobState(
        revision=number(revision),
        phase=Phase(text(phase)),
        changed=moment(changed),
        expires=moment(expires),
        due=moment(due),
        job_box=None if job_box is None else blob(job_box),
        nodes=unpack(nodes),
        holders=unpack(holders),
        digest=text(digest),
        fence=number(fence),
        lease=_unpack_lease(text(lease)),
        drops=unpack(drops),
    )


def _pack_lease(lease: Lease | None) -> str:
    return json.dumps(None if lease is None else asdict(lease) | {"expires": micros(lease.expires)})


def _unpack_lease(packed: str) -> Lease | None:
    fields = json.loads(packed)
    return None if fields is None else Lease(**fields | {"expires": moment(fields["expires"])})
