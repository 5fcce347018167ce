"""Many people at once into the desk's file, while the desk serves from it: staged beside, then taken in by pieces.

SQLite lets one write at a time, and a transaction of 100 000 rows would keep every tap waiting for seconds. So all rows
go into a file of their own first. Its renaming is the moment that decides: cut off before, nothing was kept; after,
what is missing is taken in at the next start, or by the next import."""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from time import sleep

from tools.edgemesh.storage import sqlite_desk, sqlite_secrets
from tools.edgemesh.storage.records import Badge, User
from tools.edgemesh.storage.sqlite import Database
from tools.edgemesh.storage.sqlite_desk import SqliteDesk
from tools.edgemesh.storage.stores import StoreError

FILE, PART = "incoming.db", "incoming.part.db"
PIECE = 100
"""Rows in one transaction: a few milliseconds, and so long does a tap wait at most."""
GAP_SECONDS = 0.004
"""Left to the desk between two: whoever waits for the file looks again in such steps."""
_TABLES = (("users", "user_id", sqlite_desk.PUT_USER), ("badges", "badge", sqlite_desk.PUT_BADGE))
pause = sleep
_PINS = ("pins", "user_id", sqlite_secrets.PUT_PIN)


class IncomingDesk(SqliteDesk):
    """`SqliteDesk` on a connection of its own, for a worker thread."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._own = database

    def put_people(self, users: Iterable[User], badges: Iterable[Badge], pins: Iterable[tuple[str, bytes]]) -> None:
        """All or nothing, as the module says. Raises `StoreError`: before the deciding moment nothing is kept, after it
        the rest follows at the next start."""
        take_in(self._own)
        _stage(self._own.path.parent, users, badges, pins)
        take_in(self._own, gap=GAP_SECONDS)


def take_in(database: Database, *, gap: float = 0.0) -> None:
    """Complete what was decided; nothing where there is nothing. Raises `StoreError`."""
    folder = database.path.parent
    if not (folder / FILE).exists():
        return
    staged = Database(folder / FILE, "")
    try:
        for table, key, statement in (*_TABLES, _PINS):
            for rows in _pieces(staged, table, key):
                with database.unsynced(), database.transaction() as cursor:
                    cursor.executemany(statement, rows)
                pause(gap)
        database.sync()
    finally:
        staged.close()
    _remove(folder, FILE)


def _pieces(staged: Database, table: str, key: str) -> Iterator[Sequence[tuple[object, ...]]]:
    first = f"SELECT * FROM {table} ORDER BY {key} LIMIT {PIECE}"  # noqa: S608 - constants
    later = f"SELECT * FROM {table} WHERE {key}>? ORDER BY {key} LIMIT {PIECE}"  # noqa: S608 - constants
    rows = staged.rows(first)
    while rows:
        yield rows
        rows = staged.rows(later, rows[-1][0])


def _stage(folder: Path, users: Iterable[User], badges: Iterable[Badge], pins: Iterable[tuple[str, bytes]]) -> None:
    _remove(folder, PART)
    staged = Database(folder / PART, sqlite_desk.SCHEMA)
    try:
        staged.rows("PRAGMA foreign_keys=OFF")  # a badge's person may be known already, and not be among these
        SqliteDesk(staged).put_people(users, badges, pins)
        staged.rows("PRAGMA journal_mode=DELETE")  # all of it in the one file that is renamed
    finally:
        staged.close()
    try:
        (folder / PART).rename(folder / FILE)
        _sync(folder)
    except OSError as exc:
        raise StoreError(str(exc)) from exc


def _remove(folder: Path, name: str) -> None:
    try:
        for suffix in ("", "-wal", "-shm"):
            (folder / f"{name}{suffix}").unlink(missing_ok=True)
        _sync(folder)
    except OSError as exc:
        raise StoreError(str(exc)) from exc


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
