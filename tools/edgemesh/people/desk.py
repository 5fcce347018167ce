"""The desk of the vault role: people, badges and sessions. Badge numbers exist here as keyed hashes only."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from firmware.vault import signing
from firmware.vault.identity import Identity
from firmware.vault.manifest import parse as parse_manifest
from hal.ports.clock import Clock
from hal.ports.random_source import RandomSource
from hal.ports.workers import Workers
from tools.edgemesh.evidence import Verifier, check_person
from tools.edgemesh.interface.problems import Problem, about
from tools.edgemesh.keys import RoleKeys
from tools.edgemesh.people.associations import Codes, Tickets
from tools.edgemesh.people.badges import Badges, DeskKeys, is_random
from tools.edgemesh.people.delegations import Delegations
from tools.edgemesh.people.guesses import Guesses
from tools.edgemesh.people.lockouts import Lockouts
from tools.edgemesh.people.openings import Openings
from tools.edgemesh.people.pins import CARD, CODE, PIN, Pins
from tools.edgemesh.people.slow_hash import SlowHash
from tools.edgemesh.signed import Signed
from tools.edgemesh.statements import SessionStatement, encode_session, parse_session
from tools.edgemesh.storage.records import Badge, Job, Session, User
from tools.edgemesh.storage.stores import DeskStore

SESSION_TTL = timedelta(minutes=10)
"""The longest a session lives; the station ends it sooner, after the policy's idle time."""


@dataclass(frozen=True, slots=True)
class Credential:
    """What a person showed at a station: a badge's number, and a PIN unless it is empty."""

    number: str = field(repr=False)
    pin: str = field(default="", repr=False)


