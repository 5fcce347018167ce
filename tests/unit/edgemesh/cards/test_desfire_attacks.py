"""Whoever has no key: what was overheard, turned round, cut, bent or brought from elsewhere proves nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hal.sim.cards.desfire import Application, DesfireCard
from hal.sim.cards.desfire_crypto import Chip
from hal.sim.random_source import SeededRandom
from tests.support.cards import AID, UID, Given, Tamper, card, converse, keys, listen, overheard, proof
from tools.edgemesh.cards.card_keys import CardKeys, Method
from tools.edgemesh.cards.desfire import Proof, ProofError
from tools.edgemesh.cards.diversify import diversified

each_method = pytest.mark.parametrize("method", list(Method))
either_key = pytest.mark.parametrize("shared", [False, True], ids=["diversified", "shared"])
OTHER_UID = bytes.fromhex("04ffeeddccbbaa")


def say(proving: Proof, answers: list[bytes]) -> None:
    """Say these answers, whatever is asked. Raises `ProofError`."""
    proving.begin()
    for answer in answers:
        proving.take(answer)


def played(proving: Proof, answers: list[bytes]) -> str:
    """The code the proof ends with."""
    with pytest.raises(ProofError) as error:
        say(proving, answers)
    return error.value.code


def instead(at: int, said: bytes) -> Tamper:
    """One answer replaced."""
    return lambda number, answer: said if number == at else answer


@each_method
@either_key
def test_what_was_overheard_proves_nothing_again(method: Method, shared: bool) -> None:
    site = keys(method, shared=shared)
    for seed in range(200, 220):
        assert played(proof(site, seed=seed), overheard(site, card(site))) == "card-key-refused"


@each_method
@either_key
@pytest.mark.parametrize("at", [1, 2])
def test_one_overheard_answer_in_another_session(method: Method, shared: bool, at: int) -> None:
    site = keys(method, shared=shared)
    old = overheard(site, card(site))
    with pytest.raises(ProofError) as error:
        converse(proof(site, seed=200), card(site, seed=2), instead(at, old[at]))
    assert error.value.code == "card-key-refused"


@each_method
def test_a_uid_answer_of_another_session(method: Method) -> None:
    """The session of one card, and what another card of the same key said of its UID in its own session."""
    site = keys(method, shared=True)
    old = overheard(site, card(site, OTHER_UID), seed=300)
    with pytest.raises(ProofError) as error:
        converse(proof(site), card(site), instead(3, old[3]))
    assert error.value.code == "card-key-refused"


@each_method
def test_our_own_words_said_back_prove_nothing(method: Method) -> None:
    site = keys(method)
    proving = proof(site)
    proving.begin()
    proving.take(b"\x91\x00")
    ours = proving.take(bytes(range(16)) + b"\x91\xaf")
    assert isinstance(ours, bytes)
    token = ours[5:-1]
    said = token[:16] if method is Method.EV1 else token
    with pytest.raises(ProofError) as error:
        proving.take(said + b"\x91\x00")
    assert error.value.code == "card-key-refused"


@each_method
def test_another_proof_is_no_oracle(method: Method) -> None:
    """Two readers at once: blocks of what one is asked are brought to the other as the card's challenge and back."""
    site = keys(method)
    for half in (slice(0, 16), slice(16, 32)):
        first, second = proof(site, seed=1), proof(site, seed=2)
        for one in (first, second):
            one.begin()
            one.take(b"\x91\x00")
        asked = first.take(b"\x11" * 16 + b"\x91\xaf")
        assert isinstance(asked, bytes)
        helped = second.take(asked[5:-1][half] + b"\x91\xaf")
        assert isinstance(helped, bytes)
        token = helped[5:-1]
        said = [token] if method is Method.EV2 else [token[:16], token[16:]]
        with pytest.raises(ProofError) as error:
            first.take(said[0] + b"\x91\x00")
        assert error.value.code == "card-key-refused"


@each_method
def test_another_card_of_the_site_with_the_uid_of_the_victim(method: Method) -> None:
    """It has a key of the site, its own; the reader is made to say the victim's UID."""
    site = keys(method)
    with pytest.raises(ProofError) as error:
        converse(proof(site, UID), card(site, OTHER_UID))
    assert error.value.code == "card-key-refused"


@each_method
def test_with_a_shared_key_the_field_is_not_believed(method: Method) -> None:
    site = keys(method, shared=True)
    assert converse(proof(site, UID), card(site, OTHER_UID)).uid == OTHER_UID


@each_method
def test_a_cloned_uid_without_the_key(method: Method) -> None:
    site = keys(method)
    clone = DesfireCard(UID, {AID: Application([bytes(16), bytes(16)])}, SeededRandom(5))
    with pytest.raises(ProofError) as error:
        converse(proof(site), clone)
    assert error.value.code == "card-key-refused"


