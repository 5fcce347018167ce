"""The certificates of the mesh's own roles, of those that run in the registrar's process: renewed in time, unasked."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from firmware.vault.identity import Identity, TrustAnchor
from hal.ports.clock import Clock
from tools.edgemesh.csr import key_pem, key_print
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.keys import RoleKeys, renewal_due
from tools.edgemesh.registrar.certifier import Certifier
from tools.edgemesh.registrar.records import Member
from tools.edgemesh.registrar.store import MemberStore

Keep = Callable[[tuple[bytes, ...]], None]
"""Makes a new chain (DER) outlive the process, and has the role's TLS show it."""


@dataclass(frozen=True, slots=True)
class Own:
    """A role of this process. `hosts` are those where it answers."""

    keys: RoleKeys
    hosts: tuple[str, ...] = ()
    keep: Keep = field(repr=False, default=lambda _: None)


class Upkeep:
    """Registers the roles of this process as members, and renews them. A role that was revoked is left alone."""

    def __init__(
        self, own: Iterable[Own], store: MemberStore, *, anchor: TrustAnchor, certifier: Certifier, clock: Clock
    ) -> None:
        self._own = tuple(own)
        self._store, self._anchor, self._certifier, self._clock = store, anchor, certifier, clock

    def renew(self) -> None:
        """Whatever is due. Raises `StoreError`."""
        now = self._clock.now()
        for role in self._own:
            if renewal_due(role.keys.chain, now):
                self._renew(role, now)

    def _renew(self, role: Own, now: datetime) -> None:
        identity = role.keys.proven(self._anchor)
        member = self._store.member(identity.name) or registered(identity, role.hosts, now)
        if not member.active or member.key != key_print(identity.public_key):
            return
        certified = self._certifier.certify(member, key_pem(identity.public_key))
        if not self._store.put(replace(certified.member, revision=member.revision + 1)):
            raise Problem("store-failed", "the member changed meanwhile")
        role.keep(certified.chain)
        role.keys.chain = certified.chain


def registered(identity: Identity, hosts: tuple[str, ...], now: datetime, *, revision: int = 0) -> Member:
    """The member whom a certificate names."""
    return Member(
        identity.kind,
        identity.id,
        key_print(identity.public_key),
        *(now, identity.not_before, identity.not_after),
        users=tuple(sorted(identity.users)),
        hosts=hosts,
        box_key=identity.box_key,
        revision=revision,
    )
