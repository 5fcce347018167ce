"""The roles as one process serves them: all, or some."""

import asyncio
import logging
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar

from firmware.errors import LockgateError
from hal.ports.clock import Clock
from tools.edgemesh.announcer import Announcer
from tools.edgemesh.audits import RoleAudit
from tools.edgemesh.chores import Chores
from tools.edgemesh.evidence import Verifier
from tools.edgemesh.followers import Follower, ListHerald
from tools.edgemesh.intake import Intake
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.interface.refusals import RefusalRate
from tools.edgemesh.jobkeys import JobKeys
from tools.edgemesh.keys import RoleKeys
from tools.edgemesh.node import Node
from tools.edgemesh.nodes import Nodes
from tools.edgemesh.org import OrgKeys
from tools.edgemesh.people.desk import Desk
from tools.edgemesh.phones.phones import Phones
from tools.edgemesh.previews import Previews
from tools.edgemesh.registrar.registrar import Registrar
from tools.edgemesh.settings import Settings
from tools.edgemesh.succession import Succession
from tools.edgemesh.turns import Turns
from tools.edgemesh.updates.fleet import Fleet
from tools.edgemesh.witnesses import Witness

ROUND_SECONDS = 5.0
"""How soon what a command did to the stores from another process is taken up."""
CATCH_UP_SECONDS = 2.0
UNKNOWING_SECONDS = 0.5
"""How soon a process that knows no deny list yet, and so gives nothing out, asks again."""
log = logging.getLogger("edgemesh")
T = TypeVar("T")


def _nothing(_name: str) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True)
class Vault:
    """The job-key vault's role, with the desk."""

    identity: RoleKeys
    settings: Settings
    desk: Desk
    keys: JobKeys
    intake: Intake
    chores: Chores
    succession: Succession
    announcer: Announcer
    nodes: Nodes
    previews: Previews
    phones: Phones
    fleet: Fleet


