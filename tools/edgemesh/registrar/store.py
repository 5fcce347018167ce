"""The ports of the registrar's stores; as those of stores.py: quick, blocking, durable and whole, or `StoreError`."""

from collections.abc import Sequence
from typing import Protocol

from tools.edgemesh.registrar.records import Denial, Issue, Member, Token


class DenialStore(Protocol):
    """Who is denied, and the latest signed issue that says so: the two change together or not at all."""

    def denials(self) -> Sequence[Denial]:
        """Ordered by name."""
        ...

    def issue(self) -> Issue | None:
        """The latest, None before the first."""
        ...

    def publish(self, denials: Sequence[Denial], issue: Issue) -> bool:
        """Compare and set: False, and nothing changed, unless the latest issue's number is `issue.number - 1` (0
        before the first)."""
        ...


class MemberStore(Protocol):
    """Who belongs to the organisation, and the tokens that let somebody in."""

    def members(self) -> Sequence[Member]:
        """Ordered by name."""
        ...

    def member(self, name: str) -> Member | None:
        """By `Member.name`."""
        ...

    def put(self, member: Member, token_id: str = "") -> bool:
        """Compare and set: False, and nothing changed, unless the stored revision is `member.revision - 1` (0 for a new
        one) and the token, where one is named, is there and was used for no other key; it is marked as used for the
        member's in the same transaction."""
        ...

    def tokens(self) -> Sequence[Token]:
        """Ordered by the time at which they expire."""
        ...

    def token(self, digest: str) -> Token | None: ...

    def add_token(self, token: Token) -> None: ...

    def drop_token(self, token_id: str) -> bool:
        """Whether it was there."""
        ...
