"""What the vault knows of a site's cards: policy, keys, rules of numbers; kept as one secret of the role."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Protocol

from firmware.badges.number import BadgeUnreadableError
from firmware.badges.raw import RawRead
from firmware.badges.rules import MOST_STEPS, RuleError, Rules
from firmware.vault.fields import FieldError, encode_object, read_object
from firmware.vault.identity import is_id
from hal.ports.errors import DeviceError, KeyMissingError
from hal.ports.key_store import KeyStore
from tools.edgemesh.cards.card_keys import MAX_KEYS, CardKeys, CardKeysError, parse_card_keys
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.storage.stores import StoreError

_NAME = "card.book"
_FIELDS = ("policy", "rules", "names", "cards")


class Policy(StrEnum):
    """What the site takes for a badge."""

    UID = "uid"
    """A number, as the station says it. A card that has a key of ours may prove it."""
    UID_PIN = "uid-pin"
    """A number with a PIN; or a card that has proven itself."""
    PROOF = "proof"
    """Only a card that has proven itself."""


@dataclass(frozen=True, slots=True)
class NamedKeys:
    """One application's key, and what administrators call it."""

    name: str
    keys: CardKeys


@dataclass(frozen=True, slots=True)
class Cards:
    """All of it. `keys` are in the order in which they are tried on a card; `rules` are the steps from a proven UID to
    the number of the badge, none for its hexadecimal digits."""

    policy: Policy = Policy.UID
    keys: tuple[NamedKeys, ...] = ()
    rules: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raises `Problem` card-keys-missing where only a card with a key would be let in, and there is no key."""
        if self.policy is Policy.PROOF and not self.keys:
            raise Problem("card-keys-missing")

    def number(self, uid: bytes) -> str:
        """The badge's number for a proven UID. Raises `Problem` badge-unknown where the rules make none of it."""
        try:
            return Rules.parse(self.rules).apply(RawRead(uid, is_text=False, bits=len(uid) * 8))
        except BadgeUnreadableError as exc:
            raise Problem("badge-unknown", f"the rules for proven cards: {exc.code}") from exc


class CardStore(Protocol):
    """Where it is kept between two lives of the vault."""

    def load(self) -> bytes:
        """Empty before anything was kept. Raises `StoreError`."""
        ...

    def keep(self, raw: bytes) -> None:
        """Durably and whole. Raises `StoreError`."""
        ...


@dataclass(frozen=True, slots=True)
class KeptWithKeys:
    """In the role's own key store, under whatever protects its other secrets at rest."""

    store: KeyStore = field(repr=False)

    def load(self) -> bytes:
        try:
            return self.store.load(_NAME)
        except KeyMissingError:
            return b""
        except DeviceError as exc:
            raise StoreError("the card keys cannot be read") from exc

    def keep(self, raw: bytes) -> None:
        try:
            self.store.store(_NAME, raw)
        except DeviceError as exc:
            raise StoreError("the card keys are not kept") from exc


class CardBook:
    """`cards` is how things stand; each change is kept before it counts."""

    def __init__(self, store: CardStore) -> None:
        """Raises `StoreError`, also for what was not written by us."""
        self._store = store
        raw = store.load()
        self.cards = parse_cards(raw) if raw else Cards()

    def set_policy(self, policy: Policy) -> Cards:
        """What to take for a badge from now on, ready for `keep`. Raises `Problem` card-keys-missing."""
        return replace(self.cards, policy=policy)

    def set_rules(self, steps: Sequence[str]) -> Cards:
        """How to make numbers of proven UIDs. Raises `RuleError`."""
        return replace(self.cards, rules=Rules.parse(steps).steps)

    def add(self, name: str, keys: CardKeys) -> Cards:
        """One key more, the last to be tried. Raises `Problem` name-taken, card-keys-full."""
        if any(one.name == name for one in self.cards.keys):
            raise Problem("name-taken", "remove the key of that name first")
        if any(_place(one.keys) == _place(keys) for one in self.cards.keys):
            raise Problem(
                "name-taken", "that key number of the application has a key with this method: remove it first"
            )
        if len(self.cards.keys) >= MAX_KEYS:
            raise Problem("card-keys-full")
        return replace(self.cards, keys=(*self.cards.keys, NamedKeys(name, keys)))

    def remove(self, name: str) -> Cards:
        """Without the key. Raises `Problem` card-key-unknown, card-keys-missing."""
        left = tuple(one for one in self.cards.keys if one.name != name)
        if len(left) == len(self.cards.keys):
            raise Problem("card-key-unknown")
        return replace(self.cards, keys=left)

    def keep(self, cards: Cards) -> None:
        """From now on it is so. Raises `StoreError`; then it is as before."""
        self._store.keep(encode_cards(cards))
        self.cards = cards


def _place(keys: CardKeys) -> tuple[bytes, int, str]:
    """Where a card has it: two of one place could not both be tried."""
    return keys.aid, keys.key_no, keys.method


def encode_cards(cards: Cards) -> bytes:
    """As it is kept: JSON, the keys as in a key file."""
    return encode_object(
        {
            "policy": cards.policy.value,
            "rules": list(cards.rules),
            "names": [one.name for one in cards.keys],
            "cards": [_spelt(one.keys) for one in cards.keys],
        }
    )


def _spelt(keys: CardKeys) -> dict[str, object]:
    return {
        "aid": keys.aid.hex(),
        "key_no": keys.key_no,
        "key": keys.key.hex(),
        "method": keys.method.value,
        "diversify": keys.diversify.value,
        "system_id": keys.system_id.hex(),
        "uid_from": keys.uid_from.value,
    }


def parse_cards(raw: bytes) -> Cards:
    """What `encode_cards` gave. Raises `StoreError`, whose words hold nothing of it."""
    try:
        fields = read_object(raw, _FIELDS)
        entries = fields.items("cards", fewest=0, most=MAX_KEYS)
        keys = parse_card_keys(encode_object({"cards": entries})) if entries else ()
        names = _names(fields.items("names", fewest=len(keys), most=len(keys)))
        steps = Rules.parse(_texts(fields.items("rules", fewest=0, most=MOST_STEPS))).steps
        policy = Policy(fields.text("policy", longest=16))
        return Cards(policy, tuple(map(NamedKeys, names, keys)), steps)
    except (FieldError, ValueError, CardKeysError, RuleError, Problem):
        raise StoreError("what is kept of cards cannot be read") from None  # a cause may quote it


def _names(items: Sequence[object]) -> tuple[str, ...]:
    names = _texts(items)
    if not all(map(is_id, names)) or len(set(names)) < len(names):
        raise FieldError("names")
    return names


def _texts(items: Sequence[object]) -> tuple[str, ...]:
    if not all(isinstance(item, str) for item in items):
        raise FieldError("a text was wanted")
    return tuple(map(str, items))
