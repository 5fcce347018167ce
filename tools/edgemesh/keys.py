"""A role's own secrets in its own directory: identity, chain, box key; made once, private to us."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from firmware.mesh.tls import chain_der, validity
from firmware.vault.boxes import new_box_key, public_box_key
from firmware.vault.identity import Identity, Kind, TrustAnchor
from firmware.vault.signing import Signer, new_identity_key
from hal.drivers.file_key_store import FileKeyStore, open_directory
from hal.ports.key_store import KeyStore
from tools.edgemesh.ca import CERTIFICATE_LIFETIME, Ca, chain_pem
from tools.edgemesh.signed import Signed

WITH_BOX = frozenset({Kind.STATION, Kind.VAULT, Kind.NODE})
"""Who opens boxes: their certificates say to which key those are sealed."""
RENEWED_AFTER = 2 / 3
"""Of a certificate's life."""
Store = TypeVar("Store", bound=KeyStore)
_ANY_TIME = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class RoleKeys:
    """Who a role (or a station, or a client) is. Keys are PEM (identity) and 32 raw bytes (box), for ever; `chain` is
    DER, and is replaced at each renewal: whoever needs it asks for it anew."""

    id: str
    identity_key: bytes = field(repr=False)
    box_key: bytes = field(repr=False)
    chain: tuple[bytes, ...] = field(repr=False)
    signer: Signer = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.signer = Signer(self.identity_key)

    def sign(self, label: bytes, raw: bytes) -> Signed:
        """A document of ours as others are shown it."""
        return Signed(raw, self.signer.sign(label, raw), self.chain)

    def proven(self, anchor: TrustAnchor) -> Identity:
        """Who the chain says we are, at whatever time it is or was valid. Raises `IdentityError`."""
        return anchor.identify(self.chain, _ANY_TIME, or_later=True)


def issue(
    ca: Ca,
    kind: Kind,
    holder_id: str,
    now: datetime,
    *,
    users: Iterable[str] = (),
    hosts: Iterable[str] = (),
    lifetime: timedelta = CERTIFICATE_LIFETIME,
    after: datetime | None = None,
) -> RoleKeys:
    """Fresh keys with a certificate, as `Ca.issue` makes it."""
    identity_key, box_key = new_identity_key(), new_box_key()[0]
    chain = ca.issue(
        Signer(identity_key).public_key_pem,
        kind=kind,
        holder_id=holder_id,
        now=now,
        lifetime=lifetime,
        users=users,
        box_key=public_box_key(box_key) if kind in WITH_BOX else None,
        hosts=hosts,
        after=after,
    )
    return RoleKeys(holder_id, identity_key, box_key, tuple(chain))


def renewal_due(chain: tuple[bytes, ...], now: datetime, spread: timedelta = timedelta()) -> bool:
    """Whether two thirds of the leaf's life are over, and `spread` beyond: so that not all renew at one moment. A leaf
    that is of the future (by a clock that was wrong) is due at once."""
    begins, ends = validity(chain[0])
    return not begins <= now < min(begins + (ends - begins) * RENEWED_AFTER + spread, ends)


def install(directory: Path, keys: RoleKeys) -> KeyStore:
    """Into a role's own key store, sealed where systemd hands us a credential for it: `identity.key`, `identity.chain`,
    `box.key`. Raises `DeviceError`."""
    return _stored(open_directory(directory), keys)


def write(directory: Path, keys: RoleKeys) -> FileKeyStore:
    """The same as plain files, for whoever takes them to another machine."""
    return _stored(FileKeyStore(directory), keys)


def _stored(store: Store, keys: RoleKeys) -> Store:
    store.store("identity.key", keys.identity_key)
    store.store("identity.chain", chain_pem(keys.chain))
    store.store("box.key", keys.box_key)
    return store


def keep_chain(directory: Path, chain: tuple[bytes, ...]) -> None:
    """Replace the chain that `install` wrote: a renewed certificate for the same key."""
    open_directory(directory).store("identity.chain", chain_pem(chain))


def read(directory: Path, holder_id: str) -> RoleKeys:
    """What `install` wrote. Raises `DeviceConfigError`, `KeyMissingError`, `KeySealedError`, `StorageError`."""
    store = open_directory(directory)
    chain = chain_der(store.load("identity.chain"))
    return RoleKeys(holder_id, store.load("identity.key"), store.load("box.key"), chain)
