"""A card proves itself: every way a site can set up its cards, and each refusal by its code."""

import logging
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.badges.random_uid import is_random
from hal.sim.cards.desfire import Application
from hal.sim.random_source import SeededRandom
from tests.support.cards import AID, MASTER, UID, Given, card, converse, keys, other_key, overheard, proof
from tools.edgemesh.cards.card_keys import Method
from tools.edgemesh.cards.desfire import (
    ADDITIONAL_FRAME,
    GET_CARD_UID,
    SELECT_APPLICATION,
    Proof,
    ProofError,
    Proven,
)
from tools.edgemesh.cards.diversify import diversified

each_method = pytest.mark.parametrize("method", list(Method))
either_key = pytest.mark.parametrize("shared", [False, True], ids=["diversified", "shared"])
uids = st.one_of(st.binary(min_size=7, max_size=7), st.binary(min_size=10, max_size=10))


def code_of(error: pytest.ExceptionInfo[ProofError]) -> str:
    return error.value.code


@each_method
@either_key
def test_a_card_of_the_site_proves_itself(method: Method, shared: bool) -> None:
    site = keys(method, shared=shared)
    assert converse(proof(site), card(site)) == Proven(UID, method)


@each_method
@given(uid=st.binary(min_size=7, max_size=7), master=st.binary(min_size=16, max_size=16), seed=st.integers(0, 2**32))
def test_any_uid_and_key_proves_itself(method: Method, uid: bytes, master: bytes, seed: int) -> None:
    for shared in (False, True):
        site = keys(method, shared=shared, master=master)
        assert converse(proof(site, uid, seed + 1), card(site, uid, seed)).uid == uid


@each_method
@given(uid=uids)
def test_longer_uids_diversify_too(method: Method, uid: bytes) -> None:
    site = keys(method)
    assert converse(proof(site, uid), card(site, uid)).uid == uid


@each_method
def test_a_card_of_random_uids_tells_its_own_one_encrypted(method: Method) -> None:
    site = keys(method, shared=True)
    twin = card(site, random_uid=True)
    assert is_random(twin.uid)
    assert converse(proof(site, twin.uid), twin).uid == UID
    assert all(UID not in answer for answer in overheard(site, twin, twin.uid))


def test_a_random_uid_cannot_name_a_diversified_key() -> None:
    with pytest.raises(ProofError) as error:
        proof(keys(), bytes.fromhex("08a1b2c3"))
    assert code_of(error) == "card-uid-random"
    assert not is_random(bytes.fromhex("08a1b2c3d4e5f6"))


def test_a_uid_too_long_for_the_diversification() -> None:
    site = replace(keys(), system_id=bytes(21))
    assert converse(proof(site), card(site)).uid == UID
    with pytest.raises(ProofError) as error:
        proof(site, bytes(10))
    assert code_of(error) == "card-application-missing"


@pytest.mark.parametrize("uid", [b"", bytes(3), bytes(5), bytes(8), bytes(11)])
def test_a_uid_has_a_length_of_the_standard(uid: bytes) -> None:
    with pytest.raises(ProofError) as error:
        proof(keys(), uid)
    assert code_of(error) == "card-answer-malformed"


@each_method
@either_key
def test_a_wrong_key_is_refused(method: Method, shared: bool) -> None:
    site = keys(method, shared=shared)
    with pytest.raises(ProofError) as error:
        converse(proof(site), card(other_key(site)))
    assert code_of(error) == "card-key-refused"


@each_method
def test_a_card_without_the_application_is_not_one_of_ours(method: Method) -> None:
    site = keys(method)
    twin = card(site)
    del twin.applications[AID]
    with pytest.raises(ProofError) as error:
        converse(proof(site), twin)
    assert code_of(error) == "card-application-missing"


@pytest.mark.parametrize("status", ["6a82", "6d00", "6e00", "6985", "911c"])
def test_another_kind_of_card_is_not_one_of_ours(status: str) -> None:
    proving = proof(keys())
    proving.begin()
    with pytest.raises(ProofError) as error:
        proving.take(bytes.fromhex(status))
    assert code_of(error) == "card-application-missing"


@each_method
def test_a_card_that_does_not_know_the_method(method: Method) -> None:
    site = keys(method)
    twin = card(site)
    twin.applications[AID] = Application([MASTER] * 2, ev1=method is Method.EV2, ev2=method is Method.EV1)
    with pytest.raises(ProofError) as error:
        converse(proof(site), twin)
    assert code_of(error) == "card-method-missing"


def test_a_key_number_the_card_does_not_have() -> None:
    site = keys()
    with pytest.raises(ProofError) as error:
        converse(proof(replace(site, key_no=5)), card(site))
    assert code_of(error) == "card-method-missing"


