"""Cards that prove themselves, by the mesh's routes: who gets in under which policy, and what a station cannot do."""

import pytest

from hal.sim.virtual_time import run
from tests.support.card_rig import (
    OTHER_UID,
    UID,
    answer,
    begin,
    blank_card,
    cloned_card,
    good_card,
    let_cards_prove,
    recorded,
    relay,
    replay,
    shown,
)
from tests.support.mesh_http import send_json
from tests.support.mesh_site import BADGE, MemorySite
from tools.bench.cards import KEYS
from tools.edgemesh.cards.book import Policy
from tools.edgemesh.cards.proofs import MOST, PIN_SECONDS, PROOF_SECONDS
from tools.edgemesh.people.guesses import MAX_UNKNOWN
from tools.edgemesh.settings import Settings
from tools.edgemesh.storage.records import User

PIN = "471108"


def test_a_proven_card_opens_a_session_and_answer_and_record_say_so() -> None:
    async def story() -> None:
        site = MemorySite()
        let_cards_prove(site)
        proof, last = await relay(site.station.wire, good_card())
        assert last.expect(200) == {"proven": True}
        opened = (await shown(site.station.wire, proof)).expect(201)
        assert (opened["user"], opened["method"]) == ("ada", "proof")
        event, fields = recorded(site)[-1]
        assert (event, fields["user"], fields["method"]) == ("session-opened", "ada", "proof")

    run(story())


@pytest.mark.parametrize(
    ("policy", "number", "with_pin", "proven"),
    [
        (Policy.UID, "uid", "uid", "proof"),
        (Policy.UID_PIN, "pin-required", "uid-pin", "proof"),
        (Policy.PROOF, "card-proof-required", "card-proof-required", "proof"),
    ],
)
def test_what_lets_in_under_each_policy(policy: Policy, number: str, with_pin: str, proven: str) -> None:
    """Ada has no PIN; ben has one, so that he is asked for it under every policy."""

    async def story() -> None:
        site = MemorySite()
        let_cards_prove(site, policy)
        told = await shown(site.station.wire, number=BADGE)
        assert told.json.get("method", told.code) == number
        site.mesh.add_user(User("ben"), "0411223344")
        await site.mesh.roles.vault.desk.pins.set("ben", PIN)
        told = await shown(site.station.wire, number="0411223344", pin=PIN)
        assert told.json.get("method", told.code) == (with_pin if policy is not Policy.UID else "uid-pin")
        proof, _ = await relay(site.station.wire, good_card())
        assert (await shown(site.station.wire, proof)).expect(201)["method"] == proven

    run(story())


def test_a_station_that_lies_about_the_number_gets_the_cards_own() -> None:
    """Ben's card proves itself; the station says that it read ada's badge."""

    async def story() -> None:
        site = MemorySite()
        let_cards_prove(site)
        site.mesh.add_user(User("ben"), OTHER_UID.hex())
        proof, _ = await relay(site.station.wire, good_card(OTHER_UID))
        assert (await shown(site.station.wire, proof, number=BADGE)).expect(201)["user"] == "ben"
        assert (await shown(site.station.wire, number=UID.hex())).code == "card-proof-required"

    run(story())


def test_a_station_that_lies_about_the_uid_gets_another_key() -> None:
    async def story() -> None:
        site = MemorySite()
        let_cards_prove(site)
        _, last = await relay(site.station.wire, good_card(OTHER_UID), UID)
        assert (last.code, last.json["detail"]) == ("card-refused", "card-key-refused")

    run(story())


def test_copies_without_the_key_are_refused_or_prove_nothing() -> None:
    async def story() -> None:
        site = MemorySite()
        let_cards_prove(site)
        _, last = await relay(site.station.wire, cloned_card())
        assert last.refusal == (403, "card-refused", "")
        event, fields = recorded(site)[-1]
        assert (event, fields["method"], fields["code"]) == ("session-refused", "proof", "card-refused")
        _, last = await relay(site.station.wire, blank_card())
        assert last.refusal == (404, "card-unproven", "")

    run(story())


