"""How a person makes an unknown badge theirs: a ticket for the badge at the reader, a one-time code for the person."""

import re
from dataclasses import dataclass, field, replace
from datetime import timedelta

from hal.ports.clock import Clock
from hal.ports.random_source import RandomSource
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.people.slow_hash import SlowHash
from tools.edgemesh.storage.records import OneTimeCode
from tools.edgemesh.storage.stores import DeskStore

TICKET_SECONDS = 360.0
"""As long as a station lets a person type, who may ask ten times for more time."""
CODE_DIGITS, NUMBER_DIGITS = 12, 4
"""The first four digits are the code's number, which says whose it is: who types it needs no letters for a name. They
are nothing to guess with: the other eight are."""
MOST_NUMBERS_TRIED = 100
CODE_LIFETIME = timedelta(hours=24)
CODE_TRIES = 5
_CODE = re.compile(rf"[0-9]{{{CODE_DIGITS}}}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A badge that nobody has, by its hash; `proven`: the card has proven that the number is its own."""

    badge: bytes = field(repr=False)
    proven: bool


class Codes:
    """One-time codes: issued by an administrator for one person, kept as slow hashes."""

    def __init__(self, store: DeskStore, slow: SlowHash, clock: Clock, random: RandomSource) -> None:
        self._store, self._slow, self._clock, self._random = store, slow, clock, random
        self._issuing: set[str] = set()
        """Numbers of codes whose hashes are being computed: another would take the place of one of them."""

    async def issue(self, user_id: str) -> str:
        """A fresh code, in place of the person's last one. It is nowhere but in this answer. Raises `Problem`
        person-unknown, desk-busy."""
        if self._store.user(user_id) is None:
            raise Problem("person-unknown")
        code = self._digits(CODE_DIGITS - NUMBER_DIGITS)
        number = self._free_number()
        self._issuing.add(number)
        try:
            secret = await self._slow.make(number + code)
            until = self._clock.now() + CODE_LIFETIME
            self._store.put_code(OneTimeCode(user_id, secret, until, CODE_TRIES, number))
        finally:
            self._issuing.discard(number)
        return number + code

    def _free_number(self) -> str:
        """One that no code has which is still good, and none that is just being made. Raises `Problem` desk-busy: there
        are thousands out."""
        for _ in range(MOST_NUMBERS_TRIED):
            number = self._digits(NUMBER_DIGITS)
            found = self._store.code_numbered(number)
            is_over = found is None or found.expires <= self._clock.now()
            if is_over and number not in self._issuing:
                return number
        raise Problem("desk-busy")

    def _digits(self, count: int) -> str:
        return f"{int.from_bytes(self._random.token(16)) % 10**count:0{count}}"

    async def redeem(self, user_id: str, code: str) -> str:
        """Use up a person's code; without a `user_id` the code says whose it is. Whose it was. Raises `Problem`
        code-wrong, the same and after the same time whether the person, the code or its date is wrong; desk-busy."""
        code = code.strip()
        kept = self._store.code(user_id) if user_id else self._store.code_numbered(code[:NUMBER_DIGITS])
        if kept is not None and (kept.tries_left <= 0 or kept.expires <= self._clock.now()):
            kept = None
        if kept is not None:  # counted before anything is computed
            self._store.put_code(replace(kept, tries_left=kept.tries_left - 1))
        is_right = await self._slow.matches(kept.secret if kept else b"", code)
        now = self._store.code(kept.user_id) if kept else None
        if kept is None or not is_right or not _CODE.fullmatch(code):
            raise Problem("code-wrong")
        if now is None or now.secret != kept.secret:  # somebody else was quicker
            raise Problem("code-wrong")
        self._store.remove_code(kept.user_id)
        return kept.user_id
