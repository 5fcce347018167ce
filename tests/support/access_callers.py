"""Everybody who may turn up at the mesh, with certificate chains: each kind, revoked, expired, strangers, impostors."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID

from firmware.vault import boxes
from firmware.vault.identity import Kind, holder_uri
from firmware.vault.signing import Signer, new_identity_key
from tools.docs.access import KINDS, STRANGERS
from tools.edgemesh.ca import Ca
from tools.edgemesh.keys import RoleKeys

PERSON = "ada"
NUMBER = 9
"""Of the second one of each kind: it has the first one's certificates in no store of the mesh."""


@dataclass(frozen=True, slots=True)
class Certified:
    """Makes callers of one organisation at one moment."""

    ca: Ca
    now: datetime

    def good(self, kind: str, number: int = 1, *users: str) -> RoleKeys:
        """A holder whose certificate began just now."""
        return _issued(self.ca, kind, f"{kind}-{number}", self.now, users or (PERSON,))

    def stranger(self, what: str, kind: str) -> RoleKeys:
        """One of `STRANGERS`, who claims to be the first of a kind."""
        if what == "expired":
            return _issued(self.ca, kind, f"{kind}-1", self.now, (PERSON,), lifetime=timedelta(minutes=-1))
        if what == "of another organisation":
            other = Ca.create(self.ca.org_id, now=self.now)
            return _issued(other, kind, f"{kind}-1", self.now, (PERSON,))
        assert what == "self-signed", what
        return _self_signed(self.ca.org_id, kind, self.now)

    def strangers(self) -> dict[tuple[str, str], RoleKeys]:
        """Every stranger as every kind."""
        return {(what, kind): self.stranger(what, kind) for what in STRANGERS for kind in KINDS}


def _issued(  # noqa: PLR0917 - one of each
    ca: Ca, kind: str, holder_id: str, now: datetime, users: tuple[str, ...], lifetime: timedelta = timedelta(days=1)
) -> RoleKeys:
    identity_key, (box_private, box_key) = new_identity_key(), boxes.new_box_key()
    of_client = users if kind == Kind.CLIENT else ()
    chain = ca.issue(
        Signer(identity_key).public_key_pem,
        kind=Kind(kind),
        holder_id=holder_id,
        now=now,
        lifetime=lifetime,
        users=of_client,
        box_key=box_key,
        hosts=("localhost", "127.0.0.1"),
    )
    return RoleKeys(holder_id, identity_key, box_private, tuple(chain))


def _self_signed(org_id: str, kind: str, now: datetime) -> RoleKeys:
    """Right in every word, and signed by nobody but itself."""
    identity_key = new_identity_key()
    key = serialization.load_pem_private_key(identity_key, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{kind}-1")])
    uri = x509.UniformResourceIdentifier(holder_uri(org_id, Kind(kind), f"{kind}-1"))
    start = now.astimezone(UTC).replace(microsecond=0)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start - timedelta(minutes=5))
        .not_valid_after(start + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([uri]), critical=False)
        .sign(key, SHA256())
    )
    der = certificate.public_bytes(serialization.Encoding.DER)
    return RoleKeys(f"{kind}-1", identity_key, boxes.new_box_key()[0], (der,))