def test_without_keys_no_card_is_asked_anything() -> None:
    async def story() -> None:
        site = MemorySite()
        assert (await begin(site.station.wire)).refusal == (404, "card-unproven", "")

    run(story())


def test_a_random_uid_has_no_key_of_its_own() -> None:
    async def story() -> None:
        site = MemorySite()
        let_cards_prove(site)
        assert (await begin(site.station.wire, bytes.fromhex("08a1b2c3"))).code == "card-unproven"

    run(story())


def test_a_proof_is_of_one_station_one_certificate_and_one_session() -> None:
    async def story() -> None:
        site = MemorySite()
        let_cards_prove(site)
        other = site.new_station("station-2")
        proof, _ = await relay(site.station.wire, good_card())
        assert (await shown(other.wire, proof)).refusal == (404, "proof-unknown", "")
        assert (await shown(site.station.wire, proof)).status == 201
        assert (await shown(site.station.wire, proof)).code == "proof-unknown"
        proof, _ = await relay(site.station.wire, good_card())
        paired_anew = site.mesh.add_station("station-1")
        await site.clock.sleep(2)  # its certificate begins after the other one was denied
        assert (await shown(site.wire(paired_anew), proof)).code == "proof-unknown"

    run(story())


def test_another_station_cannot_answer_for_the_card() -> None:
    async def story() -> None:
        site = MemorySite()
        let_cards_prove(site)
        other, card = site.new_station("station-2"), good_card()
        begun = (await begin(site.station.wire)).expect(201)
        response = await card.transceive(bytes.fromhex(begun["apdu"]))
        assert (await answer(other.wire, begun["proof"], response)).code == "proof-unknown"
        assert (await answer(site.station.wire, begun["proof"], response)).status == 200

    run(story())


def test_what_a_card_said_before_proves_nothing_now() -> None:
    async def story() -> None:
        site = MemorySite()
        let_cards_prove(site)
        heard: list[bytes] = []
        _, last = await relay(site.station.wire, good_card(), heard=heard)
        assert last.expect(200) == {"proven": True}
        assert (await replay(site.station.wire, heard)).code == "card-refused"

    run(story())


def test_an_unproven_or_finished_proof_is_worth_nothing() -> None:
    async def story() -> None:
        site = MemorySite()
        let_cards_prove(site)
        proof = str((await begin(site.station.wire)).expect(201)["proof"])
        assert (await shown(site.station.wire, proof)).code == "proof-unknown"
        proof, _ = await relay(site.station.wire, good_card())
        assert (await answer(site.station.wire, proof, b"\x91\x00")).code == "proof-unknown"
        assert (await shown(site.station.wire, proof)).code == "proof-unknown"
        for name in ("p-" + "0" * 32, "nonsense"):
            assert (await shown(site.station.wire, name)).code == "proof-unknown"

    run(story())


def test_ten_seconds_and_eight_at_a_time() -> None:
    async def story() -> None:
        site = MemorySite()
        let_cards_prove(site)
        proof, _ = await relay(site.station.wire, good_card())
        await site.clock.sleep(PROOF_SECONDS)
        assert (await shown(site.station.wire, proof)).code == "proof-unknown"
        site.mesh.roles.vault.desk.tidy()
        oldest, _ = await relay(site.station.wire, good_card())
        for _ in range(MOST):
            newest, _ = await relay(site.station.wire, good_card())
        assert (await shown(site.station.wire, oldest)).code == "proof-unknown"
        assert (await shown(site.station.wire, newest)).status == 201

    run(story())


