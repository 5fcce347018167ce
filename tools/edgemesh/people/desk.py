"""The desk of the vault role: people, badges and sessions. Badge numbers exist here as keyed hashes only."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from firmware.badges.random_uid import is_random_number
from firmware.vault import signing
from firmware.vault.identity import Identity
from hal.ports.clock import Clock
from hal.ports.random_source import RandomSource
from hal.ports.workers import Workers
from tools.edgemesh.cards.book import CardBook, Policy
from tools.edgemesh.cards.proofs import Proofs
from tools.edgemesh.evidence import Verifier
from tools.edgemesh.interface.problems import Problem, about
from tools.edgemesh.keys import RoleKeys
from tools.edgemesh.manifests import parsed
from tools.edgemesh.people.associations import TICKET_SECONDS, Codes, Unknown
from tools.edgemesh.people.badges import Badges, DeskKeys
from tools.edgemesh.people.delegations import Delegations
from tools.edgemesh.people.guesses import Guesses
from tools.edgemesh.people.lockouts import Lockouts
from tools.edgemesh.people.openings import Openings
from tools.edgemesh.people.pins import CARD, CODE, PIN, PROOF, Pins
from tools.edgemesh.people.slow_hash import SlowHash
from tools.edgemesh.phones.handoffs import Asker
from tools.edgemesh.settings import OnScreen
from tools.edgemesh.signed import Signed
from tools.edgemesh.statements import PHONE, SessionStatement, encode_session, parse_session
from tools.edgemesh.storage.records import Badge, Job, Session, User
from tools.edgemesh.storage.stores import DeskStore
from tools.edgemesh.tickets import Tickets

SESSION_TTL = timedelta(minutes=10)
"""The longest a session lives; the station ends it sooner, after the policy's idle time."""


_ASKED_AGAIN = frozenset({"pin-required", "pin-wrong", "desk-busy"})
"""The same badge comes again, with a PIN."""


