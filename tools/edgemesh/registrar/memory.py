"""The registrar's stores in memory, for simulations."""

from collections.abc import Sequence
from dataclasses import replace

from tools.edgemesh.registrar.records import Denial, Issue, Member, Token


class MemoryDenials:
    """`store.DenialStore`."""

    def __init__(self) -> None:
        self._denials: tuple[Denial, ...] = ()
        self._issue: Issue | None = None

    def denials(self) -> Sequence[Denial]:
        return sorted(self._denials, key=lambda denial: denial.name)

    def issue(self) -> Issue | None:
        return self._issue

    def publish(self, denials: Sequence[Denial], issue: Issue) -> bool:
        if issue.number - 1 != (self._issue.number if self._issue else 0):
            return False
        self._denials, self._issue = tuple(denials), issue
        return True


class MemoryMembers:
    """`store.MemberStore`."""

    def __init__(self) -> None:
        self._members: dict[str, Member] = {}
        self._tokens: dict[str, Token] = {}

    def members(self) -> Sequence[Member]:
        return [self._members[name] for name in sorted(self._members)]

    def member(self, name: str) -> Member | None:
        return self._members.get(name)

    def put(self, member: Member, token_id: str = "") -> bool:
        known, token = self._members.get(member.name), self._tokens.get(token_id)
        if member.revision - 1 != (known.revision if known else 0):
            return False
        if token_id and (token is None or token.used not in ("", member.key)):
            return False
        self._members[member.name] = member
        if token is not None:
            self._tokens[token_id] = replace(token, used=member.key)
        return True

    def tokens(self) -> Sequence[Token]:
        return sorted(self._tokens.values(), key=lambda token: (token.expires, token.id))

    def token(self, digest: str) -> Token | None:
        return next((token for token in self._tokens.values() if token.digest == digest), None)

    def add_token(self, token: Token) -> None:
        self._tokens[token.id] = token

    def drop_token(self, token_id: str) -> bool:
        return self._tokens.pop(token_id, None) is not None
