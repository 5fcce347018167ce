"""What the mesh's routes ask a card, question by question, and which one they call the last."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from hal.sim.cards.desfire import Application, DesfireCard
from hal.sim.random_source import SeededRandom
from hal.sim.virtual_time import run
from tests.support.card_rig import UID, answer, begin
from tests.support.mesh_site import MemorySite
from tools.bench.cards import KEYS, HeldCard, blank, card_of_site, clone
from tools.edgemesh.cards.card_keys import CardKeys, Diversify, Method, UidFrom

SHARED = replace(KEYS, diversify=Diversify.NONE, uid_from=UidFrom.CARD)


def shared_card() -> HeldCard:
    written = [bytes(16)] * SHARED.key_no + [SHARED.key]
    return HeldCard(DesfireCard(UID, {SHARED.aid: Application(written)}, SeededRandom(1)))


def own_card() -> HeldCard:
    return HeldCard(card_of_site(UID, SeededRandom(1)))


async def conversation(card: HeldCard, *keys: CardKeys) -> tuple[list[tuple[bool, str]], str]:
    """`last` of each question and the status the card answered with; and what the mesh said in the end."""
    site = MemorySite()
    desk = site.mesh.roles.vault.desk
    for number, one in enumerate(keys):
        desk.cards.keep(desk.cards.add(f"campus-{number}", one))
    told = await begin(site.station.wire)
    proof, heard = str(told.expect(201)["proof"]), list[tuple[bool, str]]()
    while "apdu" in told.json:
        response = await card.transceive(bytes.fromhex(told.json["apdu"]))
        heard.append((told.json["last"], response[-2:].hex()))
        told = await answer(site.station.wire, proof, response)
    return heard, "proven" if told.status == 200 else told.code


@pytest.mark.parametrize("method", list(Method))
@pytest.mark.parametrize(
    ("keys", "card", "heard"),
    [
        (KEYS, own_card, [(False, "9100"), (False, "91af"), (True, "9100")]),
        (SHARED, shared_card, [(False, "9100"), (False, "91af"), (False, "9100"), (True, "9100")]),
    ],
    ids=["field", "card"],
)
def test_the_last_question_is_the_one_a_good_card_ends_with(
    method: Method, keys: CardKeys, card: Callable[[], HeldCard], heard: list[tuple[bool, str]]
) -> None:
    assert run(conversation(card(), replace(keys, method=method))) == (heard, "proven")


def test_a_copy_without_the_key_does_not_say_ok_to_the_last_question() -> None:
    heard, end = run(conversation(HeldCard(clone(UID, SeededRandom(1))), KEYS))
    assert (heard[-1], end) == ((True, "91ae"), "card-refused")


def test_a_card_of_others_is_asked_no_last_question() -> None:
    heard, end = run(conversation(HeldCard(blank(UID, SeededRandom(1))), KEYS))
    assert ([last for last, _ in heard], end) == ([False], "card-unproven")


def test_the_next_key_has_a_last_question_of_its_own() -> None:
    other = replace(KEYS, aid=bytes.fromhex("F51B43"))
    heard, end = run(conversation(own_card(), other, KEYS))
    assert ([last for last, _ in heard], end) == ([False, False, False, True], "proven")
