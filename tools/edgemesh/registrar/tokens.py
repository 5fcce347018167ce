"""One-time tokens: an administrator's approval given beforehand, for one name, for some hours."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from firmware.audit.events import AuditEvent
from firmware.vault.identity import Identity, Kind
from hal.ports.random_source import RandomSource
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.registrar.bench import Bench
from tools.edgemesh.registrar.records import Token
from tools.edgemesh.registrar.waiting import Asked

TOKEN_BYTES = 32
DEFAULT_HOURS, MAX_HOURS = 24, 7 * 24
MAX_TOKENS = 1000


@dataclass(frozen=True, slots=True)
class MadeToken:
    """A token with its secret text, which is shown this once."""

    token: Token
    text: str = field(repr=False)


class Tokens:
    """Makes, lists and withdraws tokens."""

    def __init__(self, bench: Bench, random: RandomSource) -> None:
        self._store, self._audit, self._clock, self._random = bench.store, bench.audit, bench.clock, random
        self._changing = bench.changing

    async def make(
        self,
        by: Identity,
        kind: Kind,
        name: str,
        users: tuple[str, ...] = (),
        *,
        hours: int = DEFAULT_HOURS,
        replace: bool = False,
    ) -> MadeToken:
        """Raises `Problem`: name-taken (only a `replace` token takes over a name), too-many-tokens."""
        async with self._changing:
            if not replace and self._store.member(f"{kind}/{name}") is not None:
                raise Problem("name-taken")
            if len(self.listed()) >= MAX_TOKENS:
                raise Problem("too-many-tokens", f"at most {MAX_TOKENS}")
            text = base64.urlsafe_b64encode(self._random.token(TOKEN_BYTES)).rstrip(b"=").decode()
            expires = self._clock.now() + timedelta(hours=hours)
            token = Token(f"t-{self._random.token(8).hex()}", digest(text), kind, name, expires, users, replace)
            await self._audit.record(AuditEvent.TOKEN_MADE, holder=f"{kind}/{name}", by=by.name)
            self._store.add_token(token)
            return MadeToken(token, text)

    def listed(self) -> Sequence[Token]:
        """Those that are still good, used ones among them."""
        now = self._clock.now()
        return [token for token in self._store.tokens() if token.expires > now]

    async def withdraw(self, by: Identity, token_id: str) -> None:
        """Raises `Problem` token-unknown."""
        async with self._changing:
            found = next((token for token in self._store.tokens() if token.id == token_id), None)
            if found is None:
                raise Problem("token-unknown")
            self._store.drop_token(token_id)
            await self._audit.record(AuditEvent.TOKEN_WITHDRAWN, holder=f"{found.kind}/{found.name}", by=by.name)

    def tidy(self) -> None:
        """Forget those that expired."""
        now = self._clock.now()
        for token in self._store.tokens():
            if token.expires <= now:
                self._store.drop_token(token.id)


def digest(text: str) -> str:
    """How the registrar knows a token: by the SHA-256 of its text, in hex. It has 256 bits of chance: nothing slower is
    needed."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def is_for(token: Token, asked: Asked, key: str, now: datetime) -> bool:
    """Whether the token is good for this device now: its kind and name, nobody beside the token's people, no other
    key's."""
    people = set(asked.users) <= set(token.users)
    same = (token.kind, token.name) == (asked.kind, asked.name)
    return same and people and token.expires > now and token.used in ("", key)
