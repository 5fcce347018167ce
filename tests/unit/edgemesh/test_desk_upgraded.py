"""A vault's database of a release whose one-time codes had no numbers, opened by this one."""

from datetime import UTC, datetime
from pathlib import Path

from tools.edgemesh.storage import sqlite_desk
from tools.edgemesh.storage.records import Badge, OneTimeCode, Session, Tries, User
from tools.edgemesh.storage.sqlite import Database, micros
from tools.edgemesh.storage.sqlite_desk import SqliteDesk

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
OLD_CODES = """
DROP TABLE numbered_codes;
CREATE TABLE codes (
    user_id TEXT PRIMARY KEY REFERENCES users ON DELETE CASCADE, secret BLOB NOT NULL, expires INTEGER NOT NULL,
    tries_left INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
"""
USER = User("ada", language="de", idle_seconds=60, stations=("station-1",), since=NOW)
BADGE = Badge(b"hashed", "badge-1", "ada", "key-1", NOW)
SESSION = Session("s-1", "ada", "station-1", NOW, b"statement", b"signature")
TRIES = Tries("ada", (NOW,), NOW, 60)


def old(path: Path) -> None:
    database = Database(path, sqlite_desk.SCHEMA + OLD_CODES)
    desk = SqliteDesk(database)
    desk.put_user(USER)
    desk.put_badge(BADGE)
    desk.put_session(SESSION)
    desk.put_pin("ada", b"slow")
    desk.put_tries(TRIES)
    database.write("INSERT INTO codes VALUES (?,?,?,?)", "ada", b"code", micros(NOW), 5)
    database.close()


def test_the_codes_that_were_out_are_gone_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "vault.db"
    old(path)
    for _ in range(2):  # and opened once more
        database = Database(path, sqlite_desk.SCHEMA)
        desk = SqliteDesk(database)
        kept = (desk.user("ada"), desk.badge(b"hashed"), desk.session("s-1"), desk.pin("ada"), desk.tries("ada"))
        assert kept == (USER, BADGE, SESSION, b"slow", TRIES)
        tables = {row[0] for row in database.rows("SELECT name FROM sqlite_schema WHERE type='table'")}
        assert "codes" not in tables
        database.close()


def test_a_code_of_this_release_outlives_the_next_start(tmp_path: Path) -> None:
    path = tmp_path / "vault.db"
    old(path)
    code = OneTimeCode("ada", b"slow", NOW, 5, "0471")
    for is_first in (True, False):
        database = Database(path, sqlite_desk.SCHEMA)
        desk = SqliteDesk(database)
        assert (desk.code("ada") is None) == is_first
        desk.put_code(code)
        assert desk.code_numbered("0471") == code
        database.close()
