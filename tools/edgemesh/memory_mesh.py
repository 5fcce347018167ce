"""A whole organisation in memory: the service without network, disk or threads, for simulations in virtual time."""

from collections.abc import Iterable
from datetime import timedelta
from functools import partial

from firmware.vault.identity import Identity, Kind, TrustAnchor
from hal.ports.clock import Clock
from hal.ports.random_source import RandomSource
from hal.ports.workers import Workers
from tools.edgemesh.audits import UnsignedAudit
from tools.edgemesh.ca import CERTIFICATE_LIFETIME, Ca
from tools.edgemesh.compose import World, build_node, build_org, build_registrar, build_vault
from tools.edgemesh.denials import Denials
from tools.edgemesh.evidence import Verifier
from tools.edgemesh.followers import ListHerald, NodeFollower
from tools.edgemesh.interface.api import Api
from tools.edgemesh.keys import RoleKeys, issue
from tools.edgemesh.node import Node
from tools.edgemesh.nodes import Nodes
from tools.edgemesh.peers import NodePeer, OrgPeer, RegistrarPeer, VaultPeer
from tools.edgemesh.people.badges import new_keys
from tools.edgemesh.registrar.memory import MemoryDenials, MemoryMembers
from tools.edgemesh.registrar.registrar import Registrar
from tools.edgemesh.registrar.upkeep import Own, registered
from tools.edgemesh.roles import Roles, Vault
from tools.edgemesh.serving.callers import Switchboard
from tools.edgemesh.settings import Settings
from tools.edgemesh.storage.memory import MemoryEpochs, MemoryHoldings, MemoryJobs
from tools.edgemesh.storage.memory_bodies import MemoryBodies
from tools.edgemesh.storage.memory_cards import MemoryCards
from tools.edgemesh.storage.memory_desk import MemoryDesk
from tools.edgemesh.storage.memory_receipts import MemoryReceipts
from tools.edgemesh.storage.memory_updates import MemoryBundles, MemoryFiles
from tools.edgemesh.storage.records import User
from tools.edgemesh.storage.stores import DeskStore

URL = "https://mesh.test"
LONG = timedelta(days=365)
"""What a station or client of a simulation gets that does not renew."""


