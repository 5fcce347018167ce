"""An independent implementation of the reader's side, python-desfire, talks to the virtual card: AuthenticateAES, its
session, and the key diversification. (Its numbers for EV2 are wrong and are not used.)"""

import zlib
from typing import Any

import pytest
from desfire import DESFire, DESFireKey, diversify_key
from desfire.devices.base import Device
from desfire.enums import DESFireKeyType
from desfire.exceptions import DESFireCommunicationError
from desfire.schemas import KeySettings
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hal.sim.cards.desfire import Application, DesfireCard
from hal.sim.random_source import SeededRandom
from tests.support.cards import AID, UID, card, converse, keys, proof
from tools.edgemesh.cards.card_keys import Method
from tools.edgemesh.cards.diversify import an10922

sixteen = st.binary(min_size=16, max_size=16)


class Field(Device):  # type: ignore[misc]
    """The virtual card as a reader of native commands, which it wraps."""

    def __init__(self, twin: DesfireCard) -> None:
        self._twin = twin

    def transceive(self, native: list[int]) -> list[int]:
        instruction, data = native[0], bytes(native[1:])
        length = bytes([len(data)]) if data else b""
        answer = self._twin.exchange(bytes([0x90, instruction, 0, 0]) + length + data + b"\0")
        assert answer is not None
        return [answer[-1], *answer[:-2]]


def their_key(key: bytes) -> Any:
    return DESFireKey(KeySettings(key_type=DESFireKeyType.DF_KEY_AES), key)


def reader(twin: DesfireCard) -> Any:
    them = DESFire(Field(twin))
    them.select_application(list(AID))
    return them


@settings(max_examples=30, deadline=None)
@given(key=sixteen, challenge=sixteen, uid=st.binary(min_size=7, max_size=7), seed=st.integers(0, 2**32))
def test_they_authenticate_and_read_the_uid_encrypted(key: bytes, challenge: bytes, uid: bytes, seed: int) -> None:
    check = ~zlib.crc32(uid + b"\0") & 0xFFFFFFFF
    assume(check >> 24)  # they take a last byte of zero for padding, and refuse one good card in 256
    twin = DesfireCard(uid, {AID: Application([key])}, SeededRandom(seed))
    them = reader(twin)
    them.authenticate(0, their_key(key), list(challenge))
    assert bytes(them.get_real_uid()) == uid


def test_a_random_uid_card_tells_them_its_own_one() -> None:
    twin = DesfireCard(UID, {AID: Application([bytes(16)])}, SeededRandom(1), random_uid=True)
    them = reader(twin)
    them.authenticate(0, their_key(bytes(16)))
    assert bytes(them.get_real_uid()) == UID


def test_they_are_refused_with_a_wrong_key() -> None:
    twin = DesfireCard(UID, {AID: Application([bytes(16)])}, SeededRandom(1))
    with pytest.raises(DESFireCommunicationError):
        reader(twin).authenticate(0, their_key(bytes(15) + b"\x01"))


@settings(max_examples=50, deadline=None)
@given(key=sixteen, given_=st.binary(min_size=1, max_size=30))
def test_they_diversify_alike(key: bytes, given_: bytes) -> None:
    assert bytes(diversify_key(list(key), list(b"\x01" + given_))) == an10922(key, given_)


def test_a_card_written_with_their_diversification_proves_itself_to_us() -> None:
    site = keys(Method.EV1)
    own = bytes(diversify_key(list(site.key), list(b"\x01" + UID + AID + site.system_id)))
    twin = card(site)
    twin.applications[AID] = Application([bytes(16), own])
    assert converse(proof(site), twin).uid == UID
