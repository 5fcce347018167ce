"""Who a certificate chain says it is: SPIFFE-style names, the box key, and path validation to a trust anchor."""

import hashlib
import re
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from urllib.parse import quote, unquote

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import verification

from firmware.errors import LockgateError

BOX_KEY_OID = x509.ObjectIdentifier("2.25.147697035204237549093053953560465452609")
"""Private, non-critical extension: a DER OCTET STRING with the holder's raw X25519 public key (32 bytes). The arc is
a UUID's (ITU-T X.667), so it needs no registration."""

MAX_CHAIN = 3
REMEMBERED = 1024
"""Chains whose path was found valid, kept so that it is not proven anew at each request."""
MAX_CERTIFICATE_BYTES = 16 * 1024
_MAX_INTERMEDIATES = 1
_OCTET_STRING_32 = b"\x04\x20"
_SCHEME = "spiffe://"
_ORG = re.compile(r"[a-z0-9][a-z0-9.-]{0,62}")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_MAX_USER = 128
UNREADABLE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
"""All that the library raises, early or late, over bytes that are almost a certificate or a request for one."""


class IdentityError(LockgateError):
    """Codes: `identity-untrusted` (no path to the anchor), `identity-expired` (outside the certificate's validity),
    `identity-malformed` (not a certificate of ours)."""

    code = "identity-untrusted"


class Kind(StrEnum):
    """What a certificate's holder is in the organisation."""

    STATION = "station"
    CLIENT = "client"
    VAULT = "vault"
    NODE = "node"
    ORG = "org"
    REGISTRAR = "registrar"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Identity:
    """A proven name. `users` are the people a client may submit for, `box_key` is a raw X25519 public key,
    `fingerprint` the SHA-256 of the certificate's DER in hex, `not_before` and `not_after` its validity (UTC)."""

    org_id: str
    kind: Kind
    id: str
    users: frozenset[str] = field(repr=False)
    box_key: bytes | None = field(repr=False)
    fingerprint: str
    not_before: datetime
    not_after: datetime
    public_key: ec.EllipticCurvePublicKey = field(repr=False, compare=False)

    @property
    def name(self) -> str:
        """What deny lists and records call the holder: `station/lobby`."""
        return f"{self.kind}/{self.id}"


def is_org_id(text: str) -> bool:
    """Whether `text` can name an organisation: 1 to 63 of `a-z 0-9 . -`, a SPIFFE trust domain."""
    return _ORG.fullmatch(text) is not None


def is_id(text: str) -> bool:
    """Whether `text` can name a holder: 1 to 63 of `A-Z a-z 0-9 . _ -`, a SPIFFE path segment."""
    return _ID.fullmatch(text) is not None


def is_user(text: str) -> bool:
    """Whether `text` can name a person: 1 to 128 printable characters."""
    return 0 < len(text) <= _MAX_USER and text.isprintable()


def org_uri(org_id: str) -> str:
    """The name of this organisation's CA: `spiffe://<org_id>`, a SPIFFE trust domain without a path."""
    if not is_org_id(org_id):
        raise IdentityError("not an organisation's id", code="identity-malformed")
    return _SCHEME + org_id


def holder_uri(org_id: str, kind: Kind, holder_id: str) -> str:
    """The name of one holder, `spiffe://<org_id>/<kind>/<id>`."""
    if not is_id(holder_id):
        raise IdentityError("not a holder's id", code="identity-malformed")
    return f"{org_uri(org_id)}/{kind}/{holder_id}"


def user_uri(org_id: str, user: str) -> str:
    """The name of a person a client may submit for; what a URI does not allow in a segment is percent-encoded."""
    if not is_user(user):
        raise IdentityError("not a user's name", code="identity-malformed")
    return f"{org_uri(org_id)}/user/{quote(user, safe='')}"


def box_key_extension(box_key: bytes) -> x509.UnrecognizedExtension:
    """The certificate extension that carries a raw X25519 public key of 32 bytes."""
    if len(box_key) != 32:
        raise IdentityError("a box key has 32 bytes", code="identity-malformed")
    return x509.UnrecognizedExtension(BOX_KEY_OID, _OCTET_STRING_32 + box_key)


