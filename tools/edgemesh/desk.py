"""The desk of the vault role: people, badges and sessions. Badge numbers exist here as keyed hashes only."""

import hashlib
import hmac
from datetime import timedelta

from firmware.vault import signing
from firmware.vault.identity import Identity
from firmware.vault.signing import Signer
from hal.ports.clock import Clock
from hal.ports.random_source import RandomSource
from tools.edgemesh.evidence import Signed
from tools.edgemesh.guesses import Guesses
from tools.edgemesh.problems import Problem
from tools.edgemesh.records import Session, User
from tools.edgemesh.statements import SessionStatement, encode_session
from tools.edgemesh.stores import DeskStore

SESSION_TTL = timedelta(minutes=10)
"""The longest a session lives; the station ends it sooner, after the policy's idle time."""
_BADGE_LABEL = b"badge/v1"


class Desk:
    """Knows who stands at which station."""

    def __init__(
        self,
        store: DeskStore,
        *,
        org_id: str,
        signer: Signer,
        chain: tuple[bytes, ...],
        badge_key: bytes,
        clock: Clock,
        random: RandomSource,
    ) -> None:
        self.store = store
        self._org_id, self._signer, self._chain, self._badge_key = org_id, signer, chain, badge_key
        self._clock, self._random = clock, random
        self._guesses = Guesses(clock)

    def badge_hash(self, number: str) -> bytes:
        """What is kept of a badge number: HMAC-SHA256 (RFC 2104) under the desk's own key. Letter case and
        surrounding spaces do not count."""
        return hmac.digest(self._badge_key, _BADGE_LABEL + number.strip().upper().encode(), hashlib.sha256)

    def give_badge(self, number: str, user_id: str) -> None:
        """Raises `Problem` not-allowed for a person we do not know."""
        if self.store.user(user_id) is None:
            raise Problem("not-allowed", "no such person")
        self.store.put_badge(self.badge_hash(number), user_id)

    def open_session(self, station: Identity, number: str) -> tuple[Session, User]:
        """Raises `Problem`: badge-unknown, locked-out, not-allowed-here."""
        self._guesses.check(station.id)
        user = self.store.user_of(self.badge_hash(number))
        if user is None:
            self._guesses.missed(station.id)
            raise Problem("badge-unknown")
        if user.locked:
            raise Problem("locked-out")
        if user.stations and station.id not in user.stations:
            raise Problem("not-allowed-here")
        session = self._session(station, user)
        self.store.put_session(session)
        self._guesses.opened(station.id)
        return session, user

    def _session(self, station: Identity, user: User) -> Session:
        now = self._clock.now().replace(microsecond=0)  # statements say whole seconds
        session_id = f"s-{self._random.token(16).hex()}"
        expires = now + SESSION_TTL
        raw = encode_session(SessionStatement(self._org_id, session_id, user.user_id, station.id, now, expires))
        signature = self._signer.sign(signing.SESSION, raw)
        return Session(session_id, user.user_id, station.id, expires, raw, signature)

    def live_session(self, session_id: str, station: Identity) -> Session:
        """A session that may still be used, by its own station. Raises `Problem`: session-expired, locked-out."""
        session = self.store.session(session_id)
        if session is None or session.station_id != station.id or session.expires <= self._clock.now():
            raise Problem("session-expired")
        user = self.store.user(session.user_id)
        if user is None or user.locked:
            raise Problem("locked-out")
        return session

    def signed(self, session: Session) -> Signed:
        """The session's statement, as other roles are shown it."""
        return Signed(session.statement, session.signature, self._chain)

    def close_session(self, session_id: str, station: Identity) -> None:
        """No error when it is gone, or was never this station's."""
        session = self.store.session(session_id)
        if session is not None and session.station_id == station.id:
            self.store.end_session(session_id)

    def tidy(self) -> None:
        """Forget sessions that ended."""
        self.store.end_sessions(self._clock.now())


def user_document(session: Session, user: User) -> dict[str, object]:
    """The JSON of a session as its station gets it, without `expires`."""
    policy = {"auto_release": user.auto_release, "idle_seconds": user.idle_seconds}
    return {"session": session.session_id, "user": user.user_id, "language": user.language, "policy": policy}
