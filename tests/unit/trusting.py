"""The trusting half of a station in virtual time: its clock, its deny list, its keeper, and a mesh that may lie."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any

from firmware.config import Config
from firmware.mesh.port import MeshUnreachableError
from firmware.recording import Record
from firmware.trust.keeper import Keeper
from firmware.trust.trust import Trust, open_trust
from firmware.trust.trusted_mesh import TrustedMesh
from firmware.vault.identity import IdentityError
from hal.sim.board import SimBoard, sim_board
from hal.sim.clock import VirtualClock
from hal.sim.printer import SimPrinter
from hal.sim.virtual_time import run
from tests.support.pki import NOW, ORG, Holder, Pki
from tests.unit.delivery.world import FakeMesh, World
from tools.edgemesh.ca import Ca

CARD = "04a1b2c3"
TEN_YEARS = timedelta(days=3653)
UNREACHABLE = MeshUnreachableError("no network")


class Station:
    """One life of the trusting half of a station; the world's clock is the mesh's, the board's is its own."""

    def __init__(self, world: World | None = None, *, calendar: datetime = NOW) -> None:
        self.world = world or World()
        self.board_clock = VirtualClock(calendar)
        self.box: SimBoard[SimPrinter] = sim_board(
            1, self.world.printer, clock=self.board_clock, secrets=self.world.station.files()
        )
        self.lines: list[str] = []
        self.begin()

    def begin(self) -> None:
        """A new life on the same box."""
        ca_pem = self.world.pki.ca.certificate_pem
        config = Config("sim", "https://mesh.test", "sim", "sim:", ("sim:",), "sim:", ca_pem=ca_pem)
        board = self.box.board()
        self.trust = open_trust(board, config)
        tell = self.lines.append
        self.record = Record(board, self.trust, tell)
        self.keeper = Keeper(
            self.trust, self.world.mesh, random=board.random, workers=board.workers, record=self.record, tell=tell
        )
        self.asked = TrustedMesh(self.world.mesh, self.keeper)

    @property
    def mesh(self) -> FakeMesh:
        return self.world.mesh

    async def keep(self, seconds: float) -> None:
        """The keeper's duty for so long."""
        keeping = asyncio.ensure_future(self.keeper.run())
        await asyncio.sleep(seconds)
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)

    def off(self) -> timedelta:
        """How far its time is from the mesh's."""
        return abs(self.trust.clock.now() - self.world.truth.now)


def told(story: Callable[[Station], Coroutine[Any, Any, None]], **options: Any) -> list[str]:
    """What the journal says of a story."""

    async def main() -> list[str]:
        station = Station(**options)
        await story(station)
        return station.lines

    return run(main(), timeout=1e9)


def check(trust: Trust, holder: Holder) -> str:
    """What a connection to this peer comes to."""
    try:
        trust.check_peer(holder.chain[0])
    except IdentityError as exc:
        return exc.code
    return "trusted"


def old_pki() -> Pki:
    """An organisation whose CA was made long ago and lasts long."""

    ca = Ca.create(ORG, now=NOW - timedelta(days=400), lifetime=timedelta(days=20 * 365))
    return Pki(ca=ca)
