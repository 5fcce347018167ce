"""The vault's receipts in SQLite. They outlive their jobs, so they are of no table of theirs."""

from collections.abc import Sequence
from datetime import datetime

from tools.edgemesh.storage.records import KeptReceipt
from tools.edgemesh.storage.sqlite import Database, blob, micros, moment, number, text

SCHEMA = """
CREATE TABLE IF NOT EXISTS receipts (
    row INTEGER PRIMARY KEY AUTOINCREMENT, release_id TEXT NOT NULL, sequence INTEGER NOT NULL, job_id TEXT NOT NULL,
    owner TEXT NOT NULL, since INTEGER NOT NULL, file BLOB NOT NULL, UNIQUE (release_id, sequence)
) STRICT;
CREATE INDEX IF NOT EXISTS receipts_by_job ON receipts (job_id);
CREATE INDEX IF NOT EXISTS receipts_by_owner ON receipts (owner);
CREATE INDEX IF NOT EXISTS receipts_by_since ON receipts (since);
"""
_COLUMNS = "release_id, sequence, job_id, owner, since, file"


class SqliteReceipts:
    """`stores.ReceiptStore` on a database that has `SCHEMA`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, receipt: KeptReceipt) -> None:
        named = receipt.release_id, receipt.sequence, receipt.job_id, receipt.owner
        self._database.write(
            f"INSERT OR IGNORE INTO receipts ({_COLUMNS}) VALUES (?,?,?,?,?,?)",  # noqa: S608 - constant
            *named,
            micros(receipt.since),
            receipt.file,
        )

    def get(self, release_id: str, sequence: int) -> KeptReceipt | None:
        found = self._rows("release_id=? AND sequence=?", release_id, sequence)
        return found[0] if found else None

    def of_job(self, job_id: str) -> Sequence[KeptReceipt]:
        return self._rows("job_id=?", job_id)

    def forget_owner(self, owner: str) -> None:
        self._database.write("DELETE FROM receipts WHERE owner=?", owner)

    def drop(self, before: datetime) -> None:
        self._database.write("DELETE FROM receipts WHERE since<?", micros(before))

    def _rows(self, condition: str, *values: object) -> list[KeptReceipt]:
        statement = f"SELECT {_COLUMNS} FROM receipts WHERE {condition} ORDER BY row"  # noqa: S608 - constants
        return [_receipt(row) for row in self._database.rows(statement, *values)]


def _receipt(row: tuple[object, ...]) -> KeptReceipt:
    release_id, sequence, job_id, owner, since, file = row
    named = text(release_id), number(sequence), text(job_id), text(owner)
    return KeptReceipt(*named, moment(since), blob(file))
