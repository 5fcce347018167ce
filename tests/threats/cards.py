"""Attacks with cards: copied, carried on from another place, or said to be what they are not."""

from types import SimpleNamespace
from typing import Any

from firmware.vault.identity import Identity
from tests.support.card_rig import (
    OTHER_UID,
    UID,
    answer,
    begin,
    blank_card,
    good_card,
    let_cards_prove,
    relay,
    replay,
    shown,
)
from tests.support.card_rig import (
    cloned_card as wrong_card,
)
from tests.support.mesh_site import BADGE, MemorySite
from tests.support.threat_model import Threat, breach, nothing, refused, virtual, without
from tools.bench.cards import HeldCard
from tools.edgemesh.cards import desfire
from tools.edgemesh.cards.book import Cards, Policy
from tools.edgemesh.cards.card_keys import CardKeys
from tools.edgemesh.cards.handshakes import Ev2, Ev2Session, Handshake, Session
from tools.edgemesh.cards.proofs import Proofs
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.people.desk import Desk
from tools.edgemesh.statements import SessionStatement
from tools.edgemesh.storage.records import User


def site_of_proofs() -> MemorySite:
    """Where only cards that prove themselves are let in; ada's is one."""
    site = MemorySite()
    let_cards_prove(site)
    return site


class Pretender:
    """A chip with ada's UID that says whatever a good card would say, and made up what needs the key."""

    uid, atqa, sak, ats = UID, b"\x03\x44", 0x20, b"\x02\x00"

    def reset(self) -> None:
        """It has no state."""

    def exchange(self, command: bytes) -> bytes | None:
        said = {0x5A: b"\x91\x00", 0x71: bytes(range(16)) + b"\x91\xaf", 0xAF: bytes(32) + b"\x91\x00"}
        return said[command[1]]


@virtual
async def cloned_card() -> None:
    """A card with ada's UID and an application of the right name, made by somebody who does not know its key."""
    site = site_of_proofs()
    proof, last = await relay(site.station.wire, HeldCard(Pretender()))
    breach(last.json.get("proven"), "it proved itself")
    refused(last, "card-refused")
    refused(await shown(site.station.wire, proof), "proof-unknown")


@virtual
async def copied_number() -> None:
    """A blank card with ada's UID; or no card at all, and a station that says it read hers."""
    site = site_of_proofs()
    _, last = await relay(site.station.wire, blank_card())
    refused(last, "card-unproven")
    refused(await shown(site.station.wire, number=UID.hex()), "card-proof-required")


@virtual
async def replayed_answers() -> None:
    """Every answer of ada's card was recorded, and is played to what is asked now."""
    site = site_of_proofs()
    heard: list[bytes] = []
    await relay(site.station.wire, good_card(), heard=heard)
    last = await replay(site.station.wire, heard)
    breach(last.json.get("proven"), "it proved itself")
    refused(last, "card-refused")


@virtual
async def proof_shown_twice() -> None:
    """A station keeps the proof of a visit, and opens another session with it once ada has left."""
    site = site_of_proofs()
    proof, _ = await relay(site.station.wire, good_card())
    (await shown(site.station.wire, proof)).expect(201)
    refused(await shown(site.station.wire, proof), "proof-unknown")


@virtual
async def proof_of_another_station() -> None:
    """A hostile station has heard of the proof that ada's card gives at another one, and shows it first."""
    site = site_of_proofs()
    other = site.new_station("station-2")
    proof, _ = await relay(site.station.wire, good_card())
    refused(await shown(other.wire, proof), "proof-unknown")
    begun = (await begin(site.station.wire)).expect(201)
    response = await good_card().transceive(bytes.fromhex(begun["apdu"]))
    refused(await answer(other.wire, begun["proof"], response), "proof-unknown")


@virtual
async def proof_kept() -> None:
    """A station has ada's card prove itself, and opens the session when nobody is there any more."""
    site = site_of_proofs()
    proof, _ = await relay(site.station.wire, good_card())
    await site.clock.sleep(60)
    refused(await shown(site.station.wire, proof), "proof-unknown")


@virtual
async def number_beside_a_proof() -> None:
    """Ben's card proves itself; the hostile station says that the number is ada's."""
    site = site_of_proofs()
    site.mesh.add_user(User("ben"), OTHER_UID.hex())
    proof, _ = await relay(site.station.wire, good_card(OTHER_UID))
    opened = (await shown(site.station.wire, proof, number=BADGE)).expect(201)
    breach(opened["user"] == "ada", "the station's word counted")


