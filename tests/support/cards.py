"""DESFire cards beside the mesh's verifier, for tests: nonces that are given, and conversations that can be listened to
and tampered with."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from hal.sim.cards.desfire import Application, DesfireCard
from hal.sim.random_source import SeededRandom
from tools.edgemesh.cards.card_keys import CardKeys, Diversify, Method, UidFrom
from tools.edgemesh.cards.desfire import Proof, Proven
from tools.edgemesh.cards.diversify import diversified

VECTORS = Path(__file__).parents[1] / "vectors" / "desfire"
AID = bytes.fromhex("f58540")
UID = bytes.fromhex("04a1b2c3d4e5f6")
MASTER = bytes.fromhex("8d3a0f51c27e46b9a06e1bd2953c7f48")
Tamper = Callable[[int, bytes], bytes]
"""What comes of the card's answer of that number, from 0 on."""


class Given:
    """A random source that gives what it was given, in this order."""

    def __init__(self, *tokens: bytes) -> None:
        self._tokens = list(tokens)

    def token(self, length: int) -> bytes:
        token = self._tokens.pop(0)
        assert len(token) == length
        return token


def cases(name: str) -> list[Any]:
    """The cases of one vector file; hex texts are bytes, but for names."""
    return [_bytes(case) for case in json.loads((VECTORS / f"{name}.json").read_text())["cases"]]


def _bytes(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: item if name == "name" else _bytes(item) for name, item in value.items()}
    return bytes.fromhex(value) if isinstance(value, str) else value


def keys(method: Method = Method.EV2, *, shared: bool = False, master: bytes = MASTER) -> CardKeys:
    """Diversified with the UID of the field, or `shared` by all cards with the UID from the card."""
    if shared:
        return CardKeys(AID, 1, master, method, Diversify.NONE, b"", UidFrom.CARD)
    return CardKeys(AID, 1, master, method, Diversify.AN10922, b"site", UidFrom.FIELD)


def card(of: CardKeys, uid: bytes = UID, seed: int = 1, **more: Any) -> DesfireCard:
    """A card of the site, as its card maker wrote it."""
    own = diversified(of.key, uid, of.aid, of.system_id) if of.diversify is Diversify.AN10922 else of.key
    written = [bytes(16)] * of.key_no + [own]
    return DesfireCard(uid, {of.aid: Application(written)}, SeededRandom(seed), **more)


def proof(of: CardKeys, uid: bytes = UID, seed: int = 100) -> Proof:
    """The mesh's side."""
    return Proof(of, uid, SeededRandom(seed))


def converse(proving: Proof, twin: DesfireCard, tamper: Tamper = lambda _number, answer: answer) -> Proven:
    """To the end. Raises `ProofError`."""
    command, number = proving.begin(), 0
    while True:
        answer = twin.exchange(command)
        found = proving.take(tamper(number, answer or b""))
        if isinstance(found, Proven):
            return found
        command, number = found, number + 1


def listen(proving: Proof, twin: DesfireCard) -> list[bytes]:
    """What the card said while it proved itself."""
    heard: list[bytes] = []

    def keep(_number: int, answer: bytes) -> bytes:
        heard.append(answer)
        return answer

    converse(proving, twin, keep)
    return heard


def overheard(of: CardKeys, twin: DesfireCard, uid: bytes = UID, seed: int = 100) -> list[bytes]:
    """The same, with a proof of its own."""
    return listen(proof(of, uid, seed), twin)


def other_key(of: CardKeys) -> CardKeys:
    """The same, with a key that differs in one bit."""
    return replace(of, key=of.key[:-1] + bytes([of.key[-1] ^ 1]))