class Desk:
    """Knows who stands at which station. `self_service`: whether a person may make an unknown badge theirs."""

    def __init__(
        self,
        store: DeskStore,
        *,
        org_id: str,
        keys: RoleKeys,
        verifier: Verifier,
        desk_keys: DeskKeys,
        clock: Clock,
        random: RandomSource,
        workers: Workers,
        self_service: bool = False,
    ) -> None:
        self.store = store
        self._org_id, self._keys, self._verifier = org_id, keys, verifier
        self._clock, self._random, self._self_service = clock, random, self_service
        self._guesses, self._tickets, self._openings = Guesses(clock), Tickets(clock, random), Openings()
        self.badges = Badges(store, desk_keys)
        self.slow = SlowHash(desk_keys.pepper, workers, random)
        self.pins = Pins(store, self.slow, Lockouts(store, clock))
        self.codes = Codes(store, self.slow, clock, random)
        self.delegations = Delegations(store, verifier, clock)

    def give_badge(self, number: str, user_id: str) -> Badge:
        """The badge leaves whoever had it. Raises `Problem` person-unknown."""
        if self.store.user(user_id) is None:
            raise Problem("person-unknown")
        return self.badges.give(self.badges.hash(number), user_id, self._clock.now(), self.badges.find(number))

    def now(self) -> datetime:
        """The desk's time."""
        return self._clock.now()

    def holder(self, number: str) -> User | None:
        """Whose badge it is, None for nobody's."""
        badge = self.badges.find(number)
        return None if badge is None else self.store.user(badge.user_id)

    async def open_session(self, station: Identity, credential: Credential) -> tuple[Session, User]:
        """Raises `Problem`: badge-unknown (with a ticket, where people may make badges theirs), badge-random,
        locked-out, badge-blocked, not-allowed-here, pin-required, pin-wrong, pin-weak, factor-missing, desk-busy."""
        self._guesses.check(station.id)
        badge = self.badges.find(credential.number)
        if badge is None:
            raise self._unknown(station, credential.number)
        with about(user=badge.user_id, badge=badge.badge_id):
            user = self._admitted(station, badge)
            factors = [CARD]
            if self.pins.wanted(user.user_id, self._verifier.factors):
                await self.pins.prove(badge, credential.number, credential.pin)
                factors.append(PIN)
            return self._opened(station, user, badge, factors), user

    async def associate(self, station: Identity, ticket: str, user_id: str, code: str) -> tuple[Session, User]:
        """The ticket's badge is the person's from now on, and opens a session. Raises `Problem`: ticket-expired,
        code-wrong, badge-taken; and as `open_session` does, once the badge is theirs."""
        if not self._self_service:
            raise Problem("ticket-expired")
        self._guesses.check(station.id)
        hashed = self._tickets.take(station.id, ticket)
        await self.codes.redeem(user_id, code)
        user = self.store.user(user_id)
        if user is None:
            raise Problem("code-wrong")
        if self.store.badge(hashed) is not None:
            raise Problem("badge-taken")
        badge = self.badges.give(hashed, user_id, self._clock.now())
        self._admitted(station, badge)
        if self.pins.wanted(user.user_id, self._verifier.factors):
            raise Problem("pin-required")
        return self._opened(station, user, badge, [CARD, CODE]), user

    def _unknown(self, station: Identity, number: str) -> Problem:
        self._guesses.missed(station.id)
        if not self._self_service:
            return Problem("badge-unknown")
        if is_random(number):
            return Problem("badge-random")
        return Problem("badge-unknown", ticket=self._tickets.issue(station.id, self.badges.hash(number)))

    def _admitted(self, station: Identity, badge: Badge) -> User:
        """Whose badge it is, when they may be here at all: before anybody is asked for a PIN."""
        user, denied = self.store.user(badge.user_id), self._verifier.denials.current()
        if user is None or denied.since(f"user/{badge.user_id}"):
            raise Problem("locked-out")
        if denied.since(f"badge/{badge.badge_id}"):
            raise Problem("badge-blocked")
        if user.stations and station.id not in user.stations:
            raise Problem("not-allowed-here")
        return user

    def _opened(self, station: Identity, user: User, badge: Badge, factors: list[str]) -> Session:
        now = self._clock.now().replace(microsecond=0)  # statements say whole seconds
        session_id = f"s-{self._random.token(16).hex()}"
        expires = now + SESSION_TTL
        opened = now, expires, badge.badge_id, tuple(factors)
        statement = SessionStatement(self._org_id, session_id, user.user_id, station.id, *opened)
        check_person(statement, self._verifier.denials.current(), self._verifier.factors)
        raw = encode_session(statement)
        signature = self._keys.signer.sign(signing.SESSION, raw)
        session = Session(session_id, user.user_id, station.id, expires, raw, signature)
        self.store.put_session(session)
        for oldest in self._openings.opened(station.id, session_id):
            self.store.end_session(oldest)
        self.badges.seen(badge, now)
        return session

    def live_session(self, session_id: str, station: Identity) -> Session:
        """A session that may still be used, by its own station. Raises `Problem`: session-expired, locked-out,
        badge-blocked, not-allowed-here."""
        session = self.store.session(session_id)
        if session is None or session.station_id != station.id or session.expires <= self._clock.now():
            raise Problem("session-expired")
        with about(user=session.user_id):
            user = self.store.user(session.user_id)
            if user is None:
                raise Problem("locked-out")
            if user.stations and station.id not in user.stations:
                raise Problem("not-allowed-here")
            check_person(parse_session(session.statement), self._verifier.denials.current(), self._verifier.factors)
        return session

    def check_owner(self, job: Job) -> None:
        """The job is of its owner as the desk knows them, and of nobody who had the name before. Raises `Problem`
        not-owner."""
        owner = self.store.user(job.owner)
        if owner is None or parse_manifest(job.manifest).submitted_at < owner.since:
            raise Problem("not-owner", "from before the owner was added here")

    def signed(self, session: Session) -> Signed:
        """The session's statement, as other roles are shown it."""
        return Signed(session.statement, session.signature, self._keys.chain)

    def close_session(self, session_id: str, station: Identity) -> None:
        """No error when it is gone, or was never this station's."""
        session = self.store.session(session_id)
        if session is not None and session.station_id == station.id:
            self.store.end_session(session_id)
            self._openings.closed(station.id, session_id)

    def tidy(self) -> None:
        """Forget sessions that ended."""
        self.store.end_sessions(self._clock.now())


def user_document(session: Session, user: User) -> dict[str, object]:
    """The JSON of a session as its station gets it, without `expires`."""
    policy = {"auto_release": user.auto_release, "idle_seconds": user.idle_seconds}
    return {"session": session.session_id, "user": user.user_id, "language": user.language, "policy": policy}
