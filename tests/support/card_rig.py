"""A site's cards for tests of the mesh: its key put into the vault, and a card carried through a proof by hand."""

from collections.abc import Sequence

from hal.sim.random_source import SeededRandom
from tests.support.mesh_http import Answer, Wire, send_json
from tests.support.mesh_site import MemorySite
from tools.bench.cards import KEYS, HeldCard, blank, card_of_site, clone
from tools.edgemesh.audits import UnsignedAudit
from tools.edgemesh.cards.book import Policy

UID, OTHER_UID = bytes.fromhex("04a1b2c3d4e5f6"), bytes.fromhex("04112233445566")
ANSWERS = "/v1/card-proofs/{}/answers"


def good_card(uid: bytes = UID, seed: int = 1) -> HeldCard:
    return HeldCard(card_of_site(uid, SeededRandom(seed)))


def cloned_card(uid: bytes = UID) -> HeldCard:
    return HeldCard(clone(uid, SeededRandom(1)))


def blank_card(uid: bytes = UID) -> HeldCard:
    return HeldCard(blank(uid, SeededRandom(1)))


def let_cards_prove(site: MemorySite, policy: Policy = Policy.PROOF) -> None:
    """The site has a key, `ada` has the card `UID`."""
    desk = site.mesh.roles.vault.desk
    desk.cards.keep(desk.cards.add("campus", KEYS))
    desk.cards.keep(desk.cards.set_policy(policy))
    desk.give_badge(UID.hex(), "ada")


async def begin(wire: Wire, uid: bytes = UID) -> Answer:
    return await send_json(wire, "POST", "/v1/card-proofs", {"uid": uid.hex()})


async def answer(wire: Wire, proof: str, response: bytes) -> Answer:
    return await send_json(wire, "POST", ANSWERS.format(proof), {"apdu": response.hex()})


async def relay(wire: Wire, card: HeldCard, uid: bytes = b"", heard: list[bytes] | None = None) -> tuple[str, Answer]:
    """As a station does, to the first answer that is no further question: the proof's name, and that answer. The
    card's answers go into `heard`."""
    last = await begin(wire, uid or card.card.uid)
    if last.status != 201:
        return "", last
    proof = str(last.json["proof"])
    while "apdu" in last.json:
        response = await card.transceive(bytes.fromhex(str(last.json["apdu"])))
        if heard is not None:
            heard.append(response)
        last = await answer(wire, proof, response)
    return proof, last


async def replay(wire: Wire, responses: Sequence[bytes], uid: bytes = UID) -> Answer:
    """Answers that a card gave before, to whatever is asked now."""
    last = await begin(wire, uid)
    proof = str(last.expect(201)["proof"])
    for response in responses:
        last = await answer(wire, proof, response)
    return last


async def shown(wire: Wire, proof: str = "", number: str = "", pin: str = "") -> Answer:
    """A session asked for with a proof, a number, or both."""
    credential = {"kind": "card"} | ({"value": number} if number else {}) | ({"pin": pin} if pin else {})
    return await send_json(
        wire, "POST", "/v1/sessions", {"credential": credential} | ({"card_proof": proof} if proof else {})
    )


def recorded(site: MemorySite) -> list[tuple[str, dict[str, object]]]:
    """What the vault's record says, event by event."""
    audit = site.mesh.audits["vault"]
    assert isinstance(audit, UnsignedAudit)
    return [(entry.event.value, dict(entry.fields)) for entry in audit.entries]
