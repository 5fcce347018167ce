"""The registrar's stores in SQLite."""

from collections.abc import Sequence

from firmware.vault.denials import SignedDenyList
from firmware.vault.identity import Kind
from tools.edgemesh.registrar.records import Denial, Issue, Member, MemberState, Token
from tools.edgemesh.storage.sqlite import Database, blob, micros, moment, number, pack, text, unpack

SCHEMA = """
CREATE TABLE IF NOT EXISTS denials (
    name TEXT PRIMARY KEY, since INTEGER NOT NULL, reason TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS deny_list (
    one INTEGER PRIMARY KEY CHECK (one = 1), number INTEGER NOT NULL, issued_at INTEGER NOT NULL,
    raw BLOB NOT NULL, signature BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS members (
    name TEXT PRIMARY KEY, kind TEXT NOT NULL, id TEXT NOT NULL, key TEXT NOT NULL, since INTEGER NOT NULL,
    not_before INTEGER NOT NULL, not_after INTEGER NOT NULL, users TEXT NOT NULL, hosts TEXT NOT NULL,
    url TEXT NOT NULL, box_key BLOB, state TEXT NOT NULL, revision INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tokens (
    id TEXT PRIMARY KEY, digest TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, name TEXT NOT NULL,
    expires INTEGER NOT NULL, users TEXT NOT NULL, replace INTEGER NOT NULL, used TEXT NOT NULL
) STRICT, WITHOUT ROWID;
"""


class SqliteDenials:
    """`store.DenialStore` on a database that has `SCHEMA`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def denials(self) -> Sequence[Denial]:
        rows = self._database.rows("SELECT name, since, reason FROM denials ORDER BY name")
        return [Denial(text(name), moment(since), text(reason)) for name, since, reason in rows]

    def issue(self) -> Issue | None:
        row = self._database.row("SELECT number, issued_at, raw, signature FROM deny_list")
        if row is None:
            return None
        order, issued_at, raw, signature = row
        return Issue(number(order), moment(issued_at), SignedDenyList(blob(raw), blob(signature)))

    def publish(self, denials: Sequence[Denial], issue: Issue) -> bool:
        with self._database.transaction() as cursor:
            known = cursor.execute("SELECT number FROM deny_list").fetchone()
            if issue.number - 1 != (known[0] if known else 0):
                return False
            cursor.execute("DELETE FROM denials")
            rows = [(denial.name, micros(denial.since), denial.reason) for denial in denials]
            cursor.executemany("INSERT INTO denials VALUES (?,?,?)", rows)
            values = (1, issue.number, micros(issue.issued_at), issue.signed.raw, issue.signed.signature)
            cursor.execute("INSERT OR REPLACE INTO deny_list VALUES (?,?,?,?,?)", values)
        return True


class SqliteMembers:
    """`store.MemberStore` on a database that has `SCHEMA`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def members(self) -> Sequence[Member]:
        return [_member(row) for row in self._database.rows("SELECT * FROM members ORDER BY name")]

    def member(self, name: str) -> Member | None:
        row = self._database.row("SELECT * FROM members WHERE name=?", name)
        return None if row is None else _member(row)

    def put(self, member: Member, token_id: str = "") -> bool:
        with self._database.transaction() as cursor:
            known = cursor.execute("SELECT revision FROM members WHERE name=?", (member.name,)).fetchone()
            if member.revision - 1 != (known[0] if known else 0):
                return False
            if token_id:
                mark = "UPDATE tokens SET used=? WHERE id=? AND used IN ('', ?)"
                if cursor.execute(mark, (member.key, token_id, member.key)).rowcount != 1:
                    return False
            cursor.execute("INSERT OR REPLACE INTO members VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)", _row(member))
        return True

    def tokens(self) -> Sequence[Token]:
        return [_token(row) for row in self._database.rows("SELECT * FROM tokens ORDER BY expires, id")]

    def token(self, digest: str) -> Token | None:
        row = self._database.row("SELECT * FROM tokens WHERE digest=?", digest)
        return None if row is None else _token(row)

    def add_token(self, token: Token) -> None:
        values = (token.id, token.digest, token.kind.value, token.name, micros(token.expires), pack(token.users))
        self._database.write("INSERT INTO tokens VALUES (?,?,?,?,?,?,?,?)", *values, token.replace, token.used)

    def drop_token(self, token_id: str) -> bool:
        return self._database.write("DELETE FROM tokens WHERE id=?", token_id) == 1


def _row(member: Member) -> tuple[object, ...]:
    who = (member.name, member.kind.value, member.id, member.key)
    times = tuple(map(micros, (member.since, member.not_before, member.not_after)))
    where = (pack(member.users), pack(member.hosts), member.url)
    return (*who, *times, *where, member.box_key, member.state.value, member.revision)


def _member(row: tuple[object, ...]) -> Member:
    _, kind, holder_id, key, since, begins, ends, users, hosts, url, box_key, state, revision = row
    return Member(
        Kind(text(kind)),
        text(holder_id),
        text(key),
        *(moment(since), moment(begins), moment(ends)),
        users=unpack(users),
        hosts=unpack(hosts),
        url=text(url),
        box_key=None if box_key is None else blob(box_key),
        state=MemberState(text(state)),
        revision=number(revision),
    )


def _token(row: tuple[object, ...]) -> Token:
    token_id, digest, kind, name, expires, users, replace, used = row
    who = (text(token_id), text(digest), Kind(text(kind)), text(name), moment(expires))
    return Token(*who, users=unpack(users), replace=bool(replace), used=text(used))