class MemoryMesh:
    """`api` answers; `roles.tend()` is to run beside it. What is durable outlives `restart`."""

    def __init__(
        self,
        org_id: str,
        *,
        clock: Clock,
        random: RandomSource,
        workers: Workers,
        nodes: Iterable[str] = ("node-1",),
        settings: Settings | None = None,
    ) -> None:
        self._clock = clock
        self.ca = Ca.create(org_id, now=clock.now())
        anchor = TrustAnchor(self.ca.certificate_pem)
        settings = settings or Settings()
        denials, factors = Denials(anchor, org_id, clock), frozenset(settings.factors)
        verifier = Verifier(anchor, org_id, clock, denials, factors, bool(settings.phone.url))
        self._world = World(org_id, verifier, settings, clock, random, workers)
        self.denial_store, self.member_store = MemoryDenials(), MemoryMembers()
        self._vault, self._org = self._issue(Kind.VAULT, "vault-1"), self._issue(Kind.ORG, "org-1")
        self._registrar = self._issue(Kind.REGISTRAR, "registrar-1")
        self._nodes = {node: self._issue(Kind.NODE, node) for node in nodes}
        self.desk_keys = new_keys(random)
        self.desk_store: DeskStore = MemoryDesk()
        self.card_store = MemoryCards()
        self.job_store, self.epoch_store = MemoryJobs(), MemoryEpochs()
        self.receipt_store = MemoryReceipts()
        self.update_files, self.bundles = MemoryFiles(), MemoryBundles()
        self.holding_stores = {node: MemoryHoldings() for node in self._nodes}
        self.bodies = {node: MemoryBodies() for node in self._nodes}
        self.audits = {role: UnsignedAudit() for role in ("vault", "org", "registrar", *self._nodes)}
        self.api = self.restart()
        self.roles.org.rotate()

    @property
    def roles(self) -> Roles:
        return self.api.roles

    def restart(self) -> Api:
        """As after a crash of the whole mesh: new roles on the old stores."""
        switchboard, world = Switchboard(), self._world
        as_vault = switchboard.caller(lambda: self.identity(self._vault))
        peers = Nodes((NodePeer(node, as_vault) for node in self._nodes), world.verifier.denials)
        vault = self._open_vault(peers, OrgPeer(as_vault))
        self.api = Api(
            Roles(
                world.org_id,
                world.verifier,
                self._clock,
                vault,
                self._open_nodes(switchboard),
                build_org(world, self._org, self.epoch_store),
                self._open_registrar(),
                audits=self.audits,
                urls=self._urls,
                followers=(NodeFollower(RegistrarPeer(as_vault), peers),),
                herald=ListHerald(vault.announcer, world.verifier.denials),
            )
        )
        switchboard.service = self.api
        self.roles.recover()
        return self.api

    def _open_vault(self, nodes: Nodes, org: OrgPeer) -> Vault:
        return build_vault(
            self._world,
            self._vault,
            desk_keys=self.desk_keys,
            desk_store=self.desk_store,
            card_store=self.card_store,
            job_store=self.job_store,
            receipt_store=self.receipt_store,
            nodes=nodes,
            org=org,
            audit=self.audits["vault"],
            update_files=self.update_files,
            bundles=self.bundles,
        )

    def _open_nodes(self, switchboard: Switchboard) -> dict[str, Node]:
        return {
            node: build_node(
                self._world,
                keys,
                store=self.holding_stores[node],
                bodies=self.bodies[node],
                vault=VaultPeer(switchboard.caller(partial(self.identity, keys))),
                url=URL,
            )
            for node, keys in self._nodes.items()
        }

    def _open_registrar(self) -> Registrar:
        return build_registrar(
            self._world,
            self._registrar,
            ca=self.ca,
            denial_store=self.denial_store,
            member_store=self.member_store,
            audit=self.audits["registrar"],
            own=map(Own, (self._vault, self._org, self._registrar, *self._nodes.values())),
        )

    def _urls(self) -> dict[str, str]:
        return dict.fromkeys(self.audits, URL)

    def identity(self, keys: RoleKeys) -> Identity:
        """Who somebody is, as the transport would prove it; for `Request.caller`."""
        return self._world.verifier.identify(keys.chain)

    def add_station(self, station_id: str) -> RoleKeys:
        """A station with keys and certificate."""
        return self._issue(Kind.STATION, station_id, lifetime=LONG)

    def add_admin(self, admin_id: str) -> RoleKeys:
        """An administrator."""
        return self._issue(Kind.ADMIN, admin_id, lifetime=LONG)

    def add_client(self, client_id: str, users: Iterable[str]) -> RoleKeys:
        """A client that may submit for these people."""
        return self._issue(Kind.CLIENT, client_id, users, lifetime=LONG)

    def add_user(self, user: User, *badges: str) -> None:
        """A person with badges."""
        self.desk_store.put_user(user)
        for number in badges:
            self.roles.vault.desk.give_badge(number, user.user_id)

    def _issue(
        self, kind: Kind, holder_id: str, users: Iterable[str] = (), *, lifetime: timedelta = CERTIFICATE_LIFETIME
    ) -> RoleKeys:
        """As a pairing would have: one that had the name before is denied."""
        now, before = self._clock.now(), self.member_store.member(f"{kind}/{holder_id}")
        denial = self.roles.registrar.denybook.deny(before.name) if before else None
        since = denial.since if denial else None
        keys = issue(self.ca, kind, holder_id, now, users=users, lifetime=lifetime, after=since)
        identity = keys.proven(self._world.verifier.anchor)
        self.member_store.put(registered(identity, (), now, revision=(before.revision if before else 0) + 1))
        return keys
