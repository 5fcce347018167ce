"""Opens the roles that one process serves, from a site's directory; the roles it does not serve are asked over TLS."""

from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack
from functools import partial

from firmware.audit.log import Limits
from firmware.vault.denials import SignedDenyList
from firmware.vault.identity import Kind, TrustAnchor
from hal.drivers.file_key_store import open_directory
from hal.drivers.file_storage import FileStorage
from hal.drivers.system_clock import SystemClock
from hal.drivers.system_random import SystemRandom
from hal.drivers.thread_workers import ThreadWorkers
from hal.ports.clock import Clock
from hal.ports.errors import DeviceError
from tools.edgemesh import keys as role_keys
from tools.edgemesh.audits import KeptAudit, RoleAudit, audit_key, open_audit
from tools.edgemesh.ca import Ca
from tools.edgemesh.cards.book import KeptWithKeys
from tools.edgemesh.compose import World, build_node, build_org, build_registrar, build_vault
from tools.edgemesh.denials import Denials
from tools.edgemesh.evidence import Verifier
from tools.edgemesh.followers import (
    DelegationFollower,
    EpochFollower,
    Follower,
    ListFollower,
    ListHerald,
    NodeFollower,
    OwnRenewal,
    keep_list,
    take_kept_list,
)
from tools.edgemesh.interface.api import Api
from tools.edgemesh.node import Node
from tools.edgemesh.nodes import Nodes
from tools.edgemesh.org import OrgKeys
from tools.edgemesh.peers import Caller, NodePeer, OrgPeer, RegistrarPeer, VaultPeer
from tools.edgemesh.people.badges import read_keys
from tools.edgemesh.registrar import rollback
from tools.edgemesh.registrar.registrar import Registrar
from tools.edgemesh.registrar.sqlite import SqliteDenials, SqliteMembers
from tools.edgemesh.registrar.upkeep import Keep, Own
from tools.edgemesh.roles import Roles, Vault
from tools.edgemesh.serving.callers import HttpCallers, Names, Switchboard
from tools.edgemesh.serving.tls import Reloads
from tools.edgemesh.settings import MIB
from tools.edgemesh.site import ORG_SERVICE_ID, REGISTRAR, REGISTRAR_ID, VAULT_ID, Site
from tools.edgemesh.storage.bodies import FileBodies
from tools.edgemesh.storage.databases import node_database, org_database, registrar_database, vault_database
from tools.edgemesh.storage.sqlite_desk import SqliteDesk
from tools.edgemesh.storage.sqlite_epochs import SqliteEpochs
from tools.edgemesh.storage.sqlite_incoming import take_in
from tools.edgemesh.storage.sqlite_jobs import SqliteJobs
from tools.edgemesh.storage.sqlite_receipts import SqliteReceipts
from tools.edgemesh.storage.sqlite_roles import SqliteHoldings
from tools.edgemesh.storage.stores import StoreError
from tools.edgemesh.updates.bundles import FileBundles, bundle_directory
from tools.edgemesh.witnesses import OwnWitness

_HOLDERS = {"vault": VAULT_ID, "org": ORG_SERVICE_ID, REGISTRAR: REGISTRAR_ID}
"""Who is in a role's directory, where that is not a node of the directory's name."""


def world_of(site: Site, workers: ThreadWorkers, clock: Clock | None = None) -> World:
    """The site's organisation with this computer's time (unless a server's own is given) and chance."""
    clock = clock or SystemClock()
    anchor = TrustAnchor(site.ca_file.read_bytes())
    denials, factors = Denials(anchor, site.org_id, clock), frozenset(site.settings.factors)
    verifier = Verifier(anchor, site.org_id, clock, denials, factors, bool(site.settings.phone.url))
    return World(site.org_id, verifier, site.settings, clock, SystemRandom(), workers)


def kept_lists(site: Site, clock: Clock) -> Denials:
    """The newest deny list that a role of this machine keeps."""
    places = [site.path(role) for role in (REGISTRAR, "vault", "org", *site.nodes)]
    return rollback.newest(places, anchor=TrustAnchor(site.ca_file.read_bytes()), org_id=site.org_id, clock=clock)


