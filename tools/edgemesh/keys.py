"""A role's own secrets in its own directory: identity, chain, box key; made once, private to us."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from firmware.mesh.tls import chain_der
from firmware.vault.boxes import new_box_key, public_box_key
from firmware.vault.identity import Kind
from firmware.vault.signing import Signer, new_identity_key
from hal.drivers.file_key_store import FileKeyStore
from tools.edgemesh.ca import Ca, chain_pem

LIFETIME = timedelta(days=365)
"""Of certificates that an administrator's command issues; paired stations get short ones."""


@dataclass(frozen=True, slots=True)
class RoleKeys:
    """Who a role (or a station, or a client) is. Keys are PEM (identity) and 32 raw bytes (box); `chain` is DER."""

    id: str
    identity_key: bytes = field(repr=False)
    box_key: bytes = field(repr=False)
    chain: tuple[bytes, ...] = field(repr=False)

    @property
    def signer(self) -> Signer:
        return Signer(self.identity_key)


def issue(
    ca: Ca, kind: Kind, holder_id: str, now: datetime, *, users: Iterable[str] = (), hosts: Iterable[str] = ()
) -> RoleKeys:
    """Fresh keys with a certificate."""
    identity_key, box_key = new_identity_key(), new_box_key()[0]
    chain = ca.issue(
        Signer(identity_key).public_key_pem,
        kind=kind,
        holder_id=holder_id,
        now=now,
        lifetime=LIFETIME,
        users=users,
        box_key=public_box_key(box_key),
        hosts=hosts,
    )
    return RoleKeys(holder_id, identity_key, box_key, tuple(chain))


def write(directory: Path, keys: RoleKeys) -> FileKeyStore:
    """As the files a key store keeps: `identity.key`, `identity.chain`, `box.key`."""
    store = FileKeyStore(directory)
    store.store("identity.key", keys.identity_key)
    store.store("identity.chain", chain_pem(keys.chain))
    store.store("box.key", keys.box_key)
    return store


def read(directory: Path, holder_id: str) -> RoleKeys:
    """What `write` wrote. Raises `KeyMissingError`, `StorageError`."""
    store = FileKeyStore(directory)
    chain = chain_der(store.load("identity.chain"))
    return RoleKeys(holder_id, store.load("identity.key"), store.load("box.key"), chain)
