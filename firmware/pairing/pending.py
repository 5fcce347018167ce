"""The attempt that is under way, kept durably: after a power cut the same attempt goes on, with the same code."""

from dataclasses import dataclass, field

from firmware.pairing.applicant import Applicant
from firmware.pairing.names import PENDING
from firmware.vault.fields import FieldError, encode_object, encode_octets, read_object
from firmware.vault.pairing import NONCE_BYTES, commitment
from hal.ports.errors import KeyMissingError
from hal.ports.key_store import KeyStore
from hal.ports.random_source import RandomSource

_FIELDS = ("v", "kind", "name", "url", "users", "nonce")
_MOST_BYTES = 16 * 1024


@dataclass(frozen=True, slots=True)
class Pending:
    """Our nonce, secret until the mesh has told its own."""

    nonce: bytes = field(repr=False)

    @property
    def commitment(self) -> bytes:
        """What is sent first."""
        return commitment(self.nonce)


def begun(store: KeyStore, applicant: Applicant, random: RandomSource) -> Pending:
    """The attempt that this applicant has under way, or a new one, which is kept before this returns."""
    nonce = _stored(store, applicant)
    if nonce is None:
        nonce = random.token(NONCE_BYTES)
        store.store(PENDING, encode_object({**_about(applicant), "nonce": encode_octets(nonce)}))
    return Pending(nonce)


def ended(store: KeyStore) -> None:
    """The attempt is over: the next one has another nonce and another code."""
    store.destroy(PENDING)


def _stored(store: KeyStore, applicant: Applicant) -> bytes | None:
    """The nonce, if what is stored can be read and is about the same; it is ours, so whatever else it is, is stale."""
    try:
        raw = store.load(PENDING)
        fields = read_object(raw[:_MOST_BYTES], _FIELDS)
        if {name: fields.value(name) for name in _FIELDS[:-1]} != _about(applicant):
            return None
        return fields.octets("nonce", shortest=NONCE_BYTES, longest=NONCE_BYTES)
    except (KeyMissingError, FieldError):
        return None


def _about(applicant: Applicant) -> dict[str, object]:
    users = sorted(applicant.users)
    return {"v": 1, "kind": applicant.kind.value, "name": applicant.name, "url": applicant.url, "users": users}
