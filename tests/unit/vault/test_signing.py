"""Signatures: for one message, under one label, by one key."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from firmware.vault import signing
from firmware.vault.identity import Kind
from firmware.vault.signing import SignatureError, Signer
from tests.support.pki import NOW, Pki

PKI = Pki()
STATION = PKI.holder(Kind.STATION, "station-1")
IDENTITY = PKI.anchor.identify(STATION.chain, NOW)
SIGNATURE = STATION.signer.sign(signing.SESSION, b"message")


def test_a_signature_is_verified() -> None:
    signing.verify(IDENTITY, signing.SESSION, b"message", SIGNATURE)


def test_the_same_message_has_the_same_signature() -> None:
    assert STATION.signer.sign(signing.SESSION, b"message") == SIGNATURE


@pytest.mark.parametrize(
    ("label", "message", "signature"),
    [
        (signing.SESSION, b"messages", SIGNATURE),
        (signing.EPOCH, b"message", SIGNATURE),
        (signing.SESSION + b"\x00m", b"essage", SIGNATURE),
        (signing.SESSION, b"message", b""),
        (signing.SESSION, b"message", SIGNATURE + b"\x00"),
        (signing.SESSION, b"message", PKI.holder(Kind.STATION, "other").signer.sign(signing.SESSION, b"message")),
    ],
)
def test_anything_else_is_refused(label: bytes, message: bytes, signature: bytes) -> None:
    with pytest.raises(SignatureError, match="signature-refused"):
        signing.verify(IDENTITY, label, message, signature)


def pem(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize(
    "key",
    [
        b"",
        b"hello",
        pem(ec.generate_private_key(ec.SECP384R1())),
        pem(ed25519.Ed25519PrivateKey.generate()),
    ],
)
def test_what_is_no_identity_key_is_refused(key: bytes) -> None:
    with pytest.raises(SignatureError, match="signing-key-malformed"):
        Signer(key)
