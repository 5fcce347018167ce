"""What only somebody with the key could say, and no good card says: each part of the last answers is looked at."""

import pytest

from hal.sim.cards.desfire_crypto import Chip, Ev1Talk
from tests.support.cards import UID
from tools.edgemesh.cards.errors import ProofError
from tools.edgemesh.cards.handshakes import Ev1, Ev1Session, Ev2, Ev2Session, Handshake

KEY, OURS, THEIRS = bytes(range(16)), bytes(range(16, 32)), bytes(range(32, 48))
TURNED = OURS[1:] + OURS[:1]
CHIP, MACS, TRANSACTION = Chip(KEY), Chip(OURS), b"\1\2\3\4"


def code_of_last(handshake: Handshake, last: bytes) -> str:
    handshake.answer(CHIP.send(THEIRS))
    with pytest.raises(ProofError) as error:
        handshake.conclude(last)
    return error.value.code


@pytest.mark.parametrize("at", range(16))
def test_each_byte_of_the_counter_answer_counts(at: int) -> None:
    wrong = bytes(byte ^ (number == at) for number, byte in enumerate(TURNED))
    token = Ev1(KEY, OURS).answer(CHIP.send(THEIRS))
    assert code_of_last(Ev1(KEY, OURS), CHIP.send(wrong, token[16:])) == "card-key-refused"
    assert code_of_last(Ev2(KEY, OURS), CHIP.send(TRANSACTION + wrong + bytes(12))) == "card-key-refused"


@pytest.mark.parametrize("said", [OURS, THEIRS, THEIRS[1:] + THEIRS[:1], OURS[-1:] + OURS[:-1], bytes(16)])
def test_other_nonces_are_no_counter_answer(said: bytes) -> None:
    token = Ev1(KEY, OURS).answer(CHIP.send(THEIRS))
    assert code_of_last(Ev1(KEY, OURS), CHIP.send(said, token[16:])) == "card-key-refused"
    assert code_of_last(Ev2(KEY, OURS), CHIP.send(TRANSACTION + said + bytes(12))) == "card-key-refused"


@pytest.mark.parametrize("at", range(6))
def test_capabilities_that_we_did_not_name(at: int) -> None:
    named = bytes(number == at for number in range(6))
    assert code_of_last(Ev2(KEY, OURS), CHIP.send(TRANSACTION + TURNED + bytes(6) + named)) == "card-key-refused"


def test_a_cards_own_capabilities_are_its_own_affair() -> None:
    handshake = Ev2(KEY, OURS)
    handshake.answer(CHIP.send(THEIRS))
    session = handshake.conclude(CHIP.send(TRANSACTION + TURNED + b"\1\2\3\4\5\6" + bytes(6)))
    assert isinstance(session, Ev2Session)
    assert session.transaction == TRANSACTION


@pytest.mark.parametrize("plain", [UID + bytes(9), UID + b"\x80" + bytes(7) + b"\1", UID + b"x\x80" + bytes(7)])
def test_a_uid_of_another_padding_under_a_right_mac(plain: bytes) -> None:
    body = CHIP.send(plain, CHIP.send(b"\x5a\xa5" + TRANSACTION + b"\1\0" + bytes(8)))
    answer = body + MACS.short_mac(b"\0\1\0" + TRANSACTION + body)
    with pytest.raises(ProofError) as error:
        Ev2Session(KEY, OURS, TRANSACTION).open_uid(answer)
    assert error.value.code == "card-answer-malformed"


def test_a_uid_of_another_length_or_padding_under_ev1() -> None:
    vector = CHIP.mac(b"\x51")
    good = Ev1Talk(CHIP).uid(b"", UID)
    assert good is not None
    assert Ev1Session(KEY).open_uid(good) == UID
    plain = CHIP.receive(good, vector)
    short = Ev1Talk(CHIP).uid(b"", UID[:4])
    for wrong in (plain[:-1] + b"\1", plain[:7] + bytes(9)):
        with pytest.raises(ProofError):
            Ev1Session(KEY).open_uid(CHIP.send(wrong, vector))
    with pytest.raises(ProofError):
        Ev1Session(KEY).open_uid(short or b"")