@virtual
async def uid_of_another_card() -> None:
    """Ben's card proves itself; the hostile station says that the UID in the field is ada's."""
    site = site_of_proofs()
    site.mesh.add_user(User("ben"), OTHER_UID.hex())
    _, last = await relay(site.station.wire, good_card(OTHER_UID), UID)
    breach(last.json.get("proven"), "it proved itself")
    refused(last, "card-refused")


@virtual
async def guessed_keys() -> None:
    """A machine in a card's place tries one key after another."""
    site = site_of_proofs()
    codes = [(await relay(site.station.wire, wrong_card()))[1].code for _ in range(30)]
    tried = codes.count("card-refused")
    breach(tried > 10, f"{tried} keys within a minute")
    assert set(codes) == {"card-refused", "locked-out"}


@virtual
async def session_of_before() -> None:
    """A session opened with a copied number, a moment before the site asked for proofs."""
    site = MemorySite()
    let_cards_prove(site, Policy.UID)
    job = await site.client.submit(b"document")
    (await site.station.tap(BADGE)).expect(201)
    book = site.mesh.roles.vault.desk.cards
    book.keep(book.set_policy(Policy.PROOF))
    refused(await site.station.ask(job), "factor-missing")


def _kept(_self: Proofs, _station_id: str, _name: str) -> None:
    """In place of forgetting a proof that was shown."""


def _anybodys(self: Proofs, _station: Identity, name: str) -> Any:
    """In place of looking whose proof it is."""
    for running in self._of.values():
        if name in running:
            return running[name]
    raise Problem("proof-unknown")


def _first_of_all(cards: Cards, _uid: bytes) -> str:
    """In place of the number of the card that was proven: what the station says, which was ada's."""
    assert cards.keys
    return BADGE


def _as_ever(self: Desk, statement: SessionStatement) -> None:
    """In place of what the policy wants of a session."""
    self._verifier.check_person(statement, self._verifier.denials.current())


def _one_key(key: bytes, *_of_card: object) -> bytes:
    """In place of a key for each card, which the cards of this site then share."""
    return key


def _stale(keys: CardKeys, uid: bytes, _nonce: bytes) -> Handshake:
    """In place of another question each time."""
    return _handshake(keys, uid, bytes(range(16)))


def _believed(_self: Ev2, _last: bytes) -> Session:
    """In place of judging the card's last answer."""
    return Ev2Session(bytes(16), bytes(16), bytes(4))


_handshake = desfire._handshake
HANDSHAKES = "tools.edgemesh.cards.handshakes"
_WORDS = {name: SimpleNamespace(value=name.lower()) for name in ("UID", "UID_PIN", "PROOF")}
NO_POLICY = SimpleNamespace(**_WORDS)
"""In place of the policies, none of which is then the site's."""
PROOFS, DESK, DESFIRE = "tools.edgemesh.cards.proofs", "tools.edgemesh.people.desk", "tools.edgemesh.cards.desfire"
THREATS = (
    Threat("card-cloned", cloned_card, without((f"{HANDSHAKES}.Ev2.conclude", _believed))),
    Threat("card-number-copied", copied_number, without((f"{DESK}.Policy", NO_POLICY))),
    Threat("card-answers-replayed", replayed_answers, without((f"{DESFIRE}._handshake", _stale))),
    Threat("card-proof-shown-twice", proof_shown_twice, without((f"{PROOFS}.Proofs._drop", _kept))),
    Threat("card-proof-of-another-station", proof_of_another_station, without((f"{PROOFS}.Proofs._find", _anybodys))),
    Threat("card-proof-kept", proof_kept, without((f"{PROOFS}.PROOF_SECONDS", 10**6))),
    Threat(
        "card-number-by-the-station",
        number_beside_a_proof,
        without(("tools.edgemesh.cards.book.Cards.number", _first_of_all)),
    ),
    Threat(
        "card-uid-by-the-station",
        uid_of_another_card,
        without((f"{DESFIRE}.diversified", _one_key), ("tools.bench.cards.diversified", _one_key)),
    ),
    Threat("card-keys-guessed", guessed_keys, without(("tools.edgemesh.people.guesses.Guesses.check", nothing))),
    Threat("card-session-of-before", session_of_before, without((f"{DESK}.Desk._check_person", _as_ever))),
)
