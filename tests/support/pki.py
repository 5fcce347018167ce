"""A small certificate authority in memory, and holders of its certificates, for tests."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from firmware.vault import boxes
from firmware.vault.identity import Kind, TrustAnchor
from firmware.vault.signing import Signer, new_identity_key
from tools.edgemesh.ca import CERTIFICATE_LIFETIME, Ca, chain_pem

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
ORG = "org-1"


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody with a certificate: both private keys, and the chain (DER, leaf first)."""

    kind: Kind
    id: str
    key_pem: bytes = field(repr=False)
    chain: tuple[bytes, ...] = field(repr=False)
    box_private: bytes = field(repr=False)
    box_key: bytes = field(repr=False)

    @property
    def signer(self) -> Signer:
        return Signer(self.key_pem)

    def files(self) -> dict[str, bytes]:
        """What a key store holds of this identity, by name."""
        return {"identity.key": self.key_pem, "identity.chain": chain_pem(self.chain), "box.key": self.box_private}


class Pki:
    """One organisation. `make_key` makes identity keys and `make_box_key` raw private box keys, by holder's name."""

    def __init__(
        self,
        org_id: str = ORG,
        *,
        now: datetime = NOW,
        make_key: Callable[[str], bytes] = lambda _name: new_identity_key(),
        make_box_key: Callable[[str], bytes] = lambda _name: boxes.new_box_key()[0],
        ca: Ca | None = None,
    ) -> None:
        self.now = now
        self.ca = ca or Ca.create(org_id, now=now, key_pem=make_key("ca"))
        self.anchor = TrustAnchor(self.ca.certificate_pem)
        self._make_key, self._make_box_key = make_key, make_box_key

    def holder(
        self,
        kind: Kind,
        holder_id: str,
        *,
        users: Iterable[str] = (),
        hosts: Iterable[str] = (),
        now: datetime | None = None,
        lifetime: timedelta = CERTIFICATE_LIFETIME,
    ) -> Holder:
        """A new holder, certified from `now` (the organisation's own, unless given) for `lifetime`."""
        key_pem, box_private = self._make_key(holder_id), self._make_box_key(holder_id)
        box_key = boxes.public_box_key(box_private)
        chain = self.ca.issue(
            Signer(key_pem).public_key_pem,
            kind=kind,
            holder_id=holder_id,
            now=now or self.now,
            lifetime=lifetime,
            users=users,
            box_key=box_key,
            hosts=hosts,
        )
        return Holder(kind, holder_id, key_pem, tuple(chain), box_private, box_key)
