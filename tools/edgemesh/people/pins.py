"""The PIN as a second factor: what may be one, whether one is wanted, whether it is right."""

import re

from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.people.lockouts import Lockouts
from tools.edgemesh.people.slow_hash import SlowHash
from tools.edgemesh.storage.records import Badge
from tools.edgemesh.storage.stores import DeskStore

FEWEST, MOST = 4, 12
CARD, PIN, CODE, PROOF = "card", "pin", "code", "proof"
"""What a person may have proven, as session statements say it."""
_DIGITS = re.compile(rf"[0-9]{{{FEWEST},{MOST}}}", re.ASCII)
_ROW = "01234567890123456789"


def is_pin(text: str) -> bool:
    """Whether `text` can be a PIN at all: 4 to 12 digits."""
    return _DIGITS.fullmatch(text) is not None


def is_trivial(pin: str) -> bool:
    """What is guessed first: a few digits over and over, digits in a row, a year of a life."""
    repeats = len(set(pin)) == 1 or any(pin == pin[:size] * (len(pin) // size) for size in (2, 3, 4) if size < len(pin))
    in_row = pin in _ROW or pin in _ROW[::-1]
    return repeats or in_row or (len(pin) == FEWEST and pin[:2] in ("19", "20"))


def check_new(pin: str, badge_numbers: tuple[str, ...] = ()) -> None:
    """Raises `Problem` pin-weak for what is no PIN or is guessed first; a badge's end, too, where numbers are known."""
    if not is_pin(pin):
        raise Problem("pin-weak", f"{FEWEST} to {MOST} digits are wanted")
    if is_trivial(pin) or any(number.strip().endswith(pin) for number in badge_numbers):
        raise Problem("pin-weak", "it is one of those that are guessed first")


def _phone_of(user_id: str) -> str:
    """What is counted for all phones of a person, in place of a badge's id."""
    return f"phone of {user_id}"


class Pins:
    """Sets and checks PINs. Only slow hashes are kept."""

    def __init__(self, store: DeskStore, slow: SlowHash, lockouts: Lockouts) -> None:
        self._store, self._slow, self._lockouts = store, slow, lockouts

    async def set(self, user_id: str, pin: str) -> None:
        """Raises `Problem` pin-weak, person-unknown, desk-busy."""
        check_new(pin)
        if self._store.user(user_id) is None:
            raise Problem("person-unknown")
        secret = await self._slow.make(pin)
        self._store.put_pin(user_id, secret)
        self.forgive(user_id)

    def clear(self, user_id: str) -> None:
        """The person has none any more."""
        self._store.put_pin(user_id, b"")
        self.forgive(user_id)

    def forgive(self, user_id: str) -> None:
        """Forget wrong PINs of a person, their badges and their phones."""
        badges = tuple(badge.badge_id for badge in self._store.badges(user_id))
        self._lockouts.forgive(user_id, (*badges, _phone_of(user_id)))

    def wanted(self, user_id: str, factors: frozenset[str]) -> bool:
        """By the site, or since the person has one."""
        return PIN in factors or bool(self._store.pin(user_id))

    async def prove_person(self, user_id: str, pin: str) -> None:
        """Without a badge, on a phone: all phones of a person count as one badge. Raises `Problem` locked-out,
        pin-wrong, after the same time for a name that is nobody's; desk-busy, where nothing was tried."""
        kept, phone = self._store.pin(user_id) if self._store.user(user_id) else b"", _phone_of(user_id)
        if self._store.user(user_id) is None:
            await self._slow.matches(b"", pin)
            raise Problem("pin-wrong")
        try:
            attempt = self._lockouts.begin(phone, user_id)
        except Problem:
            await self._slow.matches(b"", pin)
            raise
        try:
            is_right = await self._slow.matches(kept, pin)
        except Problem:
            self._lockouts.untried(phone, user_id, attempt)
            raise
        if not is_right:
            raise Problem("pin-wrong")
        self._lockouts.passed(phone, user_id, attempt)

    async def prove(self, badge: Badge, number: str, pin: str) -> None:
        """Raises `Problem`: locked-out, pin-required when none was given, pin-wrong; desk-busy, where nothing was
        tried; pin-weak for the right one when it is the badge's end: only now is the number known again. Somebody who
        has no PIN, where the site wants one, is told no more than that it was wrong."""
        self._lockouts.check(badge.badge_id, badge.user_id)
        if not pin:
            raise Problem("pin-required")
        attempt = self._lockouts.begin(badge.badge_id, badge.user_id)
        try:
            is_right = await self._slow.matches(self._store.pin(badge.user_id), pin)
        except Problem:
            self._lockouts.untried(badge.badge_id, badge.user_id, attempt)
            raise
        if not is_right:
            raise Problem("pin-wrong")
        self._lockouts.passed(badge.badge_id, badge.user_id, attempt)
        if number.strip().endswith(pin):
            raise Problem("pin-weak", "the PIN is the badge's own end: ask for another one")
