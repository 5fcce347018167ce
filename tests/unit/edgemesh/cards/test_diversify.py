"""AN10922 beyond its own examples: against a second way to compute it, and at the limits of length."""

import pytest
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC
from hypothesis import given
from hypothesis import strategies as st

from tools.edgemesh.cards.diversify import an10922, diversified

masters = st.binary(min_size=16, max_size=16)


def plain_cmac(key: bytes, message: bytes) -> bytes:
    running = CMAC(AES(key))
    running.update(message)
    return running.finalize()


@given(masters, st.binary(min_size=16, max_size=31))
def test_over_one_block_it_is_cmac_itself(master: bytes, given_: bytes) -> None:
    assert an10922(master, given_) == plain_cmac(master, b"\x01" + given_)


@given(masters, st.binary(min_size=1, max_size=15))
def test_under_one_block_it_is_not(master: bytes, given_: bytes) -> None:
    """The application note fills two blocks always; CMAC would fill one."""
    assert an10922(master, given_) != plain_cmac(master, b"\x01" + given_)


@given(masters, st.binary(min_size=1, max_size=30))
def test_padding_cannot_be_spelt(master: bytes, given_: bytes) -> None:
    assert an10922(master, given_) != an10922(master, (given_ + b"\x80").ljust(31, b"\x00"))


@pytest.mark.parametrize("length", [0, 32, 100])
def test_other_lengths_are_refused(length: int) -> None:
    with pytest.raises(ValueError, match="1 to 31"):
        an10922(bytes(16), bytes(length))


@pytest.mark.parametrize("length", [0, 15, 17, 32])
def test_other_keys_are_refused(length: int) -> None:
    with pytest.raises(ValueError, match="a key 16"):
        an10922(bytes(length), b"x")


@given(masters, st.binary(min_size=7, max_size=7), st.binary(min_size=7, max_size=7))
def test_two_cards_have_two_keys(master: bytes, one: bytes, other: bytes) -> None:
    keys = {diversified(master, uid, b"\1\2\3", b"site") for uid in (one, other)}
    assert len(keys) == len({one, other})
    assert master not in keys
