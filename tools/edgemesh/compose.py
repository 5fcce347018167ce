"""Puts a role together from its keys, its stores and its ways to the other roles; the same for real and simulated."""

from dataclasses import dataclass

from hal.ports.clock import Clock
from hal.ports.random_source import RandomSource
from hal.ports.workers import Workers
from tools.edgemesh.announcer import Announcer
from tools.edgemesh.bodies import BodyStore
from tools.edgemesh.chores import Chores
from tools.edgemesh.desk import Desk
from tools.edgemesh.evidence import Verifier
from tools.edgemesh.holdings import Holdings
from tools.edgemesh.intake import Intake
from tools.edgemesh.jobbook import JobBook
from tools.edgemesh.jobkeys import JobKeys
from tools.edgemesh.keys import RoleKeys
from tools.edgemesh.node import Node
from tools.edgemesh.org import OrgKeys
from tools.edgemesh.peers import NodeInfo, NodePeer, OrgPeer, VaultPeer
from tools.edgemesh.roles import Vault
from tools.edgemesh.settings import Settings
from tools.edgemesh.stores import DeskStore, EpochStore, HoldingStore, JobStore

BADGE_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class World:
    """What every role is given: the organisation to trust, time, chance, threads."""

    org_id: str
    verifier: Verifier
    settings: Settings
    clock: Clock
    random: RandomSource
    workers: Workers


def build_vault(
    world: World,
    keys: RoleKeys,
    *,
    badge_key: bytes,
    desk_store: DeskStore,
    job_store: JobStore,
    nodes: tuple[NodePeer, ...],
    org: OrgPeer,
) -> Vault:
    """The vault's role."""
    desk = build_desk(world, keys, badge_key, desk_store)
    announcer = Announcer(job_store)
    book = JobBook(job_store, announcer, world.clock)
    job_keys = JobKeys(
        book,
        vault_id=keys.id,
        box_key=keys.box_key,
        verifier=world.verifier,
        nodes=nodes,
        org=org,
        clock=world.clock,
        random=world.random,
    )
    intake = Intake(
        book,
        desk_store,
        settings=world.settings,
        vault_id=keys.id,
        box_key=keys.box_key,
        verifier=world.verifier,
        nodes=nodes,
        org=org,
        clock=world.clock,
    )
    chores = Chores(book, desk, announcer, nodes, world.clock)
    return Vault(keys.id, keys.chain, world.settings, desk, job_keys, intake, chores, announcer, nodes)


def build_desk(world: World, keys: RoleKeys, badge_key: bytes, store: DeskStore) -> Desk:
    """The vault's desk alone, as an administrator's command needs it."""
    return Desk(
        store,
        org_id=world.org_id,
        signer=keys.signer,
        chain=keys.chain,
        badge_key=badge_key,
        clock=world.clock,
        random=world.random,
    )


def build_node(
    world: World, keys: RoleKeys, *, store: HoldingStore, bodies: BodyStore, vault: VaultPeer, url: str
) -> Node:
    """A node's role, reached by others at `url`."""
    holdings = Holdings(
        store,
        bodies,
        capacity=world.settings.node_bytes,
        vault=vault,
        clock=world.clock,
        workers=world.workers,
    )
    return Node(
        NodeInfo(keys.id, keys.chain, url),
        holdings,
        org_id=world.org_id,
        box_key=keys.box_key,
        verifier=world.verifier,
        vault=vault,
        clock=world.clock,
    )


def build_org(world: World, keys: RoleKeys, store: EpochStore) -> OrgKeys:
    """The org key service's role."""
    return OrgKeys(
        store,
        org_id=world.org_id,
        signer=keys.signer,
        chain=keys.chain,
        verifier=world.verifier,
        clock=world.clock,
    )
