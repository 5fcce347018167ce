"""Whom and what this station believes: its identity, the trusted time, the deny list; and who may answer as mesh."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from firmware.config import Config
from firmware.mesh.tls import MESH_KINDS, chain_der
from firmware.trust import clock, denials
from firmware.trust.clock import TrustedClock, built
from firmware.trust.denials import KeptDenials
from firmware.vault.identity import Identity, IdentityError, Kind, TrustAnchor
from hal.board import Board
from hal.ports.storage import Storage

_ANY_TIME = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who this station is: proven by its own chain against the organisation's CA."""

    identity: Identity
    anchor: TrustAnchor
    chain: tuple[bytes, ...] = field(repr=False)
    box_key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Trust:
    """One for a life of the station; TLS, the mesh client, the deliveries and the keeper share it."""

    credentials: Credentials
    clock: TrustedClock
    denials: KeptDenials

    def check_peer(self, certificate: bytes) -> None:
        """Whoever answers (DER) is one of the mesh now, and is not denied. Before the first signed time: had not
        expired at the earliest moment that it can be. Raises `IdentityError`."""
        self._check(certificate, self.clock.now(), or_later=not self.clock.known)

    def check_timeless(self, certificate: bytes) -> None:
        """The same at whatever time, for connections that carry only what proves itself: a wrong time must not keep
        the right one out. Raises `IdentityError`."""
        self._check(certificate, _ANY_TIME, or_later=True)

    def _check(self, certificate: bytes, now: datetime, *, or_later: bool) -> None:
        peer = self.credentials.anchor.identify((certificate,), now, or_later=or_later)
        if peer.org_id != self.credentials.identity.org_id or peer.kind not in MESH_KINDS:
            raise IdentityError(f"the certificate of a {peer.kind}: it does not answer for this mesh")
        self.denials.refuse(peer)


def open_trust(board: Board, config: Config, earliest: datetime | None = None) -> Trust:
    """From key store, CA and medium; `earliest` is when the image was built, unless it says so itself. Raises
    `IdentityError`, `IdentityUnusableError`, `KeyMissingError`, `StorageError`."""
    trusted = TrustedClock(board.clock, board.storage, earliest=earliest or built())
    anchor = TrustAnchor(config.ca_pem)
    chain = chain_der(board.keys.load("identity.chain"))
    identity = anchor.identify(chain, trusted.now(), or_later=True)
    if identity.kind is not Kind.STATION:
        raise IdentityError(f"the certificate of a {identity.kind}, not of a station", code="identity-untrusted")
    trusted.at_least(identity.not_before)
    credentials = Credentials(identity, anchor, chain, board.keys.load("box.key"))
    return Trust(credentials, trusted, KeptDenials(board.storage, anchor, identity.org_id))


def forget(storage: Storage) -> None:
    """For a box that is unpaired: the last good time and the deny list, which were that organisation's word. Raises
    `StorageError`."""
    for name in (clock.FILE, denials.FILE):
        storage.remove(name)
