"""The org key service's store in SQLite: epochs, and what was sealed anew from one to the next."""

from collections.abc import Sequence
from datetime import datetime

from tools.edgemesh.storage.records import Epoch, Held, Rebox
from tools.edgemesh.storage.sqlite import Database, blob, micros, moment, number, text

SCHEMA = """
CREATE TABLE IF NOT EXISTS epochs (
    number INTEGER PRIMARY KEY, private_key BLOB, suspended INTEGER NOT NULL, statement BLOB NOT NULL,
    signature BLOB NOT NULL, held TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS reboxes (
    job_id TEXT PRIMARY KEY, manifest BLOB NOT NULL, epoch INTEGER NOT NULL, suite TEXT NOT NULL, box BLOB NOT NULL,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS reboxes_by_end ON reboxes (expires);
"""
_EPOCH = "number, private_key, suspended, statement, signature, held"


class SqliteEpochs:
    """`stores.EpochStore` on a database that has `SCHEMA`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, *epochs: Epoch) -> None:
        with self._database.transaction() as cursor:
            cursor.executemany("INSERT OR REPLACE INTO epochs VALUES (?,?,?,?,?,?)", map(_row, epochs))
        if any(epoch.private_key is None for epoch in epochs):
            self._database.scrub()

    def get(self, number: int) -> Epoch | None:
        found = self._epochs("WHERE number=?", number)
        return found[0] if found else None

    def latest(self) -> Epoch | None:
        found = self._epochs("ORDER BY number DESC LIMIT 1")
        return found[0] if found else None

    def all(self) -> Sequence[Epoch]:
        return self._epochs("ORDER BY number")

    def _epochs(self, which: str, *values: object) -> list[Epoch]:
        rows = self._database.rows(f"SELECT {_EPOCH} FROM epochs {which}", *values)  # noqa: S608 - constants
        return [_epoch(row) for row in rows]

    def put_rebox(self, rebox: Rebox) -> None:
        values = (rebox.job_id, rebox.manifest, rebox.epoch, rebox.suite, rebox.box, micros(rebox.expires))
        self._database.write("INSERT OR REPLACE INTO reboxes VALUES (?,?,?,?,?,?)", *values)

    def rebox(self, job_id: str) -> Rebox | None:
        row = self._database.row("SELECT * FROM reboxes WHERE job_id=?", job_id)
        if row is None:
            return None
        job, manifest, epoch, suite, box, expires = row
        return Rebox(text(job), blob(manifest), number(epoch), text(suite), blob(box), moment(expires))

    def drop_reboxes(self, before: datetime) -> None:
        if self._database.row("SELECT 1 FROM reboxes WHERE expires<? LIMIT 1", micros(before)):
            self._database.write("DELETE FROM reboxes WHERE expires<?", micros(before))


def _row(epoch: Epoch) -> tuple[object, ...]:
    held = epoch.held.value if epoch.held else ""
    return (epoch.number, epoch.private_key, epoch.suspended, epoch.statement, epoch.signature, held)


def _epoch(row: tuple[object, ...]) -> Epoch:
    order, private_key, suspended, statement, signature, held = row
    key = None if private_key is None else blob(private_key)
    policy = Held(text(held)) if held else None
    return Epoch(number(order), key, bool(suspended), blob(statement), blob(signature), policy)
