"""What the mesh knows of a site's cards: the application, the key in it, and how each card's own key is made."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from firmware.errors import LockgateError
from firmware.vault.fields import FieldError, Fields, read_object

MAX_FILE = 64 * 1024
MAX_KEYS = 16
"""Each is tried on each card: somebody waits meanwhile."""
MAX_SYSTEM_ID = 31 - 7 - 3
"""What AN10922 leaves beside a UID of 7 bytes and an application identifier."""
_NAMES = ("aid", "key_no", "key", "method", "diversify", "system_id", "uid_from")
_HEX = re.compile(r"([0-9A-Fa-f]{2})*")
Word = TypeVar("Word", bound=StrEnum)


class Method(StrEnum):
    """How the card authenticates."""

    EV1 = "ev1"
    """AuthenticateAES (AA)."""
    EV2 = "ev2"
    """AuthenticateEV2First (71)."""


class Diversify(StrEnum):
    """How a card's key comes from the site's."""

    NONE = "none"
    AN10922 = "an10922"
    """AES-128, from the card's UID, the application and the system identifier."""


class UidFrom(StrEnum):
    """Where the proven UID is read."""

    FIELD = "field"
    """In the field, before authentication: only a diversified key binds it to the card."""
    CARD = "card"
    """By GetCardUID (51), under the session's keys."""


class CardKeysError(LockgateError):
    """A key file that cannot be used; says which field, never what was in it."""

    code = "card-keys-invalid"


@dataclass(frozen=True, slots=True)
class CardKeys:
    """One application's key. `aid` is 3 bytes, in the order of transmission, not the card's own 000000; `key_no` 0 to
    13; `key` 16 bytes, the master key where it is diversified; `system_id` 0 to 21 bytes, for AN10922 alone.

    Two of the four combinations bind a UID to the card: (an10922, field) and (none, card). With a key that all cards
    share, the UID in the field is a mere claim; and what a diversified key has proven need not be asked again. The
    constructor raises `CardKeysError` for the others, and for anything out of bounds."""

    aid: bytes
    key_no: int
    key: bytes = field(repr=False)
    method: Method = Method.EV2
    diversify: Diversify = Diversify.AN10922
    system_id: bytes = b""
    uid_from: UidFrom = UidFrom.FIELD

    def __post_init__(self) -> None:
        is_diversified = self.diversify is Diversify.AN10922
        _check("aid: 3 bytes of an application, not the card's own 000000", len(self.aid) == 3 and any(self.aid))
        _check("key_no: 0 to 13", 0 <= self.key_no <= 13)
        _check("key: 16 bytes", len(self.key) == 16)
        _check("system_id: at most 21 bytes", len(self.system_id) <= MAX_SYSTEM_ID)
        _check("system_id: for diversified keys alone", is_diversified or not self.system_id)
        _check("uid_from: field with an10922, card with none", is_diversified is (self.uid_from is UidFrom.FIELD))


def parse_card_keys(raw: bytes) -> tuple[CardKeys, ...]:
    """A key file: `{"cards": [{"aid": "F58540", "key_no": 1, "key": "32 hex digits", "method": "ev2", "diversify":
    "an10922", "system_id": "", "uid_from": "field"}]}`, one to 16, in the order of trial; nothing left out, nothing
    more, no key of an application twice with the same method. Raises `CardKeysError`."""
    if len(raw) > MAX_FILE:
        raise CardKeysError(f"more than {MAX_FILE} bytes")
    try:
        items = read_object(raw, ("cards",)).items("cards", fewest=1, most=MAX_KEYS)
        found = tuple(_read_one(Fields(item, _NAMES)) for item in items)
    except FieldError as exc:
        raise CardKeysError(str(exc)) from None  # the cause may have the file's text
    if len({(keys.aid, keys.key_no, keys.method) for keys in found}) != len(found):
        raise CardKeysError("one key is there twice")
    return found


def _read_one(fields: Fields) -> CardKeys:
    return CardKeys(
        aid=_octets(fields, "aid"),
        key_no=fields.integer("key_no"),
        key=_octets(fields, "key"),
        method=_word(fields, "method", Method),
        diversify=_word(fields, "diversify", Diversify),
        system_id=_octets(fields, "system_id"),
        uid_from=_word(fields, "uid_from", UidFrom),
    )


def _word(fields: Fields, name: str, kind: type[Word]) -> Word:
    text = fields.text(name, longest=16)
    try:
        return kind(text)
    except ValueError:
        raise FieldError(f"{name}: one of {', '.join(kind)}") from None


def _octets(fields: Fields, name: str) -> bytes:
    text = fields.value(name)
    if not isinstance(text, str) or not _HEX.fullmatch(text):
        raise FieldError(f"{name}: an even number of hex digits")
    return bytes.fromhex(text)


def _check(rule: str, kept: bool) -> None:
    if not kept:
        raise CardKeysError(rule)
