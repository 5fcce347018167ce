"""The desk's store in SQLite: people, keyed hashes of their badges, sessions; and the rest from sqlite_secrets.py."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime

from tools.edgemesh.storage import sqlite_secrets
from tools.edgemesh.storage.records import Badge, Session, User
from tools.edgemesh.storage.sqlite import Database, blob, micros, moment, number, pack, text, unpack
from tools.edgemesh.storage.sqlite_secrets import SqliteSecrets

SCHEMA = f"""
CREATE TABLE IF NOT EXISTS users (
    user_id TEXT PRIMARY KEY, language TEXT NOT NULL, auto_release INTEGER NOT NULL, idle_seconds INTEGER NOT NULL,
    stations TEXT NOT NULL, since INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS badges (
    badge BLOB PRIMARY KEY, badge_id TEXT NOT NULL UNIQUE,
    user_id TEXT NOT NULL REFERENCES users ON DELETE CASCADE, key TEXT NOT NULL, since INTEGER NOT NULL, used INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS badges_of ON badges (user_id);
CREATE TABLE IF NOT EXISTS sessions (
    session_id TEXT PRIMARY KEY, user_id TEXT NOT NULL, station_id TEXT NOT NULL, expires INTEGER NOT NULL,
    statement BLOB NOT NULL, signature BLOB NOT NULL
) STRICT, WITHOUT ROWID;
{sqlite_secrets.SCHEMA}"""
PUT_USER = (
    "INSERT INTO users VALUES (?,?,?,?,?,?) ON CONFLICT (user_id) DO UPDATE SET language=excluded.language,"
    " auto_release=excluded.auto_release, idle_seconds=excluded.idle_seconds, stations=excluded.stations,"
    " since=excluded.since"
)
PUT_BADGE = "INSERT OR REPLACE INTO badges VALUES (?,?,?,?,?,?)"


class SqliteDesk(SqliteSecrets):
    """`stores.DeskStore` on a database that has `SCHEMA`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._database = database

    def put_user(self, user: User) -> None:
        self._database.write(PUT_USER, *_user_row(user))

    def user(self, user_id: str) -> User | None:
        return _user(self._database.row("SELECT * FROM users WHERE user_id=?", user_id))

    def users(self) -> Sequence[User]:
        found = (_user(row) for row in self._database.rows("SELECT * FROM users ORDER BY user_id"))
        return [user for user in found if user is not None]

    def remove_user(self, user_id: str) -> None:
        with self._database.transaction() as cursor:
            cursor.execute("DELETE FROM sessions WHERE user_id=?", (user_id,))
            cursor.execute("DELETE FROM users WHERE user_id=?", (user_id,))

    def put_badge(self, badge: Badge) -> None:
        self._database.write(PUT_BADGE, *_badge_row(badge))

    def mark_badge(self, badge: Badge) -> None:
        with self._database.unsynced():
            self.put_badge(badge)

    def badge(self, badge: bytes) -> Badge | None:
        row = self._database.row("SELECT * FROM badges WHERE badge=?", badge)
        return _badge(row) if row else None

    def badges(self, user_id: str = "") -> Sequence[Badge]:
        where, values = ("WHERE user_id=? ", (user_id,)) if user_id else ("", ())
        statement = f"SELECT * FROM badges {where}ORDER BY since, badge_id"  # noqa: S608 - two constants
        return [_badge(row) for row in self._database.rows(statement, *values)]

    def remove_badge(self, badge_id: str) -> None:
        self._database.write("DELETE FROM badges WHERE badge_id=?", badge_id)

    @contextmanager
    def aside(self) -> Iterator["SqliteDesk"]:
        from tools.edgemesh.storage.sqlite_incoming import IncomingDesk  # noqa: PLC0415 - which is made of this one

        with self._database.aside() as database:
            yield IncomingDesk(database)

    def put_people(self, users: Iterable[User], badges: Iterable[Badge], pins: Iterable[tuple[str, bytes]]) -> None:
        people, numbers = list(map(_user_row, users)), list(map(_badge_row, badges))  # first: others wait for the file
        with self._database.transaction() as cursor:
            cursor.executemany(PUT_USER, people)
            cursor.executemany(PUT_BADGE, numbers)
            cursor.executemany(sqlite_secrets.PUT_PIN, pins)

    def put_session(self, session: Session) -> None:
        with self._database.unsynced():  # it lives for minutes: who lost one taps again
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
        with self._database.unsynced():  # its own station alone could go on using it, until it expires
            self._database.write("DELETE FROM sessions WHERE session_id=?", session_id)

    def end_sessions(self, before: datetime) -> None:
        if self._database.row("SELECT 1 FROM sessions WHERE expires<? LIMIT 1", micros(before)):
            self._database.write("DELETE FROM sessions WHERE expires<?", micros(before))


def _user_row(user: User) -> tuple[object, ...]:
    return user.user_id, user.language, user.auto_release, user.idle_seconds, pack(user.stations), micros(user.since)


def _user(row: tuple[object, ...] | None) -> User | None:
    if row is None:
        return None
    user, language, auto, idle, stations, since = row
    return User(text(user), text(language), bool(auto), number(idle), unpack(stations), moment(since))


def _badge_row(badge: Badge) -> tuple[object, ...]:
    used = badge.used and badge.used.toordinal()
    return badge.badge, badge.badge_id, badge.user_id, badge.key, micros(badge.since), used


def _badge(row: tuple[object, ...]) -> Badge:
    badge, badge_id, user, key, since, used = row
    day = None if used is None else date.fromordinal(number(used))
    return Badge(blob(badge), text(badge_id), text(user), text(key), moment(since), day)
