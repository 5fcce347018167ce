"""Sealing: round trips, a vector made by hand from the specification of the file, and any bytes at all."""

import base64
import re

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from hal.drivers.sealing import HEADER_BYTES, MAGIC, MAX_BYTES, Sealer, parse_key
from hal.ports.errors import DeviceError, KeyDamagedError, KeySealedError

KEY = bytes(range(32))
ID = HKDF(SHA256(), 8, salt=None, info=b"lockgate/v1/kek-id").derive(KEY)
NAMES = st.from_regex(r"[a-z0-9][a-z0-9.-]{0,40}", fullmatch=True)


@given(NAMES, st.binary(max_size=5000))
def test_what_is_sealed_opens(name: str, secret: bytes) -> None:
    sealed = Sealer(KEY).seal(name, secret)
    assert Sealer(KEY).open(name, sealed) == secret
    assert len(sealed) == HEADER_BYTES + len(secret) + 16


def test_the_file_is_as_its_description_says() -> None:
    nonce = bytes(12)
    sealed = MAGIC + ID + nonce + AESGCM(KEY).encrypt(nonce, b"secret", MAGIC + ID + b"box.key")
    assert Sealer(KEY).open("box.key", sealed) == b"secret"
    assert MAGIC == b"lockgate-sealed/1\n"


def test_no_nonce_comes_twice() -> None:
    sealer = Sealer(KEY)
    assert len({sealer.seal("box.key", b"")[len(MAGIC) + 8 : HEADER_BYTES] for _ in range(1000)}) == 1000


@given(NAMES, st.binary(max_size=200) | st.binary(max_size=200).map(lambda rest: MAGIC + ID + rest))
def test_any_bytes_are_refused_with_a_code(name: str, data: bytes) -> None:
    with pytest.raises(DeviceError) as caught:
        Sealer(KEY).open(name, data)
    assert caught.value.code in ("key-damaged", "key-sealed")
    assert name in str(caught.value)


@given(NAMES, st.binary(max_size=100), st.data())
def test_any_changed_bit_is_found(name: str, secret: bytes, data: st.DataObject) -> None:
    sealed = bytearray(Sealer(KEY).seal(name, secret))
    at = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[at // 8] ^= 1 << at % 8
    with pytest.raises((KeyDamagedError, KeySealedError)):
        Sealer(KEY).open(name, bytes(sealed))


@given(NAMES, NAMES)
def test_a_name_is_bound(name: str, other: str) -> None:
    sealed = Sealer(KEY).seal(name, b"secret")
    if name == other:
        assert Sealer(KEY).open(other, sealed) == b"secret"
    else:
        with pytest.raises(KeyDamagedError):
            Sealer(KEY).open(other, sealed)


def test_another_key_is_told_from_damage() -> None:
    with pytest.raises(KeySealedError, match="another key"):
        Sealer(bytes(32)).open("box.key", Sealer(KEY).seal("box.key", b"secret"))


def test_a_huge_file_is_not_opened() -> None:
    sealed = Sealer(KEY).seal("box.key", bytes(MAX_BYTES))
    with pytest.raises(KeyDamagedError):
        Sealer(KEY).open("box.key", sealed)


def test_a_sealer_does_not_print_its_key() -> None:
    assert KEY.hex() not in repr(Sealer(KEY))
    assert repr(KEY) not in repr(Sealer(KEY))


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_key_has_32_bytes(length: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Sealer(bytes(length))


@given(st.binary(max_size=100) | st.binary(min_size=30, max_size=34).map(base64.b64encode))
def test_a_credential_is_a_key_or_refused(raw: bytes) -> None:
    if _is_key(raw):
        assert len(parse_key(raw)) == 32
    else:
        with pytest.raises(ValueError, match=r"^not 32 bytes, raw or in base64$"):
            parse_key(raw)


def _is_key(raw: bytes) -> bool:
    return len(raw) == 32 or re.fullmatch(rb"\s*[A-Za-z0-9+/]{43}=\s*", raw) is not None
