"""The embedded engine: one SQLite file a role, WAL with full sync, opened 0600; and how values travel in and out."""

import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tools.edgemesh.storage.stores import StoreError

_BUSY_SECONDS = 2.0  # an administrator's command may hold the file for a few milliseconds
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Database:
    """One file with one schema. Statements run on the caller's thread; a commit is on the medium when it returns."""

    def __init__(self, path: Path, schema: str) -> None:
        with _refusing():
            self.path = path
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            self._connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "foreign_keys=ON"):
                self._connection.execute(f"PRAGMA {pragma}")
            self._connection.executescript(schema)

    @contextmanager
    def aside(self) -> Iterator["Database"]:
        """Another connection to the same file, for the thread that asks."""
        database = Database(self.path, "")
        try:
            yield database
        finally:
            database.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Cursor]:
        """All or nothing; readers elsewhere see either."""
        with _refusing():
            cursor = self._connection.cursor()
            cursor.execute("BEGIN IMMEDIATE")
            try:
                yield cursor
                cursor.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    cursor.execute("ROLLBACK")
                raise

    @contextmanager
    def unsynced(self) -> Iterator[None]:
        """Commits within are not waited for: a crash of this process loses none, a power cut may, until the next
        commit that is. For what may be forgotten."""
        with _refusing():
            self._connection.execute("PRAGMA synchronous=NORMAL")
        try:
            yield
        finally:
            with _refusing():
                self._connection.execute("PRAGMA synchronous=FULL")

    def write(self, statement: str, *values: object) -> int:
        """One statement as a transaction of its own; how many rows it changed."""
        with _refusing():
            return self._connection.execute(statement, values).rowcount

    def rows(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        with _refusing():
            return self._connection.execute(statement, values).fetchall()

    def row(self, statement: str, *values: object) -> tuple[object, ...] | None:
        found = self.rows(statement, *values)
        return found[0] if found else None

    def sync(self) -> None:
        """Have the medium hold whatever was committed unsynced."""
        with self.transaction() as cursor:
            version = cursor.execute("PRAGMA user_version").fetchone()[0]
            cursor.execute(f"PRAGMA user_version={number(version)}")  # a commit that is waited for

    def scrub(self) -> None:
        """Move everything from the write-ahead log into the file and empty the log: `secure_delete` has
        overwritten deleted values in the file, the log could still hold old pages."""
        self.rows("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        self._connection.close()


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as exc:
        raise StoreError(str(exc)) from exc


def micros(moment: datetime) -> int:
    """A time as the file keeps it: whole microseconds since 1970, so that times compare in SQL."""
    return (moment - _EPOCH) // _MICROSECOND


def moment(value: object) -> datetime:
    return _EPOCH + number(value) * _MICROSECOND


def number(value: object) -> int:
    if not isinstance(value, int):
        raise StoreError("a number was expected")
    return value


def text(value: object) -> str:
    if not isinstance(value, str):
        raise StoreError("a text was expected")
    return value


def blob(value: object) -> bytes:
    if not isinstance(value, bytes):
        raise StoreError("a blob was expected")
    return value


def pack(names: Sequence[str]) -> str:
    """A tuple of strings as one column."""
    return json.dumps(list(names))


def unpack(value: object) -> tuple[str, ...]:
    return tuple(text(name) for name in json.loads(text(value)))


def pack_chain(chain: Sequence[bytes]) -> str:
    return pack([der.hex() for der in chain])


def unpack_chain(value: object) -> tuple[bytes, ...]:
    return tuple(bytes.fromhex(der) for der in unpack(value))
