"""What the registrar remembers, as frozen values."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from firmware.vault.denials import SignedDenyList
from firmware.vault.identity import Kind


class MemberState(StrEnum):
    """Whether a member's certificate is renewed. A revoked one comes back only by pairing again."""

    ACTIVE = "active"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Member:
    """Who belongs to the organisation; each change makes the next `revision`. `users` are whom a client may submit
    for, `hosts` and `url` where a node answers (no `url` for one of the mesh's own machine); `key` is the SHA-256 of
    the identity key (DER, SubjectPublicKeyInfo) in hex, `box_key` a raw X25519 public key. `since` is when it was
    admitted or revoked; `not_before` and `not_after` are the validity of the last certificate it was given."""

    kind: Kind
    id: str
    key: str
    since: datetime
    not_before: datetime
    not_after: datetime
    users: tuple[str, ...] = field(repr=False, default=())
    hosts: tuple[str, ...] = ()
    url: str = ""
    box_key: bytes | None = field(repr=False, default=None)
    state: MemberState = MemberState.ACTIVE
    revision: int = 1

    @property
    def name(self) -> str:
        """What deny lists and records call it: `station/lobby`."""
        return f"{self.kind}/{self.id}"

    @property
    def active(self) -> bool:
        return self.state is MemberState.ACTIVE


@dataclass(frozen=True, slots=True)
class Token:
    """Stands for an administrator's approval of one name. Of the token itself only the SHA-256 (hex) is kept. `replace`
    lets it take over a name that is or was another key's. `used` is the key (as `Member.key`) that it was used for,
    empty before: with that key it may be shown again, since an answer can be lost."""

    id: str
    digest: str = field(repr=False)
    kind: Kind
    name: str
    expires: datetime
    users: tuple[str, ...] = field(repr=False, default=())
    replace: bool = False
    used: str = ""


@dataclass(frozen=True, slots=True)
class Denial:
    """A name that is denied: `station/lobby`, `user/ada`, `badge/b-…`, `delegation/d-…`."""

    name: str
    since: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Issue:
    """One numbered issue of the deny list, as it was signed."""

    number: int
    issued_at: datetime
    signed: SignedDenyList = field(repr=False)