class TrustAnchor:
    """The organisation's CA certificates, in PEM; raises `IdentityError` when there are none."""

    def __init__(self, ca_pem: bytes) -> None:
        try:
            certificates = x509.load_pem_x509_certificates(ca_pem)
            self._store = verification.Store(certificates)
            self.ca_keys = tuple(_signing_key(certificate) for certificate in certificates)
            self._ends = min(certificate.not_valid_after_utc for certificate in certificates)
        except (TypeError, ValueError) as exc:
            raise IdentityError("no CA certificates there", code="identity-malformed") from exc
        self._proven: OrderedDict[tuple[bytes, ...], Identity] = OrderedDict()

    def identify(self, chain: Sequence[bytes], now: datetime, *, or_later: bool = False) -> Identity:
        """The identity proven by `chain` (DER, leaf first) at the aware time `now`: RFC 5280 path validation as for a
        TLS client, to a root that names the leaf's own organisation. With `or_later`, at some time from `now` on:
        what is not valid yet may be by then. Raises `IdentityError`."""
        key = tuple(chain)
        identity = self._proven.get(key) if now < self._ends else None
        if identity is None:
            identity = self._prove(chain, now)
            self._remember(key, identity)
        if now > identity.not_after or (now < identity.not_before and not or_later):
            raise IdentityError("outside its validity period", code="identity-expired")
        return identity

    def _remember(self, key: tuple[bytes, ...], identity: Identity) -> None:
        self._proven[key] = identity
        while len(self._proven) > REMEMBERED:
            self._proven.popitem(last=False)

    def _prove(self, chain: Sequence[bytes], now: datetime) -> Identity:
        leaf, *intermediates = _load(chain)
        identity = _read(leaf)
        # A stranger's certificate is untrusted before it is expired: so the path is judged at the moment nearest
        # to now at which the leaf was valid.
        moment = min(max(now, leaf.not_valid_before_utc), leaf.not_valid_after_utc)
        if _uris(self._root(leaf, intermediates, moment)) != [org_uri(identity.org_id)]:
            raise IdentityError("its CA is another organisation's")
        return identity

    def _root(self, leaf: x509.Certificate, intermediates: list[x509.Certificate], at: datetime) -> x509.Certificate:
        policy = verification.PolicyBuilder().store(self._store).time(at.astimezone(UTC))
        verifier = policy.max_chain_depth(_MAX_INTERMEDIATES).build_client_verifier()
        try:
            return verifier.verify(leaf, intermediates).chain[-1]
        except (verification.VerificationError, *UNREADABLE) as exc:
            raise IdentityError("no valid path to the organisation's CA") from exc


def _load(chain: Sequence[bytes]) -> list[x509.Certificate]:
    if not 0 < len(chain) <= MAX_CHAIN or any(len(der) > MAX_CERTIFICATE_BYTES for der in chain):
        raise IdentityError("no certificate, too many or too long", code="identity-malformed")
    try:
        return [x509.load_der_x509_certificate(der) for der in chain]
    except UNREADABLE as exc:
        raise IdentityError("not a certificate", code="identity-malformed") from exc


def _read(leaf: x509.Certificate) -> Identity:
    """What the leaf claims, in full; to be believed only once its path is valid."""
    try:
        org_id, kind, holder_id, users = _names(_uris(leaf))
        box_key, public_key = _box_key(leaf), _signing_key(leaf)
        fingerprint = hashlib.sha256(leaf.public_bytes(Encoding.DER)).hexdigest()
    except UNREADABLE as exc:
        raise IdentityError("not a certificate of a mesh", code="identity-malformed") from exc
    validity = leaf.not_valid_before_utc, leaf.not_valid_after_utc
    return Identity(org_id, kind, holder_id, users, box_key, fingerprint, *validity, public_key)


def _uris(certificate: x509.Certificate) -> list[str]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return []
    return names.value.get_values_for_type(x509.UniformResourceIdentifier)


def _names(uris: list[str]) -> tuple[str, Kind, str, frozenset[str]]:
    """The one holder named, and the people. Every name must be spelt exactly as we spell it. Raises `ValueError`."""
    people = [uri for uri in uris if "/user/" in uri]
    (holder,) = [uri for uri in uris if uri not in people]
    org_id, kind, holder_id = holder.removeprefix(_SCHEME).split("/")
    users = frozenset(unquote(uri.rsplit("/", 1)[1]) for uri in people)
    expected = {holder_uri(org_id, Kind(kind), holder_id)} | {user_uri(org_id, user) for user in users}
    if expected != set(uris) or (users and kind != Kind.CLIENT):
        raise ValueError
    return org_id, Kind(kind), holder_id, users


def _box_key(certificate: x509.Certificate) -> bytes | None:
    try:
        value = certificate.extensions.get_extension_for_oid(BOX_KEY_OID).value
    except x509.ExtensionNotFound:
        return None
    octets = value.public_bytes()
    if len(octets) != 34 or not octets.startswith(_OCTET_STRING_32):
        raise ValueError
    return octets[2:]


def _signing_key(certificate: x509.Certificate) -> ec.EllipticCurvePublicKey:
    key = certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise TypeError
    return key
