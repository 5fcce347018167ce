"""The organisation's deny list: who is refused although a certificate or statement still says otherwise.

Signed by the CA itself and numbered, so that an older list is told from a newer one. Names stand in it as salted
digests: whoever carries the list learns nothing of the people in it."""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from firmware.errors import LockgateError
from firmware.vault import signing
from firmware.vault.fields import FieldError, encode_object, encode_octets, encode_time, read_object, read_time
from firmware.vault.identity import Identity, IdentityError, TrustAnchor
from firmware.vault.signing import SignatureError

VERSION = 1
SALT_BYTES = 16
MAX_ENTRIES = 10_000
MAX_BYTES = 1024 * 1024
_DIGEST_BYTES = 16


class DenyListError(LockgateError):
    """Codes: `deny-list-malformed`, `deny-list-older` (than the one already known), `deny-list-stale` (nothing newer
    was heard for too long, so nothing may be released on it)."""

    code = "deny-list-malformed"


@dataclass(frozen=True, slots=True)
class DenyList:
    """One issue of the list. `entries` maps the digest of a name to the moment (UTC, whole seconds) of its denial."""

    org_id: str
    number: int
    issued_at: datetime
    salt: bytes = field(repr=False)
    entries: Mapping[bytes, datetime] = field(repr=False)

    @classmethod
    def of(cls, org_id: str, number: int, issued_at: datetime, salt: bytes, names: Mapping[str, datetime]) -> Self:
        """The list that denies these names."""
        return cls(org_id, number, issued_at, salt, {_digest(salt, name): since for name, since in names.items()})

    def since(self, name: str) -> datetime | None:
        """When the name was denied, None when it is not: `station/lobby`, `user/ada`, `badge/b-…`."""
        return self.entries.get(_digest(self.salt, name))

    def refuse(self, identity: Identity) -> None:
        """A holder whose certificate is not newer than its denial. Raises `IdentityError` `identity-revoked`."""
        since = self.since(identity.name)
        if since is not None and identity.not_before <= since:
            raise IdentityError("revoked by an administrator", code="identity-revoked")

    def refuses_job(self, client_id: str, submitted_at: datetime) -> bool:
        """Whether a job was submitted by a client after the moment of its denial."""
        since = self.since(f"client/{client_id}")
        return since is not None and submitted_at >= since


@dataclass(frozen=True, slots=True)
class SignedDenyList:
    """A list as it travels: the exact bytes, and the CA's signature over them (label `lockgate/v1/deny-list`)."""

    raw: bytes = field(repr=False)
    signature: bytes = field(repr=False)

    def verify(self, anchor: TrustAnchor, org_id: str) -> DenyList:
        """The list, once it is proven to be the CA's. Raises `DenyListError`, `SignatureError`."""
        signing.verify_ca(anchor, signing.DENY_LIST, self.raw, self.signature)
        found = parse(self.raw)
        if found.org_id != org_id:
            raise SignatureError("the deny list of another organisation")
        return found


def encode(denied: DenyList) -> bytes:
    """The bytes to sign."""
    entries = [[encode_octets(digest), encode_time(since)] for digest, since in sorted(denied.entries.items())]
    return encode_object(
        {
            "v": VERSION,
            "org_id": denied.org_id,
            "number": denied.number,
            "issued_at": encode_time(denied.issued_at),
            "salt": encode_octets(denied.salt),
            "entries": entries,
        }
    )


def parse(raw: bytes) -> DenyList:
    """Raises `DenyListError` `deny-list-malformed`."""
    if len(raw) > MAX_BYTES:
        raise DenyListError("longer than allowed")
    try:
        fields = read_object(raw, ("v", "org_id", "number", "issued_at", "salt", "entries"))
        fields.integer("v", least=VERSION, most=VERSION)
        salt = fields.octets("salt", shortest=SALT_BYTES, longest=SALT_BYTES)
        entries = dict(_entries(fields.items("entries", fewest=0, most=MAX_ENTRIES)))
        number = fields.integer("number", least=1)
        return DenyList(fields.text("org_id", longest=63), number, fields.time("issued_at"), salt, entries)
    except FieldError as exc:
        raise DenyListError(str(exc)) from exc


def _entries(items: Iterable[object]) -> Iterable[tuple[bytes, datetime]]:
    for item in items:
        match item:
            case [str(digest), str(since)]:
                yield _digest_of(digest), read_time(since)
            case _:
                raise FieldError("entries")


def _digest_of(text: str) -> bytes:
    try:
        digest = base64.b64decode(text, validate=True)
    except ValueError as exc:
        raise FieldError("entries") from exc
    if len(digest) != _DIGEST_BYTES or encode_octets(digest) != text:
        raise FieldError("entries")
    return digest


def _digest(salt: bytes, name: str) -> bytes:
    return hashlib.sha256(salt + name.encode()).digest()[:_DIGEST_BYTES]
