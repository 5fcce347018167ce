"""TLS to the mesh: version 1.3 only, mutual, the organisation's CA and no other, a server of the mesh."""

import os
import re
import ssl
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from cryptography import x509

from firmware.errors import LockgateError
from hal.ports.key_store import KeyStore

MESH_KINDS = frozenset({"vault", "node", "registrar"})
"""Who may answer as the mesh: a station or client of the same organisation has a valid certificate too."""

NO_CHECK_TIME = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME of OpenSSL: it knows no time but the system's, which a station does not believe."""

PeerCheck = Callable[[bytes], object]
"""Judges a server by its certificate (DER), whose chain to the CA and whose host name are right, and whose validity
nobody has looked at. Raises `LockgateError` to refuse it. Called in any thread."""

_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
_NAME = re.compile(r"spiffe://[^/]+/([a-z]+)/[^/]+")
_MAX_CHAIN = 4


class Peers:
    """Whom connections may be open to: judged at each handshake, and once more whenever `news` counts on (another deny
    list), for a connection may outlive its peer's good standing."""

    def __init__(self, check: PeerCheck, news: Callable[[], int]) -> None:
        self._check, self._news = check, news
        self._heard = news()
        self._seen: set[bytes] = set()

    def judge(self, certificate: bytes) -> None:
        """As a `PeerCheck`."""
        self._check(certificate)
        self._seen.add(certificate)

    def have_fallen(self) -> bool:
        """Whether one of them would not be accepted any more; told once."""
        if self._heard == (heard := self._news()):
            return False
        self._heard, seen = heard, set(self._seen)
        fallen = {certificate for certificate in seen if not self._accepts(certificate)}
        self._seen -= fallen
        return bool(fallen)

    def _accepts(self, certificate: bytes) -> bool:
        try:
            self._check(certificate)
        except LockgateError:
            return False
        return True


class IdentityUnusableError(LockgateError):
    """Our own key, certificate chain or CA file is not what it should be."""

    code = "identity-unusable"


def station_context(keys: KeyStore, ca_pem: bytes, check: PeerCheck) -> ssl.SSLContext:
    """The context of a station: `identity.key` and `identity.chain` of its key store, the CA to pin in PEM, and the
    judge of whoever answers. Raises IdentityUnusableError, and what the key store raises."""
    context = client_context(ca_pem)
    leave_time_to(context, check)
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


def leave_time_to(context: ssl.SSLContext, check: PeerCheck) -> None:
    """Have `check` judge each peer within the handshake, before a byte of a request is sent; the system's calendar
    does not count then."""

    class CheckedObject(ssl.SSLObject):
        """asyncio's TLS."""

        def do_handshake(self) -> None:
            super().do_handshake()
            _judge(check, self.getpeercert(binary_form=True))

    class CheckedSocket(ssl.SSLSocket):
        """The blocking sockets' TLS."""

        def do_handshake(self, block: bool = False) -> None:
            super().do_handshake(block)
            _judge(check, self.getpeercert(binary_form=True))

    context.sslobject_class, context.sslsocket_class = CheckedObject, CheckedSocket
    context.verify_flags = ssl.VerifyFlags(context.verify_flags | NO_CHECK_TIME)


def _judge(check: PeerCheck, certificate: bytes | None) -> None:
    try:
        check(certificate or b"")
    except LockgateError as exc:
        raise ssl.SSLCertVerificationError(str(exc)) from exc


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
    """Refuse a peer that is not of MESH_KINDS by its SPIFFE name; `certificate` as SSLObject.getpeercert gives it."""
    names = [value for kind, value in (certificate or {}).get("subjectAltName", ()) if kind == "URI"]
    kinds = [match[1] for name in names if (match := _NAME.fullmatch(name))]
    if len(kinds) != 1 or kinds[0] not in MESH_KINDS:
        raise ssl.SSLCertVerificationError("the certificate is not that of a vault, node or registrar")


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
