"""The holding node's store in SQLite."""

from collections.abc import Sequence
from datetime import datetime

from tools.edgemesh.storage.records import Holding, NodeGrant, Place
from tools.edgemesh.storage.sqlite import Database, blob, micros, moment, number, text

NODE_SCHEMA = """
CREATE TABLE IF NOT EXISTS holdings (
    job_id TEXT PRIMARY KEY, place TEXT NOT NULL, size INTEGER NOT NULL, manifest BLOB NOT NULL,
    client TEXT NOT NULL, since INTEGER NOT NULL, digest TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS holdings_by_place ON holdings (place, size);
CREATE TABLE IF NOT EXISTS grants (
    release_id TEXT PRIMARY KEY, job_id TEXT NOT NULL, station_id TEXT NOT NULL, request TEXT NOT NULL UNIQUE,
    since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
"""


class SqliteHoldings:
    """`stores.HoldingStore` on a database that has `NODE_SCHEMA`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, holding: Holding) -> None:
        self._database.write(
            "INSERT OR REPLACE INTO holdings VALUES (?,?,?,?,?,?,?)",
            *(holding.job_id, holding.place.value, holding.size, holding.manifest, holding.client),
            *(micros(holding.since), holding.digest),
        )

    def get(self, job_id: str) -> Holding | None:
        row = self._database.row("SELECT * FROM holdings WHERE job_id=?", job_id)
        return None if row is None else _holding(row)

    def all(self) -> Sequence[Holding]:
        return [_holding(row) for row in self._database.rows("SELECT * FROM holdings")]

    def in_place(self, place: Place) -> Sequence[Holding]:
        rows = self._database.rows("SELECT * FROM holdings WHERE place=?", place.value)
        return [_holding(row) for row in rows]

    def remove(self, job_id: str) -> None:
        with self._database.transaction() as cursor:
            cursor.execute("DELETE FROM grants WHERE job_id=?", (job_id,))
            cursor.execute("DELETE FROM holdings WHERE job_id=?", (job_id,))

    def reserved(self) -> tuple[int, int]:
        rows = self._database.rows("SELECT place, sum(size) FROM holdings GROUP BY place")
        sums = {text(place): number(size) for place, size in rows}
        return sums.get(Place.EXPECTED.value, 0), sums.get(Place.HELD.value, 0)

    def add_grant(self, grant: NodeGrant) -> bool:
        with self._database.transaction() as cursor:
            used = cursor.execute("SELECT release_id FROM grants WHERE request=?", (grant.request,)).fetchone()
            if used is not None:
                return bool(used[0] == grant.release_id)
            values = (grant.release_id, grant.job_id, grant.station_id, grant.request, micros(grant.since))
            cursor.execute("INSERT INTO grants VALUES (?,?,?,?,?)", values)
        return True

    def grant_of(self, release_id: str) -> NodeGrant | None:
        row = self._database.row("SELECT * FROM grants WHERE release_id=?", release_id)
        if row is None:
            return None
        release, job, station, request, since = row
        return NodeGrant(text(release), text(job), text(station), text(request), moment(since))

    def drop_grants(self, before: datetime) -> None:
        if self._database.row("SELECT 1 FROM grants WHERE since<? LIMIT 1", micros(before)):
            self._database.write("DELETE FROM grants WHERE since<?", micros(before))


def _holding(row: tuple[object, ...]) -> Holding:
    job, place, size, manifest, client, since, digest = row
    state = Place(text(place))
    return Holding(text(job), state, number(size), blob(manifest), text(client), moment(since), text(digest))
