"""What the vault knows of each phone by its cookie: who signed in on it, or which station it saw before that."""

import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from hal.ports.clock import Clock
from hal.ports.random_source import RandomSource
from tools.edgemesh.phones.errors import PhoneError
from tools.edgemesh.phones.handoffs import Asker

SIGNED_IN_SECONDS = 8 * 3600.0
SIGHTING_SECONDS = 180.0
"""How long a person may take to sign in at a station whose code they used."""
MOST_TRIES = 5
"""Attempts to sign in upon one code of a station; after them, another code has to be seen."""
MOST_PHONES = 5000
MOST_WAITING = 500
"""Phones that are not signed in; the oldest makes room."""
MOST_OF_ONE = 8
"""Phones on which one person is signed in; the oldest is signed out."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A phone of a person. `secret` is what the sign-in rested on: where that has changed, it is over."""

    asker: Asker
    secret: bytes = field(repr=False)
    until: float


@dataclass(slots=True)
class Sighting:
    """A phone that used a station's code and is not signed in yet."""

    station_id: str
    until: float
    tries_left: int = MOST_TRIES


class Cookies:
    """In memory only, under the SHA-256 of what the phone keeps: after a restart people sign in again."""

    def __init__(self, clock: Clock, random: RandomSource) -> None:
        self._clock, self._random = clock, random
        self._key = random.token(32)
        self._signed_in: OrderedDict[bytes, SignedIn] = OrderedDict()
        self._sightings: OrderedDict[bytes, Sighting] = OrderedDict()

    def see(self, station_id: str) -> str:
        """A cookie for a phone that saw this station's code."""
        while len(self._sightings) >= MOST_WAITING:
            self._sightings.popitem(last=False)
        cookie = self._random.token(32).hex()
        self._sightings[_hashed(cookie)] = Sighting(station_id, self._clock.monotonic() + SIGHTING_SECONDS)
        return cookie

    def attempt(self, cookie: str) -> Sighting:
        """One attempt to sign in, counted before anything is computed. Raises `PhoneError` phone-signed-out."""
        found = self._sightings.get(_hashed(cookie))
        if found is None or found.until <= self._clock.monotonic() or found.tries_left <= 0:
            self._sightings.pop(_hashed(cookie), None)
            raise PhoneError(code="phone-signed-out")
        found.tries_left -= 1
        return found

    def station(self, cookie: str) -> str:
        """The station that a phone saw which is not signed in. Raises `PhoneError` phone-signed-out."""
        found = self._sightings.get(_hashed(cookie))
        if found is None:
            raise PhoneError(code="phone-signed-out")
        return found.station_id

    def sign_in(self, cookie: str, asker: Asker, secret: bytes) -> str:
        """Another cookie in place of the one that was good for signing in."""
        self._sightings.pop(_hashed(cookie), None)
        own = [name for name, one in self._signed_in.items() if one.asker.user == asker.user]
        for oldest in own[: len(own) - MOST_OF_ONE + 1] if len(own) >= MOST_OF_ONE else []:
            del self._signed_in[oldest]
        while len(self._signed_in) >= MOST_PHONES:
            self._signed_in.popitem(last=False)
        fresh = self._random.token(32).hex()
        self._signed_in[_hashed(fresh)] = SignedIn(asker, secret, self._clock.monotonic() + SIGNED_IN_SECONDS)
        return fresh

    def signed_in(self, cookie: str, secret_of: Callable[[str], bytes]) -> Asker | None:
        """Who is signed in there; None for nobody, or where what it rested on is another by now."""
        found = self._signed_in.get(_hashed(cookie))
        if found is None:
            return None
        if found.until <= self._clock.monotonic() or found.secret != secret_of(found.asker.user):
            self.sign_out(cookie)
            return None
        return found.asker

    def sign_out(self, cookie: str) -> None:
        """No error when nobody is signed in."""
        self._signed_in.pop(_hashed(cookie), None)

    def token(self, cookie: str) -> str:
        """What a form of ours carries for this cookie, so that no other page can send it."""
        return hmac.new(self._key, _octets(cookie), hashlib.sha256).hexdigest()

    def check_token(self, cookie: str, token: str) -> None:
        """Raises `PhoneError` phone-forged."""
        if not hmac.compare_digest(_octets(self.token(cookie)), _octets(token)):
            raise PhoneError(code="phone-forged")


def _hashed(cookie: str) -> bytes:
    return hashlib.sha256(_octets(cookie)).digest()


def _octets(text: str) -> bytes:
    """A phone may send any bytes for a cookie or a token; what is no UTF-8 arrives as lone surrogates."""
    return text.encode("utf-8", "surrogatepass")
