"""Published numbers and what real cards answered, put to the verifier and to the virtual card, which share no code."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB
from cryptography.hazmat.primitives.cmac import CMAC

from hal.sim.cards import desfire_crypto
from hal.sim.cards.desfire import Application, DesfireCard
from hal.sim.cards.desfire_crypto import Chip, Ev2Talk
from tests.support.cards import VECTORS, Given, cases
from tools.edgemesh.cards import handshakes
from tools.edgemesh.cards.card_keys import CardKeys, Diversify, Method, UidFrom
from tools.edgemesh.cards.desfire import Proof
from tools.edgemesh.cards.diversify import an10922, diversified
from tools.edgemesh.cards.handshakes import Ev1, Ev2, Ev2Session

APPLICATION = bytes((1, 2, 3))
FIELD_UID = bytes.fromhex("0464d59add1e90")


def named(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", cases(name), ids=lambda case: case["name"])


def block(key: bytes, data: bytes) -> bytes:
    """One block deciphered, by neither side's code."""
    return Cipher(AES(key), ECB()).decryptor().update(data)  # noqa: S305 - one block


def mac_from(key: bytes, vector: bytes, message: bytes) -> bytes:
    """CMAC with an initial vector: the block that enciphers to it goes before."""
    running = CMAC(AES(key))
    running.update(block(key, vector) + message)
    return running.finalize()


def test_every_vector_says_where_it_comes_from() -> None:
    files = sorted(VECTORS.glob("*.json"))
    assert len(files) == 5
    for path in files:
        for source in json.loads(path.read_text())["sources"]:
            assert {"repository", "commit", "path", "licence"} <= set(source), path.name


@named("an10922")
def test_diversification(case: dict[str, Any]) -> None:
    given = case["uid"], case["aid"], case["system_id"]
    assert diversified(case["key"], *given) == case["diversified"]
    assert an10922(case["key"], b"".join(given)) == case["diversified"]


@named("ev1-aes")
def test_the_verifier_says_to_a_real_card_what_was_said(case: dict[str, Any]) -> None:
    handshake = Ev1(case["key"], case["rnd_a"])
    assert handshake.answer(case["challenge"]) == case["token"]
    handshake.conclude(case["last"])  # or raises


@named("ev1-aes")
def test_the_virtual_card_says_what_a_real_card_said(case: dict[str, Any]) -> None:
    nonce = block(case["key"], case["challenge"])
    twin = DesfireCard(FIELD_UID, {APPLICATION: Application([case["key"]])}, Given(nonce, bytes(4)))
    assert twin.exchange(bytes.fromhex("905a00000301020300")) == b"\x91\x00"
    assert twin.exchange(bytes.fromhex("90aa0000010000")) == case["challenge"] + b"\x91\xaf"
    assert twin.exchange(bytes.fromhex("90af000020") + case["token"] + b"\0") == case["last"] + b"\x91\x00"


@pytest.mark.parametrize("derive", [handshakes.ev1_key, desfire_crypto.ev1_key])
@pytest.mark.parametrize("case", [case for case in cases("ev1-aes") if "next" in case], ids=lambda case: case["name"])
def test_a_real_cards_next_mac_was_made_with_the_session_key(derive: Any, case: dict[str, Any]) -> None:
    key, then = derive(case["rnd_a"], block(case["key"], case["challenge"])), case["next"]
    command = CMAC(AES(key))
    command.update(then["command"])
    assert mac_from(key, command.finalize(), then["answer"] + b"\0")[:8] == then["mac"]


@named("ev2-first")
def test_the_verifier_goes_through_ev2_as_published(case: dict[str, Any]) -> None:
    keys = CardKeys(APPLICATION, case["key_no"], case["key"], Method.EV2, Diversify.NONE, b"", UidFrom.CARD)
    proof = Proof(keys, FIELD_UID, Given(case["rnd_a"]))
    proof.begin()
    assert proof.take(b"\x91\x00") == case["first"]
    assert proof.take(case["challenge"] + b"\x91\xaf") == case["second"]
    asked = proof.take(case["last"] + b"\x91\x00")
    expected = Chip(case["mac_key"]).short_mac(b"\x51\0\0" + case["transaction"])
    assert asked == b"\x90\x51\0\0\x08" + expected + b"\0"


@named("ev2-first")
def test_the_virtual_card_goes_through_ev2_as_published(case: dict[str, Any]) -> None:
    nonce = block(case["key"], case["challenge"])
    twin = DesfireCard(FIELD_UID, {APPLICATION: Application([case["key"]])}, Given(nonce, case["transaction"]))
    twin.exchange(bytes.fromhex("905a00000301020300"))
    assert twin.exchange(case["first"]) == case["challenge"] + b"\x91\xaf"
    assert twin.exchange(case["second"]) == case["last"] + b"\x91\x00"


@pytest.mark.parametrize("name", ["ev2-first", "ev2-session-keys"])
def test_ev2_session_keys(name: str) -> None:
    for case in cases(name):
        nonce = case.get("rnd_b") or block(case["key"], case["challenge"])
        expected = case["encryption_key"], case["mac_key"]
        assert handshakes.ev2_keys(case["key"], case["rnd_a"], nonce) == expected
        assert desfire_crypto.ev2_keys(Chip(case["key"]), case["rnd_a"], nonce) == expected


@named("ev2-first")
def test_ev2_concludes_with_the_published_session(case: dict[str, Any]) -> None:
    handshake = Ev2(case["key"], case["rnd_a"])
    handshake.answer(case["challenge"])
    expected = Ev2Session(case["encryption_key"], case["mac_key"], case["transaction"])
    assert handshake.conclude(case["last"]) == expected


@named("ev2-card-uid")
def test_the_uid_under_ev2_as_published(case: dict[str, Any]) -> None:
    session = Ev2Session(case["encryption_key"], case["mac_key"], case["transaction"])
    said = session.uid_command()
    assert b"\x90\x51\0\0\x08" + said + b"\0" == case["command"]
    assert session.open_uid(case["answer"]) == case["uid"]
    twin = Ev2Talk(Chip(case["encryption_key"]), Chip(case["mac_key"]), case["transaction"])
    assert twin.uid(said, case["uid"]) == case["answer"]


def test_a_recorded_card_is_believed_up_to_its_uid() -> None:
    case = cases("ev1-aes")[0]
    keys = CardKeys(APPLICATION, 0, case["key"], Method.EV1, Diversify.NONE, b"", UidFrom.CARD)
    proof = Proof(keys, FIELD_UID, Given(case["rnd_a"]))
    proof.begin()
    assert proof.take(b"\x91\x00") == bytes.fromhex("90aa0000010000")
    assert proof.take(case["challenge"] + b"\x91\xaf") == bytes.fromhex("90af000020") + case["token"] + b"\0"
    assert proof.take(case["last"] + b"\x91\x00") == bytes.fromhex("9051000000")
