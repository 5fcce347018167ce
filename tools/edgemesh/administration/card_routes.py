"""The vault's routes for administrators about cards. A key goes in and never comes out."""

import re
from enum import StrEnum
from typing import TypeVar

from tools.edgemesh.administration import cards
from tools.edgemesh.administration.acts import Acts
from tools.edgemesh.cards.book import CardBook, Cards, Policy
from tools.edgemesh.cards.card_keys import CardKeys, Diversify, Method, UidFrom
from tools.edgemesh.interface.calls import Call
from tools.edgemesh.interface.exchange import Reply
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.interface.shapes import Fields

MAX_HEX = 64
_HEX = re.compile(r"([0-9A-Fa-f]{2})*")
W = TypeVar("W", bound=StrEnum)


def _of(call: Call) -> tuple[CardBook, Acts]:
    return call.roles.vault.desk.cards, Acts(call.roles.audit("vault"), call.caller)


def cards_document(found: Cards) -> dict[str, object]:
    """How things stand as JSON, without the keys themselves."""
    keys = [
        {
            "name": one.name,
            "aid": one.keys.aid.hex(),
            "key_no": one.keys.key_no,
            "method": one.keys.method.value,
            "diversify": one.keys.diversify.value,
            "system_id": one.keys.system_id.hex(),
        }
        for one in found.keys
    ]
    return {"policy": found.policy.value, "rules": list(found.rules), "keys": keys}


async def show(call: Call) -> Reply:
    """GET /v1/admin/cards"""
    return Reply(200, cards_document(call.roles.vault.desk.cards.cards))


async def set_policy(call: Call) -> Reply:
    """POST /v1/admin/cards/policy"""
    policy = _word(await call.fields(), "policy", Policy)
    return Reply(200, cards_document(await cards.set_policy(*_of(call), policy)))


async def set_rules(call: Call) -> Reply:
    """POST /v1/admin/cards/rules"""
    steps = (await call.fields()).texts("rules")
    return Reply(200, cards_document(await cards.set_rules(*_of(call), steps)))


async def add_key(call: Call) -> Reply:
    """POST /v1/admin/cards/keys"""
    fields = await call.fields()
    return Reply(201, cards_document(await cards.add_key(*_of(call), fields.text("name", 63), _keys(fields))))


async def remove_key(call: Call) -> Reply:
    """DELETE /v1/admin/cards/keys?name="""
    await cards.remove_key(*_of(call), call.query("name"))
    return Reply(204)


def _keys(fields: Fields) -> CardKeys:
    """Where the UID comes from follows from the key: one that all cards share binds none to the card. Raises `Problem`
    json-malformed, `CardKeysError`."""
    diversify = _word(fields, "diversify", Diversify)
    return CardKeys(
        aid=_octets(fields, "aid"),
        key_no=fields.number("key_no"),
        key=_octets(fields, "key"),
        method=_word(fields, "method", Method),
        diversify=diversify,
        system_id=_octets(fields, "system_id") if fields.filled("system_id") else b"",
        uid_from=UidFrom.FIELD if diversify is Diversify.AN10922 else UidFrom.CARD,
    )


def _word(fields: Fields, name: str, words: type[W]) -> W:
    try:
        return words(fields.text(name, 16))
    except ValueError:
        raise Problem("json-malformed", f"{name}: one of {', '.join(words)} wanted") from None


def _octets(fields: Fields, name: str) -> bytes:
    """Raises `Problem` json-malformed, which does not quote it."""
    text = fields.text(name, MAX_HEX)
    if not _HEX.fullmatch(text):
        raise Problem("json-malformed", f"{name}: an even number of hex digits wanted")
    return bytes.fromhex(text)