@each_method
def test_a_challenge_of_zeros_or_of_a_zero_nonce(method: Method) -> None:
    site = keys(method)
    own = diversified(site.key, UID, AID, site.system_id)
    assert played(proof(site), [b"\x91\0", bytes(16) + b"\x91\xaf", bytes(_last(method)) + b"\x91\0"]) == (
        "card-key-refused"
    )
    dead = Chip(own).send(bytes(16))
    assert played(proof(site), [b"\x91\0", dead + b"\x91\xaf"]) == "card-answer-malformed"


def _last(method: Method) -> int:
    return 16 if method is Method.EV1 else 32


@pytest.mark.parametrize("shared", [False, True])
def test_asked_for_ev2_a_card_cannot_lead_to_ev1(shared: bool) -> None:
    """A card that takes the EV2 command and goes on as EV1: right key, weaker protocol. It even takes our answer, since
    the vector changes the first block alone; its own answer then has half the length."""
    weak, strong = keys(Method.EV1, shared=shared), keys(Method.EV2, shared=shared)
    twin, proving = card(weak), proof(strong)
    twin.exchange(proving.begin())
    assert proving.take(b"\x91\x00") == bytes.fromhex("9071000002010000")
    challenge = twin.exchange(bytes.fromhex("90aa0000010100"))
    assert challenge is not None
    answered = proving.take(challenge)
    assert isinstance(answered, bytes)
    last = twin.exchange(answered)
    assert last is not None
    assert len(last) == 18
    with pytest.raises(ProofError) as error:
        proving.take(last)
    assert error.value.code == "card-answer-malformed"


def test_a_uid_under_another_transaction_is_refused() -> None:
    """Same nonces, so the same session keys: only the transaction identifier differs."""
    site = keys(Method.EV2, shared=True)
    nonce, ours = bytes(range(1, 17)), bytes(range(17, 33))
    said = []
    for transaction in (b"\1\2\3\4", b"\1\2\3\5"):
        twin = card(site)
        twin.random = Given(nonce, transaction)
        said.append(listen(Proof(site, UID, Given(ours)), twin))
    assert said[0][1] == said[1][1]
    assert played(Proof(site, UID, Given(ours)), [*said[0][:3], said[1][3]]) == "card-key-refused"


@each_method
@either_key
@pytest.mark.parametrize("change", [-16, -3, -2, -1, 1, 2, 16, 240])
def test_cut_and_lengthened_answers(method: Method, shared: bool, change: int) -> None:
    site = keys(method, shared=shared)
    heard = overheard(site, card(site))
    bent = [_resized(answer[:-2], change) + answer[-2:] for answer in heard]
    tried = [at for at in range(len(heard)) if bent[at] != heard[at]]  # an answer of a status alone is not shortened
    assert len(tried) >= len(heard) - 1
    for at in tried:
        with pytest.raises(ProofError) as error:
            converse(proof(site), card(site), instead(at, bent[at]))
        assert error.value.code == "card-answer-malformed"


def _resized(body: bytes, change: int) -> bytes:
    return body[:change] if change < 0 else body + bytes(change)


@pytest.mark.parametrize("site", [keys(method, shared=shared) for method in Method for shared in (False, True)])
@given(seed=st.integers(0, 2**32), data=st.data())
def test_one_bit_changed_in_any_answer_never_proves(site: CardKeys, seed: int, data: st.DataObject) -> None:
    heard = overheard(site, card(site, seed=seed), seed=seed + 1)
    at = data.draw(st.integers(0, len(heard) - 1))
    bit = data.draw(st.integers(0, len(heard[at]) * 8 - 1))

    def flip(number: int, answer: bytes) -> bytes:
        if number != at:
            return answer
        value = int.from_bytes(answer) ^ (1 << bit)
        return value.to_bytes(len(answer))

    with pytest.raises(ProofError):
        converse(proof(site, seed=seed + 1), card(site, seed=seed), flip)


@pytest.mark.parametrize("site", [keys(method, shared=shared) for method in Method for shared in (False, True)])
def test_every_single_bit_of_one_conversation(site: CardKeys) -> None:
    for at, heard in enumerate(overheard(site, card(site))):
        for bit in range(len(heard) * 8):
            bent = (int.from_bytes(heard) ^ (1 << bit)).to_bytes(len(heard))
            with pytest.raises(ProofError):
                converse(proof(site), card(site), instead(at, bent))


@pytest.mark.parametrize("site", [keys(method, shared=shared) for method in Method for shared in (False, True)])
@given(st.lists(st.binary(max_size=64), max_size=5), st.booleans())
def test_any_answers_at_all_never_prove(site: CardKeys, answers: list[bytes], statuses: bool) -> None:
    likely = [b"\x91\x00", b"\x91\xaf", b"\x91\x00", b"\x91\x00", b"\x91\x00"]
    said = [answer + status for answer, status in zip(answers, likely, strict=False)] if statuses else answers
    with pytest.raises(ProofError):
        say(proof(site), [*said, b""])
