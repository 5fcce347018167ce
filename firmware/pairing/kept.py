"""What a pairing leaves in the key store, in an order that a power cut cannot spoil; and how it is all taken away."""

from dataclasses import dataclass, field

from firmware.mesh.decode import Fields, parse_json
from firmware.mesh.port import MeshProtocolError
from firmware.pairing.answers import Admission, pem
from firmware.pairing.errors import PairingError
from firmware.pairing.names import ANSWER, BOX_KEY, CA, CHAIN, KEY, PENDING, PROVISION
from firmware.vault.fields import encode_object
from hal.ports.errors import KeyMissingError
from hal.ports.key_store import KeyStore

_MOST_BYTES = 256 * 1024
_TABLE = (64, 128, 2048)
EVERYTHING = (KEY, BOX_KEY, PROVISION, PENDING, CHAIN, CA, ANSWER)
"""Keys first: once they are gone, the rest opens nothing."""


@dataclass(frozen=True, slots=True)
class Site:
    """What the mesh said at pairing. `url` is where we paired, `urls` where each role answers."""

    url: str
    config: dict[str, str] = field(repr=False, default_factory=dict)
    urls: dict[str, str] = field(repr=False, default_factory=dict)

    @property
    def registrar(self) -> str:
        """Where to renew."""
        return self.urls.get("registrar", self.url)


def is_paired(store: KeyStore) -> bool:
    """Whether this box has an identity: key and certificate. What else may be there is of an attempt or a leaving."""
    return _load(store, KEY) is not None and _load(store, CHAIN) is not None


def keep(store: KeyStore, url: str, admission: Admission) -> None:
    """Become paired. The certificate comes last: until it is there we are unpaired, and can go on where we were."""
    told = {"v": 1, "url": url, "config": admission.config, "urls": admission.urls}
    store.store(ANSWER, encode_object(told))
    store.store(CA, pem(admission.issued.ca))
    store.store(CHAIN, b"".join(map(pem, admission.issued.chain)))
    tidy(store)


def tidy(store: KeyStore) -> None:
    """Take away what was for pairing only: a power cut may have left it beside the certificate."""
    for name in (PENDING, PROVISION):
        store.destroy(name)


def unpair(store: KeyStore) -> None:
    """Destroy the identity and all that came with it. Can be repeated, should the power be cut in the middle."""
    for name in EVERYTHING:
        store.destroy(name)


def site(store: KeyStore) -> Site | None:
    """What the mesh said at pairing; None for a box whose keys were issued by hand. Raises `PairingError`."""
    raw = _load(store, ANSWER)
    if raw is None:
        return None
    try:
        fields = Fields(parse_json(raw[:_MOST_BYTES]), ANSWER)
        return Site(fields.text("url", 2048), fields.table("config", *_TABLE), fields.table("urls", *_TABLE))
    except MeshProtocolError as exc:
        raise PairingError(f"{ANSWER} in the key store is damaged: unpair, then pair again") from exc


def ca_pem(store: KeyStore) -> bytes:
    """The CA that was pinned at pairing. Raises `PairingError` when there is none."""
    found = _load(store, CA)
    if found is None:
        raise PairingError("no CA is pinned: pair first, or name its file in mesh.ca_file", code="unpaired")
    return found


def _load(store: KeyStore, name: str) -> bytes | None:
    try:
        return store.load(name)
    except KeyMissingError:
        return None
