"""The organisation's certificate authority: makes its root, and certificates for stations, clients and the mesh."""

import ipaddress
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Self

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from firmware.vault.identity import Kind, box_key_extension, holder_uri, org_uri, user_uri
from firmware.vault.signing import DENY_LIST, Signer, new_identity_key

Token = Callable[[int], bytes]
"""So many fresh random bytes."""

CERTIFICATE_LIFETIME = timedelta(hours=24)
CA_LIFETIME = timedelta(days=3650)
_BACKDATE = timedelta(minutes=5)  # a box whose clock is a little behind can use its certificate at once
_SERVERS = frozenset({Kind.VAULT, Kind.NODE, Kind.ORG, Kind.REGISTRAR})


class CaError(Exception):
    """A request the CA cannot sign (no ECDSA P-256 key, or not signed with it), or a CA whose files are no good."""


@dataclass(frozen=True, slots=True)
class Ca:
    """A root of one organisation. Its private key signs certificates and deny lists, and nothing else."""

    org_id: str
    certificate: x509.Certificate = field(repr=False)
    _key: ec.EllipticCurvePrivateKey = field(repr=False)
    _token: Token = field(repr=False, default=secrets.token_bytes)

    @classmethod
    def create(
        cls,
        org_id: str,
        *,
        now: datetime,
        lifetime: timedelta = CA_LIFETIME,
        key_pem: bytes = b"",
        token: Token = secrets.token_bytes,
    ) -> Self:
        """A new self-signed root named `spiffe://<org_id>`, on a fresh key unless `key_pem` gives one; its serial
        numbers come from `token`."""
        key = _private(key_pem or new_identity_key())
        name = _subject(org_id, "Lockgate CA")
        builder = _builder(name, name, key.public_key(), *_validity(now, lifetime)).serial_number(_serial(token))
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
        builder = builder.add_extension(_usage(ca=True), critical=True)
        builder = builder.add_extension(_names([org_uri(org_id)], []), critical=False)
        return cls(org_id, _signed(builder, key), key, token)

    @classmethod
    def load(cls, certificate_pem: bytes, key_pem: bytes) -> Self:
        """The CA kept as two PEM files. Raises `CaError` when they are unreadable or do not belong together."""
        try:
            certificate, key = x509.load_pem_x509_certificate(certificate_pem), _private(key_pem)
        except ValueError as exc:
            raise CaError("the CA's files are unreadable") from exc
        try:
            public_key = certificate.public_key()
            names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            (uri,) = names.get_values_for_type(x509.UniformResourceIdentifier)
        except (ValueError, TypeError, x509.ExtensionNotFound, x509.DuplicateExtension, UnsupportedAlgorithm) as exc:
            raise CaError("the CA's certificate is none of ours") from exc
        if public_key != key.public_key():
            raise CaError("the CA's key is not its certificate's")
        return cls(uri.removeprefix("spiffe://"), certificate, key)

    @property
    def certificate_pem(self) -> bytes:
        """What everybody in the organisation pins."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def der(self) -> bytes:
        """The certificate as it travels."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def private_key_pem(self) -> bytes:
        """The secret to keep (PKCS #8, unencrypted)."""
        return self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    def sign_deny_list(self, raw: bytes) -> bytes:
        """The CA's own signature (DER) over an issue of the deny list: no role can make one."""
        return Signer(self.private_key_pem).sign(DENY_LIST, raw)

    def issue(
        self,
        request: bytes,
        *,
        kind: Kind,
        holder_id: str,
        now: datetime,
        lifetime: timedelta = CERTIFICATE_LIFETIME,
        users: Iterable[str] = (),
        box_key: bytes | None = None,
        hosts: Iterable[str] = (),
        after: datetime | None = None,
    ) -> list[bytes]:
        """A certificate chain (DER, leaf first, without the root) for the key in `request`, which is a PKCS #10
        request or a bare public key, in PEM. Of a request only the key is taken, after its signature was checked.
        `hosts` are DNS names or IP addresses at which a vault, node or org service answers. It is valid from a few
        minutes before `now`, but not from `after` or earlier: what was denied then stays denied. Raises `CaError`."""
        public_key = _requested(request)
        uris = [holder_uri(self.org_id, kind, holder_id), *(user_uri(self.org_id, user) for user in sorted(users))]
        subject = _subject(self.org_id, holder_id)
        validity = _validity(now, lifetime, after)
        builder = _builder(subject, self.certificate.subject, public_key, *validity)
        builder = builder.serial_number(_serial(self._token))
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(_usage(ca=False), critical=True)
        builder = builder.add_extension(_purposes(kind), critical=False)
        builder = builder.add_extension(_names(uris, hosts), critical=False)
        if box_key is not None:
            builder = builder.add_extension(box_key_extension(box_key), critical=False)
        return [_signed(builder, self._key).public_bytes(serialization.Encoding.DER)]


def chain_pem(chain: Iterable[bytes]) -> bytes:
    """A chain of DER certificates as the PEM file the key store keeps (`identity.chain`)."""
    return b"".join(x509.load_der_x509_certificate(der).public_bytes(serialization.Encoding.PEM) for der in chain)


def _requested(request: bytes) -> ec.EllipticCurvePublicKey:
    try:
        if b"CERTIFICATE REQUEST" not in request:
            return _p256(serialization.load_pem_public_key(request))
        csr = x509.load_pem_x509_csr(request)
        if not csr.is_signature_valid:
            raise CaError("the request is not signed with its own key")
        return _p256(csr.public_key())
    except ValueError as exc:
        raise CaError("not a certificate request or public key") from exc


def _p256(key: object) -> ec.EllipticCurvePublicKey:
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise CaError("not an ECDSA P-256 key")
    return key


def _private(key_pem: bytes) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(key_pem, password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise CaError("not an elliptic curve key")
    return key


def _serial(token: Token) -> int:
    """Positive, 16 bytes, 126 bits of them chance (RFC 5280 4.1.2.2)."""
    return int.from_bytes(token(16), "big") >> 1 | 1 << 126


def _subject(org_id: str, name: str) -> x509.Name:
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, org_id), x509.NameAttribute(NameOID.COMMON_NAME, name)]
    )


def _names(uris: Iterable[str], hosts: Iterable[str]) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName(
        [*(x509.UniformResourceIdentifier(uri) for uri in uris), *(_host(host) for host in hosts)]
    )


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _purposes(kind: Kind) -> x509.ExtendedKeyUsage:
    """Everybody is a TLS client; only the mesh's own services are servers."""
    servers = [ExtendedKeyUsageOID.SERVER_AUTH] if kind in _SERVERS else []
    return x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, *servers])


def _usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca,
        key_cert_sign=ca,
        crl_sign=ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _validity(now: datetime, lifetime: timedelta, after: datetime | None = None) -> tuple[datetime, datetime]:
    start = now.astimezone(UTC).replace(microsecond=0)
    begins = start - _BACKDATE if after is None else max(start - _BACKDATE, after + timedelta(seconds=1))
    return begins, start + lifetime


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, begins: datetime, ends: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _signed(builder: x509.CertificateBuilder, key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
    return builder.add_extension(authority, critical=False).sign(key, SHA256(), ecdsa_deterministic=True)