def test_a_proof_stays_good_while_a_pin_is_typed() -> None:
    async def story() -> None:
        site = MemorySite(Settings(factors=("card", "pin")))
        let_cards_prove(site)
        await site.mesh.roles.vault.desk.pins.set("ada", PIN)
        proof, _ = await relay(site.station.wire, good_card())
        assert (await shown(site.station.wire, proof)).code == "pin-required"
        await site.clock.sleep(PIN_SECONDS - 1)
        assert (await shown(site.station.wire, proof, pin="471109")).code == "pin-wrong"
        assert (await shown(site.station.wire, proof, pin=PIN)).expect(201)["method"] == "proof"
        assert (await shown(site.station.wire, proof, pin=PIN)).code == "proof-unknown"
        proof, _ = await relay(site.station.wire, good_card())
        assert (await shown(site.station.wire, proof)).code == "pin-required"
        await site.clock.sleep(PIN_SECONDS)
        assert (await shown(site.station.wire, proof, pin=PIN)).code == "proof-unknown"

    run(story())


def test_failed_proofs_are_guesses() -> None:
    async def story() -> None:
        site = MemorySite()
        let_cards_prove(site)
        codes = [(await relay(site.station.wire, cloned_card()))[1].code for _ in range(MAX_UNKNOWN)]
        assert set(codes) == {"card-refused"}
        _, last = await relay(site.station.wire, good_card())
        assert last.code == "locked-out"
        other = site.new_station("station-2")
        assert (await relay(other.wire, good_card()))[1].status == 200

    run(story())


def test_an_unknown_proven_card_goes_the_way_of_unknown_badges() -> None:
    """With a ticket, by which it becomes somebody's: under the policy `proof` only since it was proven."""

    async def story() -> None:
        site = MemorySite(Settings(association="code"))
        let_cards_prove(site, Policy.UID)
        code = await site.mesh.roles.vault.desk.codes.issue("ada")
        ticket = (await shown(site.station.wire, number=OTHER_UID.hex())).json["ticket"]
        book = site.mesh.roles.vault.desk.cards
        book.keep(book.set_policy(Policy.PROOF))
        asked = {"ticket": ticket, "user": "ada", "code": code}
        assert (await send_json(site.station.wire, "POST", "/v1/associations", asked)).code == "card-proof-required"
        proof, _ = await relay(site.station.wire, good_card(OTHER_UID))
        unknown = await shown(site.station.wire, proof)
        assert unknown.code == "badge-unknown"
        asked["ticket"] = unknown.json["ticket"]
        opened = await send_json(site.station.wire, "POST", "/v1/associations", asked)
        assert opened.expect(201)["method"] == "proof"

    run(story())


def test_the_number_is_made_by_the_rules_of_the_mesh() -> None:
    async def story() -> None:
        site = MemorySite()
        let_cards_prove(site)
        book = site.mesh.roles.vault.desk.cards
        book.keep(book.set_rules(["reverse-bytes", "hex2dec"]))
        site.mesh.add_user(User("ben"), str(int.from_bytes(UID, "little")))
        proof, _ = await relay(site.station.wire, good_card())
        assert (await shown(site.station.wire, proof)).expect(201)["user"] == "ben"
        book.keep(book.set_rules(["length 3"]))
        proof, _ = await relay(site.station.wire, good_card())
        assert (await shown(site.station.wire, proof)).code == "badge-unknown"

    run(story())


def test_a_stricter_policy_ends_what_sessions_of_before_may_do() -> None:
    async def story() -> None:
        site = MemorySite()
        let_cards_prove(site, Policy.UID)
        job = await site.client.submit(b"document")
        (await site.station.tap(BADGE)).expect(201)
        book = site.mesh.roles.vault.desk.cards
        book.keep(book.set_policy(Policy.PROOF))
        assert (await site.station.ask(job)).code == "factor-missing"

    run(story())


def test_all_of_it_outlives_the_vault_and_a_proof_does_not() -> None:
    async def story() -> None:
        site = MemorySite()
        let_cards_prove(site)
        proof, _ = await relay(site.station.wire, good_card())
        site.mesh.restart()
        cards = site.mesh.roles.vault.desk.cards.cards
        assert (cards.policy, [one.keys for one in cards.keys]) == (Policy.PROOF, [KEYS])
        assert (await shown(site.station.wire, proof)).code == "proof-unknown"

    run(story())