@dataclass(frozen=True, slots=True)
class Credential:
    """What a person showed at a station: a badge's number, and a PIN unless it is empty. With the name of a `proof`,
    the number is not looked at: the mesh knows it then."""

    number: str = field(repr=False)
    pin: str = field(default="", repr=False)
    proof: str = field(default="", repr=False)


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
        cards: CardBook,
        self_service: bool = False,
    ) -> None:
        self.store = store
        self._org_id, self._keys, self._verifier = org_id, keys, verifier
        self._clock, self._random, self._self_service = clock, random, self_service
        self._guesses, self._openings = Guesses(clock), Openings()
        self._tickets: Tickets[Unknown] = Tickets(clock, random, TICKET_SECONDS)
        self.cards, self.proofs = cards, Proofs(cards, self._guesses, clock, random)
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
        locked-out, badge-blocked, not-allowed-here, pin-required, pin-wrong, pin-weak, factor-missing, desk-busy,
        card-proof-required; proof-unknown for a proof that is not this station's, or was shown before."""
        self._guesses.check(station.id)
        if credential.proof:
            return await self._open_proven(station, credential)
        if self.cards.cards.policy is Policy.PROOF:
            raise Problem("card-proof-required")
        return await self._open(station, credential, ())

    async def _open_proven(self, station: Identity, credential: Credential) -> tuple[Session, User]:
        """The number is made here of what was proven. While a PIN is asked for, the proof stays good."""
        uid = self.proofs.take(station, credential.proof)
        try:
            proven = replace(credential, number=self.cards.cards.number(uid))
            return await self._open(station, proven, (PROOF,))
        except Problem as exc:
            if exc.code in _ASKED_AGAIN:
                self.proofs.give_back(station, credential.proof, uid)
            raise

    async def _open(self, station: Identity, credential: Credential, proven: tuple[str, ...]) -> tuple[Session, User]:
        badge = self.badges.find(credential.number)
        if badge is None:
            raise self._unknown(station, credential.number, proven=bool(proven))
        with about(user=badge.user_id, badge=badge.badge_id):
            user = self._admitted(station, badge.user_id, badge)
            factors = [CARD, *proven]
            if self._wants_pin(user.user_id, proven=bool(proven)):
                await self.pins.prove(badge, credential.number, credential.pin)
                factors.append(PIN)
            return self._opened(station, user, badge, factors), user

    async def let_in(self, station: Identity, asker: Asker) -> tuple[Session, User]:
        """Whoever asked with their phone. Raises `Problem`: locked-out, not-allowed-here, factor-missing."""
        with about(user=asker.user):
            user = self._admitted(station, asker.user)
            return self._opened(station, user, None, list(asker.factors)), user

    async def associate(self, station: Identity, ticket: str, user_id: str, code: str) -> tuple[Session, User]:
        """The ticket's badge is the person's from now on, and opens a session; without a `user_id` the code says who
        they are. Raises `Problem`: ticket-expired,
        code-wrong, badge-taken; and as `open_session` does, once the badge is theirs."""
        if not self._self_service:
            raise Problem("ticket-expired")
        self._guesses.check(station.id)
        shown = self._tickets.take(station.id, ticket)
        if self.cards.cards.policy is Policy.PROOF and not shown.proven:
            raise Problem("card-proof-required")
        user_id = await self.codes.redeem(user_id, code)
        user = self.store.user(user_id)
        if user is None:
            raise Problem("code-wrong")
        if self.store.badge(shown.badge) is not None:
            raise Problem("badge-taken")
        badge = self.badges.give(shown.badge, user_id, self._clock.now())
        self._admitted(station, badge.user_id, badge)
        if self._wants_pin(user.user_id, proven=shown.proven):
            raise Problem("pin-required")
        return self._opened(station, user, badge, [CARD, CODE, *([PROOF] if shown.proven else [])]), user

    def _wants_pin(self, user_id: str, *, proven: bool) -> bool:
        """By the usual rules, and with a mere number where the site takes none without."""
        usual = self.pins.wanted(user_id, self._verifier.factors)
        return usual or (self.cards.cards.policy is Policy.UID_PIN and not proven)

    def _check_person(self, statement: SessionStatement) -> None:
        more = (PROOF,) if self.cards.cards.policy is Policy.PROOF else ()
        self._verifier.check_person(statement, self._verifier.denials.current(), *more)

    def _unknown(self, station: Identity, number: str, *, proven: bool) -> Problem:
        self._guesses.missed(station.id)
        if is_random_number(number.strip()) and not proven:
            return Problem("badge-random")
        if not self._self_service:
            return Problem("badge-unknown")
        ticket = self._tickets.issue(station.id, Unknown(self.badges.hash(number), proven))
        return Problem("badge-unknown", ticket=ticket)

    def _admitted(self, station: Identity, user_id: str, badge: Badge | None = None) -> User:
        """The person, when they may be here at all: before anybody is asked for a PIN."""
        user, denied = self.store.user(user_id), self._verifier.denials.current()
        if user is None or denied.since(f"user/{user_id}"):
            raise Problem("locked-out")
        if badge is not None and denied.since(f"badge/{badge.badge_id}"):
            raise Problem("badge-blocked")
        if user.stations and station.id not in user.stations:
            raise Problem("not-allowed-here")
        return user

    def _opened(self, station: Identity, user: User, badge: Badge | None, factors: list[str]) -> Session:
        now = self._clock.now().replace(microsecond=0)  # statements say whole seconds
        session_id = f"s-{self._random.token(16).hex()}"
        expires = now + SESSION_TTL
        opened = now, expires, badge.badge_id if badge else "", tuple(factors)
        statement = SessionStatement(self._org_id, session_id, user.user_id, station.id, *opened)
        self._check_person(statement)
        raw = encode_session(statement)
        signature = self._keys.signer.sign(signing.SESSION, raw)
        session = Session(session_id, user.user_id, station.id, expires, raw, signature)
        self.store.put_session(session)
        for oldest in self._openings.opened(station.id, session_id):
            self.store.end_session(oldest)
        if badge is not None:
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
            self._check_person(parse_session(session.statement))
        return session

    def check_owner(self, job: Job) -> None:
        """The job is of its owner as the desk knows them, and of nobody who had the name before. Raises `Problem`
        not-owner."""
        owner = self.store.user(job.owner)
        if owner is None or parsed(job.manifest).submitted_at < owner.since:
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
        """Forget sessions and proofs that ended."""
        self.proofs.tidy()
        self.store.end_sessions(self._clock.now())


def user_document(session: Session, user: User, screen: OnScreen) -> dict[str, object]:
    """The JSON of a session as its station gets it, without `expires`."""
    policy = {"auto_release": user.auto_release, "idle_seconds": user.idle_seconds, **_screen_document(screen)}
    who = {"session": session.session_id, "user": user.user_id, "language": user.language}
    return {**who, "policy": policy, "method": method_of(session)}


def _screen_document(screen: OnScreen) -> dict[str, object]:
    said: dict[str, object] = {"titles": screen.titles}
    if screen.languages:
        said["languages"] = list(screen.languages)
    if (prices := screen.prices) is not None:
        sides = {"grey_side": prices.grey_side, "colour_side": prices.colour_side}
        said["prices"] = {"currency": prices.currency, **sides}
    return said


def method_of(session: Session) -> str:
    """How the person showed who they are: `uid`, `uid-pin`, `proof` by the card itself, or `phone`."""
    return method(parse_session(session.statement).factors)


def method(factors: Collection[str]) -> str:
    """The same of what was proven."""
    if PHONE in factors:
        return PHONE
    if PROOF in factors:
        return Policy.PROOF.value
    return Policy.UID_PIN.value if PIN in factors else Policy.UID.value
