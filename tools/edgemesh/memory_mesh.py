"""A whole organisation in memory: the service without network, disk or threads, for simulations in virtual time."""

from collections.abc import Iterable

from firmware.vault.identity import Identity, Kind, TrustAnchor
from hal.ports.clock import Clock
from hal.ports.random_source import RandomSource
from hal.ports.workers import Workers
from tools.edgemesh.api import Api
from tools.edgemesh.ca import Ca
from tools.edgemesh.callers import Switchboard
from tools.edgemesh.compose import BADGE_KEY_BYTES, World, build_node, build_org, build_vault
from tools.edgemesh.evidence import Verifier
from tools.edgemesh.keys import RoleKeys, issue
from tools.edgemesh.memory import MemoryDesk, MemoryEpochs, MemoryHoldings, MemoryJobs
from tools.edgemesh.memory_bodies import MemoryBodies
from tools.edgemesh.peers import NodePeer, OrgPeer, VaultPeer
from tools.edgemesh.records import User
from tools.edgemesh.roles import Roles
from tools.edgemesh.settings import Settings

URL = "https://mesh.test"


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
        verifier = Verifier(TrustAnchor(self.ca.certificate_pem), org_id, clock)
        self._world = World(org_id, verifier, settings or Settings(), clock, random, workers)
        self._vault, self._org = self._issue(Kind.VAULT, "vault-1"), self._issue(Kind.ORG, "org-1")
        self._nodes = {node: self._issue(Kind.NODE, node) for node in nodes}
        self._badge_key = random.token(BADGE_KEY_BYTES)
        self.desk_store, self.job_store, self.epoch_store = MemoryDesk(), MemoryJobs(), MemoryEpochs()
        self.holding_stores = {node: MemoryHoldings() for node in self._nodes}
        self.bodies = {node: MemoryBodies() for node in self._nodes}
        self.api = self.restart()
        self.roles.org.rotate()

    @property
    def roles(self) -> Roles:
        return self.api.roles

    def restart(self) -> Api:
        """As after a crash of the whole mesh: new roles on the old stores."""
        switchboard = Switchboard()
        as_vault = switchboard.caller(self.identity(self._vault))
        vault = build_vault(
            self._world,
            self._vault,
            badge_key=self._badge_key,
            desk_store=self.desk_store,
            job_store=self.job_store,
            nodes=tuple(NodePeer(node, as_vault) for node in self._nodes),
            org=OrgPeer(as_vault),
        )
        nodes = {
            node: build_node(
                self._world,
                keys,
                store=self.holding_stores[node],
                bodies=self.bodies[node],
                vault=VaultPeer(switchboard.caller(self.identity(keys))),
                url=URL,
            )
            for node, keys in self._nodes.items()
        }
        org = build_org(self._world, self._org, self.epoch_store)
        self.api = Api(Roles(self._world.org_id, self._world.verifier, self._clock, vault, nodes, org))
        switchboard.service = self.api
        self.roles.recover()
        return self.api

    def identity(self, keys: RoleKeys) -> Identity:
        """Who somebody is, as the transport would prove it; for `Request.caller`."""
        return self._world.verifier.identify(keys.chain)

    def add_station(self, station_id: str) -> RoleKeys:
        """A station with keys and certificate."""
        return self._issue(Kind.STATION, station_id)

    def add_client(self, client_id: str, users: Iterable[str]) -> RoleKeys:
        """A client that may submit for these people."""
        return issue(self.ca, Kind.CLIENT, client_id, self._clock.now(), users=users)

    def add_user(self, user: User, *badges: str) -> None:
        """A person with badges."""
        self.desk_store.put_user(user)
        for number in badges:
            self.roles.vault.desk.give_badge(number, user.user_id)

    def _issue(self, kind: Kind, holder_id: str) -> RoleKeys:
        return issue(self.ca, kind, holder_id, self._clock.now())
