"""What a card that is to prove itself may answer, and the file that says which keys the site's cards have."""

from tests.fuzz.target import Target, named
from tests.support.cards import AID, UID, card, keys, overheard, proof
from tools.edgemesh.cards.book import parse_cards
from tools.edgemesh.cards.card_keys import CardKeys, CardKeysError, Method, parse_card_keys
from tools.edgemesh.cards.desfire import ProofError, Proven
from tools.edgemesh.storage.stores import StoreError

SITES = tuple(keys(method, shared=shared) for method in Method for shared in (False, True))
KEY_FILE = b"""{"cards": [{"aid": "%s", "key_no": 1, "key": "00112233445566778899aabbccddeeff", "method": "ev2",
"diversify": "an10922", "system_id": "4c6f", "uid_from": "field"}]}""" % AID.hex().encode()


def _conversation(number: int, of: CardKeys) -> bytes:
    """Which keys, then each answer behind its length: all but the nonces of a good card."""
    return bytes([number]) + b"".join(bytes([len(said)]) + said for said in overheard(of, card(of)))


def _proves(data: bytes) -> Proven | None:
    """One conversation, always with the same nonce, or nothing would come near the end. So what was overheard proves
    once more here; nothing else does."""
    site = SITES[data[0] % len(SITES)] if data else SITES[0]
    proving, at = proof(site), 1
    proving.begin()
    while at < len(data):
        said = data[at + 1 : at + 1 + data[at]]
        at += 1 + data[at]
        found = proving.take(said)
        if isinstance(found, Proven):
            assert found.uid == UID
            assert said in PROOFS, "bytes that no card said have proven a card"
            return found
    return None


GOOD = tuple(_conversation(number, of) for number, of in enumerate(SITES))
PROOFS = {overheard(of, card(of))[-1] for of in SITES}
TARGETS = (
    Target(
        "answers of a card",
        _proves,
        seeds=GOOD,
        raises=(ProofError,),
        covers=named("tools.edgemesh.cards.desfire", "Proof.take"),
    ),
    Target(
        "card keys",
        parse_card_keys,
        seeds=(KEY_FILE,),
        raises=(CardKeysError,),
        covers=named("tools.edgemesh.cards.card_keys", "parse_card_keys"),
    ),
    Target(
        "cards as the vault keeps them",
        parse_cards,
        seeds=(b"""{"policy": "proof", "rules": ["reverse-bytes"], "names": ["campus"], %s""" % KEY_FILE[1:],),
        raises=(StoreError,),
        covers=named("tools.edgemesh.cards.book", "parse_cards"),
    ),
)
