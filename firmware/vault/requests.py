"""Certificate requests (PKCS #10, RFC 2986), made from keys that stay here; and what was issued, compared to them."""

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID

from firmware.vault.identity import Identity, IdentityError, box_key_extension, is_id
from firmware.vault.signing import Signer


def certificate_request(key_pem: bytes, name: str, box_key: bytes | None = None) -> bytes:
    """A request in DER for the identity key (PEM), with the holder's id as common name; `box_key`, a raw X25519 public
    key, is asked for as an extension (extensionRequest, RFC 2985 5.4.2). Signed deterministically: the same keys
    always give the same request. Raises `IdentityError`, `SignatureError`."""
    if not is_id(name):
        raise IdentityError("not a holder's id", code="identity-malformed")
    Signer(key_pem)  # says what is wrong with a key that is none
    key = serialization.load_pem_private_key(key_pem, password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)  # noqa: S101 - Signer has refused every other kind
    builder = x509.CertificateSigningRequestBuilder().subject_name(
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    )
    if box_key is not None:
        builder = builder.add_extension(box_key_extension(box_key), critical=False)
    return builder.sign(key, SHA256(), ecdsa_deterministic=True).public_bytes(serialization.Encoding.DER)


def is_certified(identity: Identity, key_pem: bytes, box_key: bytes | None) -> bool:
    """Whether a certificate is for exactly these keys: the private identity key (PEM), the raw public box key."""
    certified = identity.public_key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return certified == Signer(key_pem).public_key_pem and identity.box_key == box_key
