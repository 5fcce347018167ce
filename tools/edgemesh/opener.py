"""Opens the roles that one process serves, from a site's directory; the roles it does not serve are asked over TLS."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from functools import partial

from firmware.vault.identity import Kind, TrustAnchor
from hal.drivers.file_key_store import FileKeyStore
from hal.drivers.system_clock import SystemClock
from hal.drivers.system_random import SystemRandom
from hal.drivers.thread_workers import ThreadWorkers
from tools.edgemesh import keys as role_keys
from tools.edgemesh.api import Api
from tools.edgemesh.bodies import FileBodies
from tools.edgemesh.callers import HttpCallers, Switchboard
from tools.edgemesh.compose import World, build_node, build_org, build_vault
from tools.edgemesh.databases import node_database, org_database, vault_database
from tools.edgemesh.evidence import Verifier
from tools.edgemesh.node import Node
from tools.edgemesh.org import OrgKeys
from tools.edgemesh.peers import Caller, NodePeer, OrgPeer, VaultPeer
from tools.edgemesh.roles import Roles, Vault
from tools.edgemesh.site import ORG_SERVICE_ID, VAULT_ID, Site
from tools.edgemesh.sqlite_desk import SqliteDesk
from tools.edgemesh.sqlite_jobs import SqliteJobs
from tools.edgemesh.sqlite_roles import SqliteEpochs, SqliteHoldings

BADGE_KEY = "badge.key"


def world_of(site: Site, workers: ThreadWorkers) -> World:
    """The site's organisation with this computer's time and chance."""
    clock = SystemClock()
    verifier = Verifier(TrustAnchor(site.ca_file.read_bytes()), site.org_id, clock)
    return World(site.org_id, verifier, site.settings, clock, SystemRandom(), workers)


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
        stack: AsyncExitStack,
    ) -> None:
        self._site, self._served, self._url, self._world = site, served, url, world
        self._callers, self._stack = callers, stack
        self._switchboard = Switchboard()

    def open(self) -> Api:
        """The service over the roles, recovered from whatever crash came before. Raises `StoreError`, `DeviceError`."""
        nodes = {node: self._node(node) for node in self._site.nodes if node in self._served}
        roles = Roles(
            self._site.org_id,
            self._world.verifier,
            self._world.clock,
            self._vault() if "vault" in self._served else None,
            nodes,
            self._org() if "org" in self._served else None,
        )
        roles.recover()
        self._switchboard.service = api = Api(roles)
        return api

    def _caller(self, own: str, keys: role_keys.RoleKeys, other: str, kind: Kind) -> Caller:
        """How the role `own` reaches the role `other`."""
        if other in self._served:
            return self._switchboard.caller(self._world.verifier.identify(keys.chain))
        return self._callers[own].caller(kind, partial(self._site.url, other))

    def _vault(self) -> Vault:
        directory = self._site.path("vault")
        keys = role_keys.read(directory, VAULT_ID)
        database = vault_database(self._site)
        self._stack.callback(database.close)
        peers = (NodePeer(node, self._caller("vault", keys, node, Kind.NODE)) for node in self._site.nodes)
        return build_vault(
            self._world,
            keys,
            badge_key=FileKeyStore(directory).load(BADGE_KEY),
            desk_store=SqliteDesk(database),
            job_store=SqliteJobs(database),
            nodes=tuple(peers),
            org=OrgPeer(self._caller("vault", keys, "org", Kind.ORG)),
        )

    def _node(self, node: str) -> Node:
        keys = role_keys.read(self._site.path(node), node)
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

    def _org(self) -> OrgKeys:
        keys = role_keys.read(self._site.path("org"), ORG_SERVICE_ID)
        database = org_database(self._site)
        self._stack.callback(database.close)
        return build_org(self._world, keys, SqliteEpochs(database))
