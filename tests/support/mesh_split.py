"""A mesh in memory whose roles are processes of their own: each knows of a denial only what it was told."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

from firmware.vault.identity import IdentityError, TrustAnchor
from tests.support.mesh_http import LocalWire
from tests.support.mesh_people import StationDouble
from tests.support.mesh_site import ORG, MemorySite
from tools.edgemesh.compose import World, build_node, build_org, build_vault
from tools.edgemesh.denials import Denials
from tools.edgemesh.evidence import Verifier
from tools.edgemesh.followers import Follower, ListFollower, ListHerald, NodeFollower
from tools.edgemesh.interface.api import Api
from tools.edgemesh.interface.exchange import Reply, Request
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.keys import RoleKeys
from tools.edgemesh.memory_mesh import URL
from tools.edgemesh.nodes import Nodes
from tools.edgemesh.peers import Caller, NodePeer, OrgPeer, RegistrarPeer, VaultPeer
from tools.edgemesh.roles import Roles, Vault
from tools.edgemesh.serving.callers import Switchboard

NODE = "node-1"


class Between:
    """The network between the processes: each request reaches whichever serves its route. Those whose names are in
    `away` do not answer."""

    def __init__(self) -> None:
        self.apis: dict[str, Api] = {}
        self.away: set[str] = set()
        self.asked: Counter[str] = Counter()
        """How often each path was asked for."""

    async def handle(self, request: Request) -> Reply:
        self.asked[request.path] += 1
        unknown = Problem("route-unknown")
        reply = Reply(unknown.status, unknown.document())
        for name, api in self.apis.items():
            if name not in self.away:
                reply = await api.handle(request)
                if (reply.json or {}).get("code") != "route-unknown":
                    return reply
        if self.away:
            raise Problem("peer-unreachable", "it swallows every packet")
        return reply


@dataclass(slots=True)
class SplitSite:
    """Registrar, vault, node and org key service, each in a process of its own; to be made inside a virtual loop.
    `site` is how its people, stations and clients came to be; its own roles serve nobody."""

    site: MemorySite = field(default_factory=MemorySite)
    between: Between = field(default_factory=Between)

    def __post_init__(self) -> None:
        roles = self.site.mesh.roles
        registrar = replace(roles, vault_role=None, org_role=None, nodes={}, followers=(), herald=None)
        self._serve("registrar", registrar)
        for name, make in (("vault", self._vault), ("org", self._org), (NODE, self._node)):
            self._serve(name, make(self._world()))

    @property
    def processes(self) -> dict[str, Roles]:
        """By the role's name."""
        return {name: api.roles for name, api in self.between.apis.items()}

    @property
    def vault(self) -> Vault:
        return self.processes["vault"].vault

    def refuses(self, process: str, keys: RoleKeys) -> bool:
        """Whether this process would not take a request from that holder now, as the transport asks at each."""
        try:
            self.processes[process].verifier.identify(keys.chain)
        except IdentityError as exc:
            return exc.code == "identity-revoked"
        return False

    def station(self) -> StationDouble:
        """The site's, before the vault's process."""
        keys = self.site.station.keys
        wire = LocalWire(lambda: self.between.apis["vault"], self.site.mesh.identity(keys))
        return StationDouble(wire, keys, ORG, self.site.clock.now)

    def _serve(self, name: str, roles: Roles) -> None:
        self.between.apis[name] = Api(roles)

    def _world(self) -> World:
        shared = self.site.mesh._world
        anchor = TrustAnchor(self.site.mesh.ca.certificate_pem)
        denials = Denials(anchor, ORG, shared.clock)
        return replace(shared, verifier=Verifier(anchor, ORG, shared.clock, denials, shared.verifier.factors))

    def _caller(self, keys: RoleKeys) -> Caller:
        switchboard = Switchboard()
        switchboard.service = self.between
        return switchboard.caller(partial(self.site.mesh.identity, keys))

    def _roles(self, world: World, keys: RoleKeys, role: str) -> Callable[..., Roles]:
        follower: Follower = ListFollower(RegistrarPeer(self._caller(keys)), world.verifier.denials, lambda _: None)
        audits = {role: self.site.mesh.audits[role]}
        return partial(Roles, ORG, world.verifier, world.clock, audits=audits, followers=(follower,))

    def _vault(self, world: World) -> Roles:
        mesh, keys = self.site.mesh, self.site.mesh._vault
        caller = self._caller(keys)
        nodes = Nodes((NodePeer(NODE, caller),), world.verifier.denials)
        vault = build_vault(
            world,
            keys,
            desk_keys=mesh.desk_keys,
            desk_store=mesh.desk_store,
            card_store=mesh.card_store,
            job_store=mesh.job_store,
            receipt_store=mesh.receipt_store,
            nodes=nodes,
            org=OrgPeer(caller),
            audit=mesh.audits["vault"],
            update_files=mesh.update_files,
            bundles=mesh.bundles,
        )
        herald = ListHerald(vault.announcer, world.verifier.denials)
        roles = self._roles(world, keys, "vault")(vault_role=vault, herald=herald)
        return replace(roles, followers=(*roles.followers, NodeFollower(RegistrarPeer(caller), nodes)))

    def _node(self, world: World) -> Roles:
        mesh, keys = self.site.mesh, self.site.mesh._nodes[NODE]
        peer = VaultPeer(self._caller(keys))
        node = build_node(world, keys, store=mesh.holding_stores[NODE], bodies=mesh.bodies[NODE], vault=peer, url=URL)
        return self._roles(world, keys, NODE)(nodes={NODE: node})

    def _org(self, world: World) -> Roles:
        keys = self.site.mesh._org
        return self._roles(world, keys, "org")(org_role=build_org(world, keys, self.site.mesh.epoch_store))
