"""The desk's store in memory, for simulations: the same contract, durable for as long as the object lives."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from tools.edgemesh.storage.records import Badge, KeptDelegation, OneTimeCode, Session, Tries, User


class MemoryDesk:
    """`stores.DeskStore`."""

    def __init__(self) -> None:
        self._users: dict[str, User] = {}
        self._badges: dict[bytes, Badge] = {}
        self._sessions: dict[str, Session] = {}
        self._pins: dict[str, bytes] = {}
        self._codes: dict[str, OneTimeCode] = {}
        self._tries: dict[str, Tries] = {}
        self._delegations: dict[str, KeptDelegation] = {}

    def put_user(self, user: User) -> None:
        self._users[user.user_id] = user

    def user(self, user_id: str) -> User | None:
        return self._users.get(user_id)

    def users(self) -> Sequence[User]:
        return sorted(self._users.values(), key=lambda user: user.user_id)

    def remove_user(self, user_id: str) -> None:
        for kept in (self._users, self._pins, self._codes):
            kept.pop(user_id, None)
        self._badges = {badge: one for badge, one in self._badges.items() if one.user_id != user_id}
        self._sessions = {name: one for name, one in self._sessions.items() if one.user_id != user_id}

    def put_badge(self, badge: Badge) -> None:
        self.remove_badge(badge.badge_id)
        self._badges[badge.badge] = badge

    def mark_badge(self, badge: Badge) -> None:
        self.put_badge(badge)

    def badge(self, badge: bytes) -> Badge | None:
        return self._badges.get(badge)

    def badges(self, user_id: str = "") -> Sequence[Badge]:
        found = [badge for badge in self._badges.values() if user_id in ("", badge.user_id)]
        return sorted(found, key=lambda badge: (badge.since, badge.badge_id))

    def remove_badge(self, badge_id: str) -> None:
        self._badges = {badge: one for badge, one in self._badges.items() if one.badge_id != badge_id}

    @contextmanager
    def aside(self) -> Iterator["MemoryDesk"]:
        yield self

    def put_people(self, users: Iterable[User], badges: Iterable[Badge], pins: Iterable[tuple[str, bytes]]) -> None:
        people, numbers, secrets = list(users), list(badges), dict(pins)
        self._users |= {user.user_id: user for user in people}
        fresh = {badge.badge_id for badge in numbers}
        self._badges = {badge: one for badge, one in self._badges.items() if one.badge_id not in fresh}
        self._badges |= {badge.badge: badge for badge in numbers}
        self._pins |= secrets

    def put_pin(self, user_id: str, secret: bytes) -> None:
        self._pins[user_id] = secret

    def pin(self, user_id: str) -> bytes:
        return self._pins.get(user_id, b"")

    def put_code(self, code: OneTimeCode) -> None:
        if code.number and (other := self.code_numbered(code.number)):
            self.remove_code(other.user_id)
        self._codes[code.user_id] = code

    def code(self, user_id: str) -> OneTimeCode | None:
        return self._codes.get(user_id)

    def code_numbered(self, number: str) -> OneTimeCode | None:
        return next((code for code in self._codes.values() if code.number == number), None)

    def remove_code(self, user_id: str) -> None:
        self._codes.pop(user_id, None)

    def put_tries(self, tries: Tries) -> None:
        self._tries[tries.name] = tries

    def tries(self, name: str) -> Tries:
        return self._tries.get(name, Tries(name))

    def put_delegation(self, delegation: KeptDelegation) -> None:
        self._delegations[delegation.delegation_id] = delegation

    def delegation(self, delegation_id: str) -> KeptDelegation | None:
        return self._delegations.get(delegation_id)

    def delegations(self, *, owner: str = "", delegate: str = "") -> Sequence[KeptDelegation]:
        every = self._delegations.values()
        found = (one for one in every if owner in ("", one.owner) and delegate in ("", one.delegate))
        return sorted(found, key=lambda one: (one.ends, one.delegation_id))

    def remove_delegations(self, before: datetime) -> None:
        self._delegations = {name: one for name, one in self._delegations.items() if one.ends >= before}

    def put_session(self, session: Session) -> None:
        self._sessions[session.session_id] = session

    def session(self, session_id: str) -> Session | None:
        return self._sessions.get(session_id)

    def end_session(self, session_id: str) -> None:
        self._sessions.pop(session_id, None)

    def end_sessions(self, before: datetime) -> None:
        self._sessions = {name: session for name, session in self._sessions.items() if session.expires >= before}
