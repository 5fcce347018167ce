"""Puts a role together from its keys, its stores and its ways to the other roles; the same for real and simulated."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from firmware.audit.port import Audit
from hal.ports.clock import Clock
from hal.ports.random_source import RandomSource
from hal.ports.storage import Storage
from hal.ports.workers import Workers
from tools.edgemesh.announcer import Announcer
from tools.edgemesh.ca import Ca
from tools.edgemesh.cards.book import CardBook, CardStore
from tools.edgemesh.chores import Chores
from tools.edgemesh.evidence import Verifier
from tools.edgemesh.holdings import Holdings
from tools.edgemesh.intake import Intake
from tools.edgemesh.jobbook import JobBook
from tools.edgemesh.jobkeys import JobKeys
from tools.edgemesh.keys import RoleKeys
from tools.edgemesh.node import Node
from tools.edgemesh.nodes import Nodes
from tools.edgemesh.org import OrgKeys
from tools.edgemesh.peers import OrgPeer, VaultPeer
from tools.edgemesh.people.badges import DeskKeys
from tools.edgemesh.people.desk import Desk
from tools.edgemesh.phones.doorbells import Doorbells
from tools.edgemesh.phones.phones import Phones
from tools.edgemesh.previews import Previews
from tools.edgemesh.receipts import Receipts
from tools.edgemesh.registrar.admissions import Admissions
from tools.edgemesh.registrar.bench import Bench
from tools.edgemesh.registrar.certifier import Certifier
from tools.edgemesh.registrar.denybook import DenyBook, Keep
from tools.edgemesh.registrar.registrar import Registrar
from tools.edgemesh.registrar.renewals import Renewals
from tools.edgemesh.registrar.revocations import Revocations
from tools.edgemesh.registrar.store import DenialStore, MemberStore
from tools.edgemesh.registrar.tokens import Tokens
from tools.edgemesh.registrar.upkeep import Own, Upkeep
from tools.edgemesh.registrar.waiting import WaitingRoom
from tools.edgemesh.roles import Vault
from tools.edgemesh.settings import Settings
from tools.edgemesh.storage.bodies import BodyStore
from tools.edgemesh.storage.stores import DeskStore, EpochStore, HoldingStore, JobStore, ReceiptStore
from tools.edgemesh.succession import Announcing, Succession
from tools.edgemesh.updates.bundles import Bundles
from tools.edgemesh.updates.fleet import Fleet
from tools.edgemesh.updates.kept import Kept


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
    desk_keys: DeskKeys,
    desk_store: DeskStore,
    card_store: CardStore,
    job_store: JobStore,
    receipt_store: ReceiptStore,
    nodes: Nodes,
    org: OrgPeer,
    audit: Audit,
    update_files: Storage,
    bundles: Bundles,
) -> Vault:
    """The vault's role."""
    desk = build_desk(world, keys, desk_keys, desk_store, card_store)
    announcer, announcing = Announcer(job_store), Announcing()
    book = JobBook(job_store, announcer, world.clock)
    receipts = Receipts(receipt_store, desk_store, world.verifier, world.clock)
    job_keys = _job_keys(world, keys, book, receipts, nodes=nodes, org=org)
    intake = _intake(world, keys, book, desk_store, nodes=nodes, org=org, announcing=announcing)
    succession = Succession(book, org, announcing, audit, world.clock)
    chores = Chores(book, desk, announcer, nodes, world.clock, receipts=receipts)
    previews = Previews(book, desk, verifier=world.verifier, nodes=nodes, org=org)
    phones = _phones(world, desk, announcer)
    fleet = Fleet(Kept(update_files), bundles, audit, world.clock)
    return Vault(
        keys, world.settings, desk, job_keys, intake, chores, succession, announcer, nodes, previews, phones, fleet
    )


def _job_keys(
    world: World, keys: RoleKeys, book: JobBook, receipts: Receipts, *, nodes: Nodes, org: OrgPeer
) -> JobKeys:
    return JobKeys(
        book,
        org_id=world.org_id,
        keys=keys,
        verifier=world.verifier,
        nodes=nodes,
        org=org,
        receipts=receipts,
        clock=world.clock,
        random=world.random,
    )


def _intake(
    world: World,
    keys: RoleKeys,
    book: JobBook,
    desk_store: DeskStore,
    *,
    nodes: Nodes,
    org: OrgPeer,
    announcing: Announcing,
) -> Intake:
    return Intake(
        book,
        desk_store,
        settings=world.settings,
        vault_id=keys.id,
        box_key=keys.box_key,
        verifier=world.verifier,
        nodes=nodes,
        org=org,
        clock=world.clock,
        announcing=announcing,
    )


def _phones(world: World, desk: Desk, announcer: Announcer) -> Phones:
    return Phones(
        desk,
        Doorbells(announcer.wake),
        org_id=world.org_id,
        url=world.settings.phone.url,
        verifier=world.verifier,
        clock=world.clock,
        random=world.random,
    )


def build_desk(world: World, keys: RoleKeys, desk_keys: DeskKeys, store: DeskStore, card_store: CardStore) -> Desk:
    """The vault's desk alone, as an administrator's command needs it."""
    return Desk(
        store,
        org_id=world.org_id,
        keys=keys,
        verifier=world.verifier,
        desk_keys=desk_keys,
        clock=world.clock,
        random=world.random,
        workers=world.workers,
        cards=CardBook(card_store),
        self_service=world.settings.association == "code",
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
        refuse_blocked=world.verifier.refuse_blocked,
    )
    return Node(
        keys,
        url,
        holdings,
        org_id=world.org_id,
        verifier=world.verifier,
        vault=vault,
        clock=world.clock,
    )


def build_registrar(
    world: World,
    keys: RoleKeys,
    *,
    ca: Ca,
    denial_store: DenialStore,
    member_store: MemberStore,
    audit: Audit,
    own: Iterable[Own] = (),
    keep: Keep = lambda _: None,
) -> Registrar:
    """The registrar's role; `own` are those of this process, whose certificates it renews unasked; `keep` remembers
    each issue of the deny list outside the store."""
    clock, random, changing = world.clock, world.random, asyncio.Lock()
    denybook = DenyBook(denial_store, ca=ca, denials=world.verifier.denials, clock=clock, random=random, keep=keep)
    certifier = Certifier(ca, denybook, clock)
    bench = Bench(member_store, denybook, certifier, audit, clock, changing)
    return Registrar(
        keys,
        ca,
        denybook,
        member_store,
        Admissions(bench, WaitingRoom(clock, random)),
        Tokens(bench, random),
        Renewals(bench, world.verifier),
        Revocations(bench),
        Upkeep(own, member_store, anchor=world.verifier.anchor, certifier=certifier, clock=clock),
        changing,
        audit,
    )


def build_org(world: World, keys: RoleKeys, store: EpochStore) -> OrgKeys:
    """The org key service's role."""
    return OrgKeys(
        store,
        org_id=world.org_id,
        keys=keys,
        verifier=world.verifier,
        clock=world.clock,
    )