def test_a_card_that_makes_everybody_wait_says_so_and_works_again() -> None:
    site = keys()
    twin = card(site, patience=2, delay=2)
    for _ in range(2):
        with pytest.raises(ProofError) as error:
            converse(proof(other_key(site)), twin)
        assert code_of(error) == "card-key-refused"
    for _ in range(2):
        twin.reset()
        with pytest.raises(ProofError) as error:
            converse(proof(site), twin)
        assert code_of(error) == "card-delayed"
    assert converse(proof(site), twin).uid == UID


@each_method
@either_key
def test_a_card_that_is_lifted_is_lost(method: Method, shared: bool) -> None:
    site = keys(method, shared=shared)
    for lifted_at in range(len(overheard(site, card(site)))):
        with pytest.raises(ProofError) as error:
            converse(proof(site), card(site), partial(_lifted, lifted_at))
        assert code_of(error) == "card-lost"


@each_method
@either_key
@pytest.mark.parametrize("torn_at", range(1, 3))
def test_a_session_torn_by_the_field_is_not_taken_up(method: Method, shared: bool, torn_at: int) -> None:
    site = keys(method, shared=shared)
    twin = card(site)

    def tear(number: int, answer: bytes) -> bytes:
        if number == torn_at - 1:
            twin.reset()
        return answer

    with pytest.raises(ProofError):
        converse(proof(site), twin, tear)


@each_method
@either_key
def test_only_the_question_that_a_good_card_ends_with_is_the_last(method: Method, shared: bool) -> None:
    site = keys(method, shared=shared)
    twin, proving = card(site), proof(site)
    assert not proving.is_last
    given: bytes | Proven = proving.begin()
    said = []
    while isinstance(given, bytes):
        said.append((given[1], proving.is_last))
        given = proving.take(twin.exchange(given) or b"")
    names = [(SELECT_APPLICATION, False), (said[1][0], False), (ADDITIONAL_FRAME, not shared)]
    assert said == [*names, (GET_CARD_UID, True)] if shared else names
    assert not proving.is_last


@each_method
@either_key
def test_a_card_shown_a_wrong_key_says_so_itself(method: Method, shared: bool) -> None:
    site = keys(method, shared=shared)
    twin, proving = card(other_key(site)), proof(site)
    said = twin.exchange(proving.begin())
    for _ in range(2):
        following = proving.take(said or b"")
        assert isinstance(following, bytes)
        said = twin.exchange(following)
    assert (said, proving.is_last) == (b"\x91\xae", not shared)


def test_a_proof_is_used_once() -> None:
    site = keys()
    twin, proving = card(site), proof(site)
    with pytest.raises(ProofError) as error:
        proving.take(b"\x91\x00")
    assert code_of(error) == "card-proof-over"
    proving = proof(site)
    converse(proving, twin)
    with pytest.raises(ProofError) as error:
        proving.begin()
    assert code_of(error) == "card-proof-over"
    with pytest.raises(ProofError) as error:
        proving.take(b"\x91\x00")
    assert code_of(error) == "card-proof-over"


def test_after_a_refusal_nothing_is_taken() -> None:
    site = keys()
    proving = proof(site)
    proving.begin()
    with pytest.raises(ProofError):
        proving.take(b"\x91\xa0")
    with pytest.raises(ProofError) as error:
        proving.take(b"\x91\x00")
    assert code_of(error) == "card-proof-over"


def test_each_proof_has_a_nonce_of_its_own() -> None:
    site, random = keys(), SeededRandom(7)
    tokens = set()
    for _ in range(20):
        proving = Proof(site, UID, random)
        proving.begin()
        proving.take(b"\x91\x00")
        tokens.add(proving.take(bytes(range(16)) + b"\x91\xaf"))
    assert len(tokens) == 20


@each_method
@either_key
def test_no_secret_prints_itself(method: Method, shared: bool, caplog: pytest.LogCaptureFixture) -> None:
    """Keys, nonces, UIDs: in no repr, no error, no log."""
    caplog.set_level(logging.DEBUG)
    site, nonce = keys(method, shared=shared), bytes(range(100, 116))
    twin, proving = card(site), Proof(site, UID, Given(nonce))
    texts = [repr(site), repr(twin), repr(proving), repr(converse(proving, twin))]
    texts += [repr(proving._handshake), repr(proving._session), repr(twin._session), repr(twin.applications[AID])]
    for spoilt in range(len(overheard(site, card(site)))):
        with pytest.raises(ProofError) as error:
            converse(proof(site), card(site), partial(_twice, spoilt))
        texts += [str(error.value), repr(error.value), repr(error.value.__cause__)]
    own = diversified(MASTER, UID, AID, b"site")
    text = " ".join([*texts, caplog.text])
    for secret in (MASTER, own, nonce, UID):
        assert repr(secret)[2:-1] not in text
        assert secret.hex() not in text.lower()


def _lifted(at: int, number: int, answer: bytes) -> bytes:
    return b"" if number == at else answer


def _twice(at: int, number: int, answer: bytes) -> bytes:
    return answer * 2 if number == at else answer
