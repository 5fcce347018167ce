"""TLS to the mesh: version 1.3 only, mutual, the organisation's CA and no other, a server that is a vault or node."""

import os
import re
import ssl
import sys
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cryptography import x509

from firmware.errors import LockgateError
from hal.ports.key_store import KeyStore

MESH_KINDS = frozenset({"vault", "node"})
"""Who may answer as the mesh: a station or client of the same organisation has a valid certificate too."""

_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
_NAME = re.compile(r"spiffe://[^/]+/([a-z]+)/[^/]+")
_MAX_CHAIN = 4


class IdentityUnusableError(LockgateError):
    """Our own key, certificate chain or CA file is not what it should be."""

    code = "identity-unusable"


def station_context(keys: KeyStore, ca_pem: bytes) -> ssl.SSLContext:
    """The context of a station: `identity.key` and `identity.chain` of its key store, the CA to pin in PEM. Raises
    IdentityUnusableError, and what the key store raises."""
    context = client_context(ca_pem)
    load_identity(context, keys.load("identity.chain"), keys.load("identity.key"))
    return context


def client_context(ca_pem: bytes) -> ssl.SSLContext:
    """A context that trusts servers under this CA alone, by host name or address and by kind; no identity yet."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # verifies chain and host name
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_STRICT  # RFC 5280 to the letter
    context.hostname_checks_common_name = False
    context.sslobject_class = _MeshObject
    context.sslsocket_class = _MeshSocket
    try:
        context.load_verify_locations(cadata=ca_pem.decode("ascii"))
    except (ssl.SSLError, UnicodeDecodeError, ValueError) as exc:
        raise IdentityUnusableError("the CA file holds no certificates") from exc
    return context


def load_identity(context: ssl.SSLContext, chain_pem: bytes, key_pem: bytes) -> None:
    """Give the context our certificates (leaf first) and key. OpenSSL only reads files; a file in memory keeps a key
    that is sealed at rest off every disk. Raises IdentityUnusableError."""
    if sys.platform != "linux":  # pragma: no cover - stations are Linux; others hand OpenSSL their own files
        raise IdentityUnusableError("keys can be loaded from memory on Linux only")
    chain, key = os.memfd_create("chain"), os.memfd_create("key")
    try:
        _fill(chain, chain_pem)
        _fill(key, key_pem)
        load_identity_files(context, f"/proc/self/fd/{chain}", f"/proc/self/fd/{key}")
    finally:
        os.close(chain)
        os.close(key)


def load_identity_files(context: ssl.SSLContext, chain_path: str, key_path: str) -> None:
    """The same from two PEM files."""
    try:
        # A password would be asked for on the terminal; an encrypted key is refused instead.
        context.load_cert_chain(chain_path, key_path, password="")
    except (ssl.SSLError, ValueError) as exc:
        raise IdentityUnusableError("certificate and key are unreadable or do not belong together") from exc


def chain_der(chain_pem: bytes) -> tuple[bytes, ...]:
    """The certificates of a PEM file as DER, in the order of the file: 1 to 4. Raises IdentityUnusableError."""
    found = _PEM.findall(chain_pem)
    if not 0 < len(found) <= _MAX_CHAIN:
        raise IdentityUnusableError("the chain holds no or too many certificates")
    try:
        return tuple(ssl.PEM_cert_to_DER_cert(pem.decode("ascii")) for pem in found)
    except ValueError as exc:
        raise IdentityUnusableError("the chain is not PEM") from exc


def validity(certificate: bytes) -> tuple[datetime, datetime]:
    """From when to when (aware, UTC) a DER certificate is valid. Raises IdentityUnusableError."""
    try:
        parsed = x509.load_der_x509_certificate(certificate)
    except ValueError as exc:
        raise IdentityUnusableError("not a certificate") from exc
    return parsed.not_valid_before_utc, parsed.not_valid_after_utc


def _fill(descriptor: int, content: bytes) -> None:
    """Write all of a small secret to a memory file; the kernel takes it at once."""
    with os.fdopen(os.dup(descriptor), "wb") as file:
        file.write(content)


def _require_mesh(certificate: Mapping[str, Any] | None) -> None:
    """Refuse a peer whose SPIFFE name is not that of a vault or node; `certificate` as SSLObject.getpeercert gives."""
    names = [value for kind, value in (certificate or {}).get("subjectAltName", ()) if kind == "URI"]
    kinds = [match[1] for name in names if (match := _NAME.fullmatch(name))]
    if len(kinds) != 1 or kinds[0] not in MESH_KINDS:
        raise ssl.SSLCertVerificationError("the certificate is not that of a vault or node")


class _MeshObject(ssl.SSLObject):
    """asyncio's TLS: the kind is checked inside the handshake, before a byte of a request is sent."""

    def do_handshake(self) -> None:
        super().do_handshake()
        _require_mesh(self.getpeercert())


class _MeshSocket(ssl.SSLSocket):
    """The blocking sockets' TLS, with the same check."""

    def do_handshake(self, block: bool = False) -> None:
        super().do_handshake(block)
        _require_mesh(self.getpeercert())
