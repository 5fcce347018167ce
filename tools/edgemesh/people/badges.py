"""What the desk keeps of a badge number: a keyed hash, under a key that can be changed while people go on tapping."""

import hashlib
import hmac
from dataclasses import dataclass, field, replace
from datetime import datetime

from hal.ports.errors import KeyMissingError
from hal.ports.key_store import KeyStore
from hal.ports.random_source import RandomSource
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.storage.records import Badge
from tools.edgemesh.storage.stores import DeskStore

KEY_BYTES = 32
MOST_OLDER = 4
"""Keys of before that are still tried, the newest first."""
_CURRENT, _OLDER, _PEPPER = "badge.key", "badge.keys.older", "pin.key"
_BADGE_LABEL, _ID_LABEL, _TAG_LABEL = b"badge/v1", b"badge-id/v1", b"badge-key/v1"


@dataclass(frozen=True, slots=True)
class DeskKeys:
    """The desk's secrets: the badge key, those of before, and the pepper of PINs and codes."""

    badge: bytes = field(repr=False)
    pepper: bytes = field(repr=False)
    older: tuple[bytes, ...] = field(repr=False, default=())

    @property
    def tag(self) -> str:
        """Names the badge key, and tells nothing of it."""
        return key_tag(self.badge)


def new_keys(random: RandomSource) -> DeskKeys:
    """The keys of a new desk."""
    return DeskKeys(random.token(KEY_BYTES), random.token(KEY_BYTES))


def next_keys(keys: DeskKeys, random: RandomSource) -> DeskKeys:
    """A new badge key; badges are found under the one of before until their next tap. Raises `Problem`
    badge-keys-full while as many older ones are still in use."""
    if len(keys.older) >= MOST_OLDER:
        raise Problem("badge-keys-full")
    return DeskKeys(random.token(KEY_BYTES), keys.pepper, (keys.badge, *keys.older))


def without_unused(keys: DeskKeys, store: DeskStore) -> DeskKeys:
    """Without the older keys under which no badge is kept any more."""
    used = {badge.key for badge in store.badges()}
    return replace(keys, older=tuple(key for key in keys.older if key_tag(key) in used))


def read_keys(store: KeyStore) -> DeskKeys:
    """What `write_keys` wrote. Raises `KeyMissingError`, `StorageError`."""
    try:
        older = store.load(_OLDER)
    except KeyMissingError:
        older = b""
    parts = (older[start : start + KEY_BYTES] for start in range(0, len(older), KEY_BYTES))
    return DeskKeys(store.load(_CURRENT), store.load(_PEPPER), tuple(parts))


def write_keys(store: KeyStore, keys: DeskKeys) -> None:
    """The older ones first: cut off half way, no badge is lost."""
    store.store(_PEPPER, keys.pepper)
    if keys.older:
        store.store(_OLDER, b"".join(keys.older))
    else:
        store.destroy(_OLDER)
    store.store(_CURRENT, keys.badge)


def key_tag(key: bytes) -> str:
    """Eight hexadecimal digits of a one-way function of a badge key."""
    return hmac.digest(key, _TAG_LABEL, hashlib.sha256)[:4].hex()


def _canonical(number: str) -> str:
    return number.strip().upper()


class Badges:
    """Finds badges by their numbers."""

    def __init__(self, store: DeskStore, keys: DeskKeys) -> None:
        self._store, self.keys = store, keys

    def hash(self, number: str) -> bytes:
        """What is kept of a badge number: HMAC-SHA256 (RFC 2104) under the badge key. Letter case and surrounding
        spaces do not count."""
        return _hash(self.keys.badge, number)

    def hashes(self, number: str) -> tuple[bytes, ...]:
        """What may be kept of it: under the present key first, then under each older one."""
        return tuple(_hash(key, number) for key in (self.keys.badge, *self.keys.older))

    def id_of(self, badge: bytes) -> str:
        """What a new badge is called where it has to be named (an administrator's list, a deny list): it tells nothing
        of its number."""
        return f"b-{hmac.digest(self.keys.badge, _ID_LABEL + badge, hashlib.sha256)[:8].hex()}"

    def find(self, number: str) -> Badge | None:
        """Whose badge it is. One that is kept under an older key is kept under the present one from now on. As many
        hashes are made for a number that nobody has."""
        found = [self._store.badge(one) for one in self.hashes(number)]
        badge = next((one for one in found if one is not None), None)
        if badge is not None and badge.key != self.keys.tag:
            badge = replace(badge, badge=self.hash(number), key=self.keys.tag)
            self._store.put_badge(badge)
        return badge

    def give(self, badge: bytes, user_id: str, now: datetime, known: Badge | None = None) -> Badge:
        """The badge with this hash becomes a person's; `known` is what was kept of it before, whose id stays."""
        given = self.made(badge, user_id, now, known)
        self._store.put_badge(given)
        return given

    def made(self, badge: bytes, user_id: str, now: datetime, known: Badge | None = None) -> Badge:
        """The same, and nothing is kept yet."""
        badge_id = known.badge_id if known else self.id_of(badge)
        return Badge(badge, badge_id, user_id, self.keys.tag, now.replace(microsecond=0))

    def seen(self, badge: Badge, now: datetime) -> None:
        """Remember the day."""
        if badge.used != now.date():
            self._store.mark_badge(replace(badge, used=now.date()))


def _hash(key: bytes, number: str) -> bytes:
    return hmac.digest(key, _BADGE_LABEL + _canonical(number).encode(), hashlib.sha256)
