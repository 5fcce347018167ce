"""The desk's store in SQLite: people, keyed hashes of their badges, sessions."""

from datetime import datetime

from tools.edgemesh.records import Session, User
from tools.edgemesh.sqlite import Database, blob, micros, moment, number, pack, text, unpack

SCHEMA = """
CREATE TABLE IF NOT EXISTS users (
    user_id TEXT PRIMARY KEY, language TEXT NOT NULL, auto_release INTEGER NOT NULL, idle_seconds INTEGER NOT NULL,
    locked INTEGER NOT NULL, stations TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS badges (
    badge BLOB PRIMARY KEY, user_id TEXT NOT NULL REFERENCES users ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sessions (
    session_id TEXT PRIMARY KEY, user_id TEXT NOT NULL, station_id TEXT NOT NULL, expires INTEGER NOT NULL,
    statement BLOB NOT NULL, signature BLOB NOT NULL
) STRICT, WITHOUT ROWID;
"""
_USER = "users.user_id, language, auto_release, idle_seconds, locked, stations"


class SqliteDesk:
    """`stores.DeskStore` on a database that has `SCHEMA`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put_user(self, user: User) -> None:
        self._database.write(
            "INSERT INTO users VALUES (?,?,?,?,?,?) ON CONFLICT (user_id) DO UPDATE SET language=excluded.language,"
            " auto_release=excluded.auto_release, idle_seconds=excluded.idle_seconds, locked=excluded.locked,"
            " stations=excluded.stations",
            *(user.user_id, user.language, user.auto_release, user.idle_seconds, user.locked, pack(user.stations)),
        )

    def user(self, user_id: str) -> User | None:
        return _user(self._database.row(f"SELECT {_USER} FROM users WHERE user_id=?", user_id))  # noqa: S608 - constant

    def put_badge(self, badge: bytes, user_id: str) -> None:
        self._database.write("INSERT OR REPLACE INTO badges VALUES (?,?)", badge, user_id)

    def user_of(self, badge: bytes) -> User | None:
        statement = f"SELECT {_USER} FROM users JOIN badges USING (user_id) WHERE badge=?"  # noqa: S608 - constant
        return _user(self._database.row(statement, badge))

    def put_session(self, session: Session) -> None:
        self._database.write(
            "INSERT OR REPLACE INTO sessions VALUES (?,?,?,?,?,?)",
            *(session.session_id, session.user_id, session.station_id, micros(session.expires)),
            *(session.statement, session.signature),
        )

    def session(self, session_id: str) -> Session | None:
        row = self._database.row("SELECT * FROM sessions WHERE session_id=?", session_id)
        if row is None:
            return None
        session, user, station, expires, statement, signature = row
        return Session(text(session), text(user), text(station), moment(expires), blob(statement), blob(signature))

    def end_session(self, session_id: str) -> None:
        self._database.write("DELETE FROM sessions WHERE session_id=?", session_id)

    def end_sessions(self, before: datetime) -> None:
        if self._database.row("SELECT 1 FROM sessions WHERE expires<? LIMIT 1", micros(before)):
            self._database.write("DELETE FROM sessions WHERE expires<?", micros(before))


def _user(row: tuple[object, ...] | None) -> User | None:
    if row is None:
        return None
    user, language, auto, idle, locked, stations = row
    return User(text(user), text(language), bool(auto), number(idle), bool(locked), unpack(stations))