@dataclass(frozen=True, slots=True)
class Roles:
    """What runs here."""

    org_id: str
    verifier: Verifier
    clock: Clock
    vault_role: Vault | None = None
    nodes: Mapping[str, Node] = field(default_factory=dict)
    org_role: OrgKeys | None = None
    registrar_role: Registrar | None = None
    audits: Mapping[str, RoleAudit] = field(default_factory=dict)
    """The record of each role that is served here, by the role's name: `vault`, `org`, `registrar`, a node's id."""
    urls: Callable[[], Mapping[str, str]] = dict
    """Where each role of the site answers now, by name; without those nobody knows of."""
    followers: tuple[Follower, ...] = ()
    """What keeps this process in step with the registrar. It may not answer for long, so nobody waits for these."""
    following: Turns = field(default_factory=Turns)
    herald: ListHerald | None = None
    station_config: Callable[[str], Mapping[str, str]] = _nothing
    """What the site says for a station of that name, beside its identity."""
    protection: str = ""
    """What guards the keys of this process at rest, in honest words."""
    refusals: RefusalRate = field(default_factory=RefusalRate)
    witness: Witness = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "witness", Witness(self.clock))

    @property
    def vault(self) -> Vault:
        """Raises `Problem` route-unknown where another process has this role; so do the others."""
        return _served(self.vault_role)

    @property
    def org(self) -> OrgKeys:
        return _served(self.org_role)

    @property
    def registrar(self) -> Registrar:
        return _served(self.registrar_role)

    def node(self, node_id: str) -> Node:
        """The node of that id, or the only one when none is named."""
        if not node_id and len(self.nodes) == 1:
            return next(iter(self.nodes.values()))
        return _served(self.nodes.get(node_id))

    def audit(self, role: str) -> RoleAudit:
        """The record of a role that is served here."""
        return _served(self.audits.get(role))

    def recover(self) -> None:
        """At start-up, before the first request: finish what a crash cut off."""
        if self.registrar_role:
            self.registrar_role.recover()
        for node in self.nodes.values():
            node.holdings.recover()

    def wake(self) -> None:
        """Who belongs has changed: have a round now, where the vault is served here."""
        if self.vault_role:
            self.vault_role.announcer.wake()
        self.following.wake()

    async def catch_up(self) -> None:
        """Get in step with the registrar, if it answers soon: it may be starting, too."""
        with suppress(TimeoutError):
            async with asyncio.timeout(CATCH_UP_SECONDS):
                await asyncio.gather(*map(_tried, self.followers))
                while self.followers and not self.verifier.denials.number:
                    await self.clock.sleep(UNKNOWING_SECONDS / 5)
                    await asyncio.gather(*map(_tried, self.followers))

    async def round(self) -> None:
        """One round of everything."""
        for follower in self.followers:
            await _tried(follower)
        await self.do_chores()

    async def do_chores(self) -> None:
        """One round of chores of every role; what one role cannot do now keeps no other from its own."""
        for chores in (*self._chores(), _Announcing(self)):
            await _tried(chores)

    def announce_delegations(self) -> None:
        """Have the deny list name the delegations that were ended: at once where registrar and vault are in one
        process, else a follower asks for it until it is done. The vault refuses them anyway. Raises `Problem`,
        `StoreError`."""
        if self.vault_role and self.registrar_role:
            self.vault_role.desk.delegations.announce(self.registrar_role.denybook)
        elif self.vault_role and self.vault_role.desk.delegations.untold():
            self.following.wake()

    def _chores(self) -> list[Follower]:
        vault = (self.vault_role.chores, self.vault_role.succession) if self.vault_role else ()
        found = [self.registrar_role, self.herald, self.org_role, *vault, *self.nodes.values()]
        return [chores for chores in found if chores is not None]

    async def tend(self, seconds: float = ROUND_SECONDS) -> None:
        """Rounds of chores for ever and, beside them, of each follower in its own time; ends when cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._do_chores_on(seconds), name="chores")
            for follower in self.followers:
                group.create_task(self._follow(follower, seconds), name=type(follower).__name__)

    async def _follow(self, follower: Follower, seconds: float) -> None:
        while True:
            turn, number = self.following.turn, self.verifier.denials.number
            await _tried(follower)
            if self.vault_role and self.verifier.denials.number != number:
                self.vault_role.announcer.wake()
            await self.following.past(turn, seconds if self.verifier.denials.number else UNKNOWING_SECONDS)

    async def _do_chores_on(self, seconds: float) -> None:
        """A round as soon as a job changed, else every so many seconds."""
        while True:
            turn = self.vault_role.announcer.turn if self.vault_role else 0
            await self.do_chores()
            if self.vault_role is None:
                await self.clock.sleep(seconds)
            else:
                await self.vault_role.announcer.past(turn, seconds)


@dataclass(frozen=True, slots=True)
class _Announcing:
    """`Roles.announce_delegations` as a chore."""

    roles: Roles

    async def round(self) -> None:
        self.roles.announce_delegations()


async def _tried(chores: Follower) -> None:
    """The dispatcher of all chores: whatever one of them raises, there is a next round."""
    try:
        await chores.round()
    except LockgateError as exc:  # a store or a peer that fails now
        log.debug("%s: %s", type(chores).__name__, exc.code)
    except Exception as exc:  # noqa: BLE001 - a dispatcher: nobody would restart the chores of a role
        log.log(logging.ERROR, "%s: %s", type(chores).__name__, _told(exc))


def _told(exc: Exception) -> str:
    """What it is and where: its words may hold what no log may."""
    where = traceback.extract_tb(exc.__traceback__)[-1]
    return f"{type(exc).__name__} at {where.filename}:{where.lineno}"


def _served(role: T | None) -> T:
    if role is None:
        raise Problem("route-unknown", "another process has this role")
    return role
