"""The three roles as one process serves them: all, or some."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from firmware.errors import LockgateError
from hal.ports.clock import Clock
from tools.edgemesh.announcer import Announcer
from tools.edgemesh.chores import Chores
from tools.edgemesh.desk import Desk
from tools.edgemesh.evidence import Verifier
from tools.edgemesh.intake import Intake
from tools.edgemesh.jobkeys import JobKeys
from tools.edgemesh.node import Node
from tools.edgemesh.org import OrgKeys
from tools.edgemesh.peers import NodePeer
from tools.edgemesh.problems import Problem
from tools.edgemesh.settings import Settings

ROUND_SECONDS = 5.0
"""How soon what a command did to the stores from another process is taken up."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Vault:
    """The job-key vault's role, with the desk."""

    vault_id: str
    chain: tuple[bytes, ...] = field(repr=False)
    settings: Settings
    desk: Desk
    keys: JobKeys
    intake: Intake
    chores: Chores
    announcer: Announcer
    nodes: tuple[NodePeer, ...]


@dataclass(frozen=True, slots=True)
class Roles:
    """What runs here."""

    org_id: str
    verifier: Verifier
    clock: Clock
    vault_role: Vault | None = None
    nodes: Mapping[str, Node] = field(default_factory=dict)
    org_role: OrgKeys | None = None

    @property
    def vault(self) -> Vault:
        """Raises `Problem` route-unknown where another process has this role; so do the others."""
        return _served(self.vault_role)

    @property
    def org(self) -> OrgKeys:
        return _served(self.org_role)

    def node(self, node_id: str) -> Node:
        """The node of that id, or the only one when none is named."""
        if not node_id and len(self.nodes) == 1:
            return next(iter(self.nodes.values()))
        return _served(self.nodes.get(node_id))

    def recover(self) -> None:
        """At start-up, before the first request: finish what a crash cut off."""
        for node in self.nodes.values():
            node.holdings.recover()

    async def round(self) -> None:
        """One round of chores of every role; what one role cannot do now keeps no other from its own."""
        for chores in self._chores():
            try:
                await chores.round()
            except LockgateError:
                continue  # a store or a peer that fails now is tried again in the next round

    def _chores(self) -> list[Chores | Node | OrgKeys]:
        found = [self.vault_role.chores if self.vault_role else None, *self.nodes.values(), self.org_role]
        return [chores for chores in found if chores is not None]

    async def tend(self, seconds: float = ROUND_SECONDS) -> None:
        """Rounds for ever, one as soon as a job changed, else every so many seconds; ends when cancelled."""
        while True:
            turn = self.vault_role.announcer.turn if self.vault_role else 0
            await self.round()
            if self.vault_role is None:
                await self.clock.sleep(seconds)
            else:
                await self.vault_role.announcer.past(turn, seconds)


def _served(role: T | None) -> T:
    if role is None:
        raise Problem("route-unknown", "another process has this role")
    return role