class Opener:
    """Opens roles; what they hold open is closed with `stack`. `served` names directories, `url` is where they are
    reached."""

    def __init__(
        self,
        site: Site,
        served: tuple[str, ...],
        *,
        url: str,
        world: World,
        callers: Mapping[str, HttpCallers],
        reloads: Reloads | None = None,
        stack: AsyncExitStack,
        accept_rollback: bool = False,
    ) -> None:
        self._accept_rollback = accept_rollback
        self._site, self._served, self._url, self._world = site, served, url, world
        self._callers, self._reloads, self._stack = callers, reloads or Reloads(), stack
        self._switchboard = Switchboard()
        self._keys = {role: role_keys.read(site.path(role), _HOLDERS.get(role, role)) for role in served}
        self._audits: dict[str, RoleAudit] = {}

    def open(self) -> Api:
        """The service over the roles, recovered from whatever crash came before. Raises `StoreError`, `DeviceError`."""
        registrar = self._registrar() if REGISTRAR in self._served else None
        if registrar is None:
            for role in self._served:
                take_kept_list(self._site.path(role), self._world.verifier.denials)
        else:
            registrar.recover()  # from here on, each role has a certificate that is valid now
        vault = self._vault() if "vault" in self._served else None
        nodes = {node: self._node(node) for node in self._site.nodes if node in self._served}
        epochs = [self._epochs()] if registrar else []
        roles = Roles(
            self._site.org_id,
            self._world.verifier,
            self._world.clock,
            vault,
            nodes,
            self._org() if "org" in self._served else None,
            registrar,
            audits=self._audits,
            urls=self._urls,
            followers=(
                *self._followers(vault),
                *epochs,
                OwnWitness(self._audits, self._names(), self._world.clock),
            ),
            herald=ListHerald(vault.announcer, self._world.verifier.denials) if vault else None,
            station_config=lambda name: self._site.stations.config(name, *(one.number for one in epochs)),
            protection=open_directory(self._site.path(self._served[0])).protection,
        )
        roles.recover()
        self._switchboard.service = api = Api(roles)
        return api

    def _urls(self) -> dict[str, str]:
        roles = {"registrar": REGISTRAR, "vault": "vault", "org": "org", **{node: node for node in self._site.nodes}}
        found = {role: self._site.url(directory) for role, directory in roles.items()}
        return {role: url for role, url in found.items() if url}

    def _names(self) -> dict[str, str]:
        """Whose record each is, by the role's name."""
        kinds = {"vault": Kind.VAULT, "org": Kind.ORG, "registrar": Kind.REGISTRAR}
        return {
            role: f"{kinds.get(role, Kind.NODE)}/{self._keys[REGISTRAR if role == 'registrar' else role].id}"
            for role in self._audits
        }

    def _audit(self, role: str, directory: str, kind: Kind, keys: role_keys.RoleKeys) -> KeptAudit:
        world, path = self._world, self._site.path(directory)
        key = partial(audit_key, world.org_id, kind, keys)
        limits = Limits(quota=world.settings.audit_mib * MIB)
        audit = open_audit(
            path, key, anchor=world.verifier.anchor, clock=world.clock, workers=world.workers, limits=limits
        )
        self._stack.push_async_callback(audit.settle)
        self._audits[role] = audit
        return audit

    def _caller(self, own: str, keys: role_keys.RoleKeys, other: str, kind: Kind) -> Caller:
        """How the role `own` reaches the role `other`."""
        if other in self._served:
            return self._switchboard.caller(lambda: self._world.verifier.identify(keys.chain))
        return self._callers[own].caller(partial(self._answering, other, kind), partial(self._site.url, other))

    def _answering(self, other: str, kind: Kind) -> Names:
        """Who may answer for a role of the site. A process shows one certificate for all that it serves: one for all
        roles the vault's, one for several nodes the first one's; by the site's own directory, not by what they say."""
        site, name = self._site, f"{kind}/{_HOLDERS.get(other, other)}"
        if kind is Kind.REGISTRAR:
            return frozenset({name, f"{Kind.VAULT}/{VAULT_ID}"})
        if kind is not Kind.NODE or not (url := site.url(other)):
            return frozenset({name})
        return frozenset({name} | {f"{kind}/{node}" for node in site.nodes if site.url(node) == url})

    def _paired_node(self, node_id: str, url: str) -> NodePeer | None:
        """The vault's way to a node that was paired: one of the site answers where its process wrote down."""
        names = frozenset({f"{Kind.NODE}/{node_id}"})
        return NodePeer(node_id, self._callers["vault"].caller(lambda: names, lambda: url)) if url else None

    def _keep(self, role: str) -> Keep:
        """Has a role's new chain outlive the process, and its TLS show it."""

        def keep(chain: tuple[bytes, ...]) -> None:
            try:
                role_keys.keep_chain(self._site.path(role), chain)
            except (DeviceError, OSError) as exc:
                raise StoreError(f"the certificate of {role} is not kept") from exc
            self._reloads.reload(role)

        return keep

    def _followers(self, vault: Vault | None) -> Iterator[Follower]:
        world = self._world
        if REGISTRAR not in self._served:
            first = self._served[0]
            registrar = RegistrarPeer(self._caller(first, self._keys[first], REGISTRAR, Kind.REGISTRAR))
            yield ListFollower(registrar, world.verifier.denials, self._keep_list)
            yield from map(self._renewal, self._served)
        if vault is not None:
            registrar = RegistrarPeer(self._caller("vault", vault.identity, REGISTRAR, Kind.REGISTRAR))
            yield NodeFollower(registrar, vault.nodes)
            if REGISTRAR not in self._served:
                yield DelegationFollower(registrar, vault.desk.delegations)

    def _epochs(self) -> EpochFollower:
        return EpochFollower(OrgPeer(self._caller(REGISTRAR, self._keys[REGISTRAR], "org", Kind.ORG)))

    def _keep_list(self, signed: SignedDenyList) -> None:
        for role in self._served:
            keep_list(self._site.path(role), signed)

    def _renewal(self, role: str) -> OwnRenewal:
        world, find_url = self._world, partial(self._site.url, REGISTRAR)
        find_names = partial(self._answering, REGISTRAR, Kind.REGISTRAR)
        return OwnRenewal(
            self._keys[role],
            anchor=world.verifier.anchor,
            registrar=RegistrarPeer(self._callers[role].caller(find_names, find_url)),
            late=RegistrarPeer(self._callers[role].caller(find_names, find_url, is_bare=True)),
            keep=self._keep(role),
            clock=world.clock,
            random=world.random,
        )

    def _vault(self) -> Vault:
        key_store, keys = open_directory(self._site.path("vault")), self._keys["vault"]
        database = vault_database(self._site)
        self._stack.callback(database.close)
        take_in(database)
        peers = [NodePeer(node, self._caller("vault", keys, node, Kind.NODE)) for node in self._site.nodes]
        return build_vault(
            self._world,
            keys,
            desk_keys=read_keys(key_store),
            desk_store=SqliteDesk(database),
            card_store=KeptWithKeys(key_store),
            job_store=SqliteJobs(database),
            receipt_store=SqliteReceipts(database),
            nodes=Nodes(peers, self._world.verifier.denials, self._paired_node),
            org=OrgPeer(self._caller("vault", keys, "org", Kind.ORG)),
            audit=self._audit("vault", "vault", Kind.VAULT, keys),
            update_files=FileStorage(self._site.path("vault") / "updates"),
            bundles=FileBundles(bundle_directory(self._site)),
        )

    def _node(self, node: str) -> Node:
        keys = self._keys[node]
        self._audit(node, node, Kind.NODE, keys)
        database = node_database(self._site, node)
        self._stack.callback(database.close)
        return build_node(
            self._world,
            keys,
            store=SqliteHoldings(database),
            bodies=FileBodies(self._site.path(node) / "bodies"),
            vault=VaultPeer(self._caller(node, keys, "vault", Kind.VAULT)),
            url=self._url,
        )

    def _registrar(self) -> Registrar:
        directory = self._site.path(REGISTRAR)
        keys = self._keys[REGISTRAR]
        audit = self._audit("registrar", REGISTRAR, Kind.REGISTRAR, keys)
        ca = Ca.load(self._site.ca_file.read_bytes(), open_directory(directory).load("ca.key"))
        database = registrar_database(self._site)
        self._stack.callback(database.close)
        registrar = build_registrar(
            self._world,
            keys,
            ca=ca,
            denial_store=SqliteDenials(database),
            member_store=SqliteMembers(database),
            audit=audit,
            own=[Own(self._keys[role], self._site.hosts, self._keep(role)) for role in self._served],
            keep=self._keep_list,
        )
        kept = kept_lists(self._site, self._world.clock)
        if self._accept_rollback and rollback.is_behind(registrar.denybook.store.issue(), kept):
            rollback.carry_on(registrar.denybook, registrar.store, kept, rollback.recorded(audit), audit.log.append)
        rollback.check(registrar.denybook.store.issue(), kept)
        return registrar

    def _org(self) -> OrgKeys:
        keys = self._keys["org"]
        self._audit("org", "org", Kind.ORG, keys)
        database = org_database(self._site)
        self._stack.callback(database.close)
        return build_org(self._world, keys, SqliteEpochs(database))
