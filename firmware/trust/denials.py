"""The organisation's deny list as this station has it: kept on its medium, replaced by newer issues only."""

from datetime import datetime, timedelta

from firmware.vault.denials import DenyList, DenyListError, SignedDenyList
from firmware.vault.fields import FieldError, encode_object, encode_octets, read_object
from firmware.vault.identity import Identity, TrustAnchor
from firmware.vault.signing import SignatureError
from hal.ports.storage import Storage

FILE = "deny-list"
MAX_AGE = timedelta(hours=24)
"""How old the newest issue may be when a release is asked for; there is one each hour."""
_LIST_BYTES, _SIGNATURE_BYTES = 1024 * 1024, 128


class KeptDenials:
    """Denies nobody until it has its first list, and then no release is asked for either. Raises `StorageError`."""

    def __init__(self, storage: Storage, anchor: TrustAnchor, org_id: str) -> None:
        self._storage, self._anchor, self._org_id = storage, anchor, org_id
        kept = storage.read(FILE)
        self._current = self._read(kept) if kept is not None else None
        self.taken = 0
        """How many new issues were taken since the start."""
        self.damaged = kept is not None and self._current is None
        """Whether the list on the medium could not be read: it is fetched anew."""

    @property
    def current(self) -> DenyList | None:
        """The newest issue known."""
        return self._current

    def take(self, signed: SignedDenyList) -> DenyList | None:
        """The list that this one replaces, itself when it is known already. Raises `DenyListError` (also
        `deny-list-older`) and `SignatureError`, which change nothing; `StorageError` when it counts but is not kept."""
        found, before = signed.verify(self._anchor, self._org_id), self._current
        if before is not None and found.number <= before.number:
            if found != before:
                raise DenyListError(f"number {found.number} after {before.number}", code="deny-list-older")
            return before
        self._current, self.taken = found, self.taken + 1
        self._storage.replace(FILE, _encode(signed))
        return before

    def refuse(self, identity: Identity) -> None:
        """A holder that is denied. Raises `IdentityError` `identity-revoked`."""
        if self._current is not None:
            self._current.refuse(identity)

    def refuses_job(self, client_id: str, submitted_at: datetime) -> bool:
        """Whether a job was submitted by a client that was denied by then."""
        return self._current is not None and self._current.refuses_job(client_id, submitted_at)

    def require_fresh(self, now: datetime) -> None:
        """Raises `DenyListError` `deny-list-stale` when nothing was heard for too long of who is denied."""
        if self._current is None or now - self._current.issued_at > MAX_AGE:
            raise DenyListError("no deny list of the last 24 hours", code="deny-list-stale")

    def _read(self, kept: bytes) -> DenyList | None:
        try:
            fields = read_object(kept, ("list", "signature"))
            raw = fields.octets("list", shortest=1, longest=_LIST_BYTES)
            signature = fields.octets("signature", shortest=1, longest=_SIGNATURE_BYTES)
            return SignedDenyList(raw, signature).verify(self._anchor, self._org_id)
        except (FieldError, DenyListError, SignatureError):
            return None


def _encode(signed: SignedDenyList) -> bytes:
    return encode_object({"list": encode_octets(signed.raw), "signature": encode_octets(signed.signature)})
