"""What keeps a process in step with the registrar, round by round: the deny list, the nodes, its own certificates."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from firmware.errors import LockgateError
from firmware.mesh.tls import validity
from firmware.vault import boxes, signing
from firmware.vault.denials import SignedDenyList
from firmware.vault.fields import FieldError, encode_object, encode_octets, encode_time, read_object
from firmware.vault.identity import Identity, TrustAnchor
from firmware.vault.requests import certificate_request
from hal.drivers.file_storage import FileStorage
from hal.ports.clock import Clock
from hal.ports.errors import StorageError
from hal.ports.random_source import RandomSource
from tools.edgemesh.announcer import Announcer
from tools.edgemesh.denials import Denials
from tools.edgemesh.keys import RoleKeys, renewal_due
from tools.edgemesh.nodes import Nodes
from tools.edgemesh.peers import OrgPeer, RegistrarPeer
from tools.edgemesh.people.delegations import Delegations
from tools.edgemesh.signed import Signed
from tools.edgemesh.statements import parse_epoch
from tools.edgemesh.storage.stores import StoreError

FILE = "deny-list"
SPREAD = timedelta(hours=2)
"""Renewals begin within so much time from two thirds of a certificate's life."""
_LIST_BYTES, _SIGNATURE_BYTES = 1024 * 1024, 128


class Follower(Protocol):
    """A chore that stands before the others."""

    async def round(self) -> None:
        """Raises `LockgateError`; the next round tries again."""
        ...


class ListFollower:
    """Fetches the deny list where the registrar is another process; what was heard last is kept in `directory`."""

    def __init__(self, registrar: RegistrarPeer, denials: Denials, keep: Callable[[SignedDenyList], None]) -> None:
        self._registrar, self._denials, self._keep = registrar, denials, keep

    async def round(self) -> None:
        signed, before = await self._registrar.denials(), self._denials.number
        if self._denials.take(signed).number > before:
            self._keep(signed)


class NodeFollower:
    """Tells the vault which nodes there are."""

    def __init__(self, registrar: RegistrarPeer, nodes: Nodes) -> None:
        self._registrar, self._nodes = registrar, nodes

    async def round(self) -> None:
        self._nodes.take(await self._registrar.nodes())


class DelegationFollower:
    """Has the registrar name the delegations that were ended here, where it is another process. What it has not
    confirmed is asked for again in each round."""

    def __init__(self, registrar: RegistrarPeer, delegations: Delegations) -> None:
        self._registrar, self._delegations = registrar, delegations

    async def round(self) -> None:
        if not self._delegations.is_due():
            return
        for one in self._delegations.untold():
            await self._registrar.deny_delegation(one.delegation_id)
            self._delegations.told(one)
        for one in self._delegations.over():
            await self._registrar.lift_delegation(one.delegation_id)
        self._delegations.forget()


class EpochFollower:
    """Tells the registrar's process, where the org key service is another, which epoch stations begin with."""

    def __init__(self, org: OrgPeer) -> None:
        self._org = org
        self.number = 0

    async def round(self) -> None:
        self.number = parse_epoch((await self._org.epoch()).raw).epoch


class ListHerald:
    """Announces to stations that there is another deny list. The first that it sees is no news: stations ask for it
    when they connect."""

    def __init__(self, announcer: Announcer, denials: Denials) -> None:
        self._announcer, self._denials = announcer, denials
        self._told = 0

    async def round(self) -> None:
        number = self._denials.number
        if self._told and number > self._told:
            self._announcer.announce_list(number)
        self._told = number


class OwnRenewal:
    """Renews the certificate of one role where the registrar is another process: over mutual TLS, or without a
    certificate once ours has ended. `keep` makes a new chain outlive the process and has our TLS show it."""

    def __init__(
        self,
        keys: RoleKeys,
        *,
        anchor: TrustAnchor,
        registrar: RegistrarPeer,
        late: RegistrarPeer,
        keep: Callable[[tuple[bytes, ...]], None],
        clock: Clock,
        random: RandomSource,
    ) -> None:
        self._keys, self._anchor, self._registrar, self._late, self._keep = keys, anchor, registrar, late, keep
        self._clock = clock
        self._spread = SPREAD * (int.from_bytes(random.token(2), "big") / 2**16)

    async def round(self) -> None:
        now = self._clock.now()
        if not renewal_due(self._keys.chain, now, self._spread):
            return
        ended = now > validity(self._keys.chain[0])[1]
        chain = await (self._late if ended else self._registrar).renew(self._request())
        if self._anchor.identify(chain, now, or_later=True).name == self._identity().name:
            self._keep(chain)
            self._keys.chain = chain

    def _identity(self) -> Identity:
        return self._keys.proven(self._anchor)

    def _request(self) -> Signed:
        me = self._identity()
        box_key = boxes.public_box_key(self._keys.box_key) if me.box_key is not None else None
        csr = certificate_request(self._keys.identity_key, me.id, box_key)
        asked = {"v": 1, "org_id": me.org_id, "holder": me.name, "csr": encode_octets(csr)}
        raw = encode_object({**asked, "asked_at": encode_time(self._clock.now())})
        return self._keys.sign(signing.RENEWAL, raw)


def keep_list(directory: Path, signed: SignedDenyList) -> None:
    """Have a role's directory remember the list. Raises `StoreError`."""
    fields: dict[str, object] = {"list": encode_octets(signed.raw), "signature": encode_octets(signed.signature)}
    try:
        FileStorage(directory).replace(FILE, encode_object(fields))
    except StorageError as exc:
        raise StoreError(f"{FILE}: {exc}") from exc


def take_kept_list(directory: Path, denials: Denials) -> None:
    """What a role's directory remembers; nothing, where that cannot be read or is not newer: it is fetched anew."""
    try:
        fields = read_object(FileStorage(directory).read(FILE) or b"", ("list", "signature"))
        raw = fields.octets("list", shortest=1, longest=_LIST_BYTES)
        denials.take(SignedDenyList(raw, fields.octets("signature", shortest=1, longest=_SIGNATURE_BYTES)))
    except (StorageError, FieldError, LockgateError):
        return
