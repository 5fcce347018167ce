"""Who asks to be let in: a name, and keys that are made here and stay here."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

from firmware.pairing.names import BOX_KEY, CHAIN, KEY
from firmware.vault import boxes
from firmware.vault.identity import IdentityError, Kind, is_id, is_user
from firmware.vault.requests import certificate_request
from firmware.vault.signing import Signer, new_identity_key
from hal.ports.errors import KeyMissingError
from hal.ports.key_store import KeyStore

KINDS = frozenset({Kind.STATION, Kind.CLIENT, Kind.NODE, Kind.ADMIN})
WITH_BOX = frozenset({Kind.STATION, Kind.NODE})
"""Who opens boxes; a client and an administrator only sign."""
MOST_USERS = 16


@dataclass(frozen=True, slots=True)
class Applicant:
    """What is asked for. `users` are whom a client wants to submit for, `hosts` and `node_url` where a node answers.
    What is known of the mesh beforehand: `ca_pem` its CA, or `ca_fingerprint` the SHA-256 of it in hex; and a one-time
    `token`, which stands for an administrator's approval. Raises `IdentityError` for a name that cannot be one."""

    kind: Kind
    name: str
    url: str
    users: tuple[str, ...] = field(repr=False, default=())
    hosts: tuple[str, ...] = ()
    node_url: str = ""
    ca_pem: bytes = field(repr=False, default=b"")
    ca_fingerprint: str = ""
    token: str = field(repr=False, default="")

    def __post_init__(self) -> None:
        if self.kind not in KINDS or not is_id(self.name):
            raise IdentityError("a name is 1 to 63 of A-Z a-z 0-9 . _ -", code="identity-malformed")
        if len(self.users) > MOST_USERS or not all(map(is_user, self.users)):
            raise IdentityError("a person's name is 1 to 128 printable characters", code="identity-malformed")


@dataclass(frozen=True, slots=True)
class OwnKeys:
    """Our keys and the request for them. `box_public` is empty where the kind has no box key."""

    key_pem: bytes = field(repr=False)
    box_public: bytes = field(repr=False)
    csr: bytes = field(repr=False)


def prepared_keys(store: KeyStore, applicant: Applicant) -> OwnKeys:
    """The keys of a box that is not paired, made when it has none, and durable before this returns: a power cut at
    any moment later finds the same ones. Raises what the key store raises."""
    store.destroy(CHAIN)  # of keys that are gone: it must not stand beside fresh ones
    return own_keys(store, applicant.kind, applicant.name, make=True)


def own_keys(store: KeyStore, kind: Kind, name: str, *, make: bool = False) -> OwnKeys:
    """The keys as they are stored, made first where they are missing and `make` allows it."""
    if make:
        _make(store, KEY, new_identity_key)
        if kind in WITH_BOX:
            _make(store, BOX_KEY, lambda: boxes.new_box_key()[0])
    key_pem = store.load(KEY)
    public = boxes.public_box_key(store.load(BOX_KEY)) if kind in WITH_BOX else b""
    return OwnKeys(key_pem, public, certificate_request(key_pem, name, public or None))


def nameless(store: KeyStore) -> str:
    """What a station is called that nobody has named: by its key, which is made where it has none. Raises what the key
    store raises."""
    store.destroy(CHAIN)  # as above
    _make(store, KEY, new_identity_key)
    return f"station-{hashlib.sha256(Signer(store.load(KEY)).public_key_pem).hexdigest()[:8]}"


def _make(store: KeyStore, name: str, new: Callable[[], bytes]) -> None:
    try:
        store.load(name)
    except KeyMissingError:
        store.store(name, new())
