"""Who we are now, out of the key store: whether the certificate is still good is another question."""

from dataclasses import dataclass, field
from datetime import datetime

from firmware.mesh.tls import chain_der, validity
from firmware.pairing.applicant import OwnKeys, own_keys
from firmware.pairing.names import CHAIN
from firmware.vault.identity import Identity, TrustAnchor
from hal.ports.key_store import KeyStore


@dataclass(frozen=True, slots=True)
class Member:
    """An identity with its keys, and the CA that is pinned (PEM)."""

    identity: Identity
    chain_pem: bytes = field(repr=False)
    keys: OwnKeys = field(repr=False)
    ca_pem: bytes = field(repr=False)

    @property
    def chain(self) -> tuple[bytes, ...]:
        """The certificates in DER, leaf first."""
        return chain_der(self.chain_pem)


def member(store: KeyStore, ca_pem: bytes, now: datetime) -> Member:
    """Whoever the key store says we are, under this CA, though it may have run out. Raises `IdentityError`,
    `IdentityUnusableError`, what the key store raises."""
    chain_pem = store.load(CHAIN)
    identity = proven(ca_pem, chain_der(chain_pem), now)
    return Member(identity, chain_pem, own_keys(store, identity.kind, identity.id), ca_pem)


def proven(ca_pem: bytes, chain: tuple[bytes, ...], now: datetime) -> Identity:
    """The identity of a chain at the moment nearest to now at which it was valid. Raises as `member`."""
    start, end = validity(chain[0])
    return TrustAnchor(ca_pem).identify(chain, min(max(now, start), end))
