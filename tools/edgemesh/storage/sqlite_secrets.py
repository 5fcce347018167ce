"""The second half of the desk's store in SQLite: slow hashes of PINs and codes, failed tries, delegations."""

from collections.abc import Sequence
from datetime import datetime

from tools.edgemesh.storage.records import KeptDelegation, OneTimeCode, Tries
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

# Of a release before codes had numbers `codes` may be left: what was in it was good for a day.
SCHEMA = """
CREATE TABLE IF NOT EXISTS pins (
    user_id TEXT PRIMARY KEY REFERENCES users ON DELETE CASCADE, secret BLOB NOT NULL
) STRICT, WITHOUT ROWID;
DROP TABLE IF EXISTS codes;
CREATE TABLE IF NOT EXISTS numbered_codes (
    user_id TEXT PRIMARY KEY REFERENCES users ON DELETE CASCADE, secret BLOB NOT NULL, expires INTEGER NOT NULL,
    tries_left INTEGER NOT NULL, number TEXT NOT NULL UNIQUE
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tries (
    name TEXT PRIMARY KEY, failed TEXT NOT NULL, locked_until INTEGER, lock_seconds INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS delegations (
    delegation_id TEXT PRIMARY KEY, owner TEXT NOT NULL, delegate TEXT NOT NULL, begins INTEGER NOT NULL,
    ends INTEGER NOT NULL, raw BLOB NOT NULL, signature BLOB NOT NULL, chain TEXT NOT NULL, ended INTEGER,
    told INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS delegations_by ON delegations (owner);
CREATE INDEX IF NOT EXISTS delegations_to ON delegations (delegate);
"""
PUT_PIN = "INSERT OR REPLACE INTO pins VALUES (?,?)"


class SqliteSecrets:
    """What `SqliteDesk` keeps beside people, badges and sessions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put_pin(self, user_id: str, secret: bytes) -> None:
        if secret:
            self._database.write(PUT_PIN, user_id, secret)
        else:
            self._database.write("DELETE FROM pins WHERE user_id=?", user_id)

    def pin(self, user_id: str) -> bytes:
        row = self._database.row("SELECT secret FROM pins WHERE user_id=?", user_id)
        return blob(row[0]) if row else b""

    def put_code(self, code: OneTimeCode) -> None:
        self._database.write(
            "INSERT OR REPLACE INTO numbered_codes VALUES (?,?,?,?,?)",
            *(code.user_id, code.secret, micros(code.expires), code.tries_left, code.number),
        )

    def code(self, user_id: str) -> OneTimeCode | None:
        return _code(self._database.row("SELECT * FROM numbered_codes WHERE user_id=?", user_id))

    def code_numbered(self, number: str) -> OneTimeCode | None:
        return _code(self._database.row("SELECT * FROM numbered_codes WHERE number=?", number))

    def remove_code(self, user_id: str) -> None:
        self._database.write("DELETE FROM numbered_codes WHERE user_id=?", user_id)

    def put_tries(self, tries: Tries) -> None:
        failed = pack([str(micros(one)) for one in tries.failed])
        self._database.write(
            "INSERT OR REPLACE INTO tries VALUES (?,?,?,?)",
            *(tries.name, failed, tries.locked_until and micros(tries.locked_until), tries.lock_seconds),
        )

    def tries(self, name: str) -> Tries:
        row = self._database.row("SELECT * FROM tries WHERE name=?", name)
        if row is None:
            return Tries(name)
        _, failed, until, seconds = row
        times = tuple(moment(int(one)) for one in unpack(failed))
        return Tries(name, times, None if until is None else moment(until), number(seconds))

    def put_delegation(self, delegation: KeptDelegation) -> None:
        self._database.write(
            "INSERT OR REPLACE INTO delegations VALUES (?,?,?,?,?,?,?,?,?,?)",
            *(delegation.delegation_id, delegation.owner, delegation.delegate),
            *(micros(delegation.begins), micros(delegation.ends)),
            *(delegation.raw, delegation.signature, pack_chain(delegation.chain)),
            *(delegation.ended and micros(delegation.ended), delegation.told),
        )

    def delegation(self, delegation_id: str) -> KeptDelegation | None:
        row = self._database.row("SELECT * FROM delegations WHERE delegation_id=?", delegation_id)
        return _delegation(row) if row else None

    def delegations(self, *, owner: str = "", delegate: str = "") -> Sequence[KeptDelegation]:
        statement = (
            "SELECT * FROM delegations WHERE ? IN ('', owner) AND ? IN ('', delegate) ORDER BY ends, delegation_id"
        )
        return [_delegation(row) for row in self._database.rows(statement, owner, delegate)]

    def remove_delegations(self, before: datetime) -> None:
        if self._database.row("SELECT 1 FROM delegations WHERE ends<? LIMIT 1", micros(before)):
            self._database.write("DELETE FROM delegations WHERE ends<?", micros(before))


def _code(row: tuple[object, ...] | None) -> OneTimeCode | None:
    if row is None:
        return None
    user, secret, expires, left, digits = row
    return OneTimeCode(text(user), blob(secret), moment(expires), number(left), text(digits))


def _delegation(row: tuple[object, ...]) -> KeptDelegation:
    name, owner, delegate, begins, ends, raw, signature, chain, ended, told = row
    return KeptDelegation(
        *(text(name), text(owner), text(delegate), moment(begins), moment(ends)),
        *(blob(raw), blob(signature), unpack_chain(chain)),
        None if ended is None else moment(ended),
        bool(told),
    )
