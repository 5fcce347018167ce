"""The network between the station and the mesh, and what can be wrong with it."""

import asyncio
from dataclasses import dataclass
from enum import Enum

from firmware.mesh.port import MeshUnreachableError, MeshUntrustedError
from hal.sim.commands import Command, Plain
from hal.sim.commands_mesh import MeshAdds, MeshCuts, MeshFlips, SlowMesh

Connection = asyncio.Future[None]
"""Stands for all connections of one moment: done once they are gone."""


class Manners(Enum):
    """How whoever answers at the mesh's address answers."""

    GOOD = "as it should"
    SILENT = "takes requests and says nothing"
    HTML = "answers with a web page, as a captive portal does"
    FOREIGN = "has a certificate of another organisation"


@dataclass(slots=True)
class BodyFaults:
    """What happens to the next body that is sent, once; places are bytes of the sealed document, from 0."""

    cut_after: int | None = None
    flip: int | None = None
    extra: int = 0


class Network:
    """One station's way to the mesh; needs a running loop from its first connection on."""

    def __init__(self) -> None:
        self.cut = False
        self.serving = True
        """Whether the mesh's process lives."""
        self.late = 0.0
        """Seconds by which every answer is late."""
        self.manners = Manners.GOOD
        self.bodies = BodyFaults()
        self.bodies_sent = 0
        """Bodies whose sending began."""
        self._answering = asyncio.Event()
        self._answering.set()
        self._broken: Connection | None = None

    @property
    def broken(self) -> Connection:
        """For a connection made now."""
        if self._broken is None:
            self._broken = asyncio.get_running_loop().create_future()
        return self._broken

    def break_connections(self) -> None:
        """Every connection there is ends at once."""
        if self._broken is not None:
            self._broken.set_result(None)
            self._broken = None

    def check(self) -> None:
        """Whether a new connection comes about. Raises `MeshUnreachableError`, `MeshUntrustedError`."""
        if self.cut:
            raise MeshUnreachableError("no network")
        if not self.serving:
            raise MeshUnreachableError("connection refused")
        if self.manners is Manners.FOREIGN:
            raise MeshUntrustedError("certificate of another organisation")

    async def answering(self) -> None:
        """Wait while the mesh is silent."""
        await self._answering.wait()

    def take_body_faults(self) -> BodyFaults:
        """Those for the body that is sent now; the next one is whole again."""
        self.bodies_sent += 1
        faults, self.bodies = self.bodies, BodyFaults()
        return faults

    def behave(self, manners: Manners) -> None:
        """Answer like that from now on. Connections of before end, unless it only falls silent."""
        self.manners = manners
        if manners is Manners.SILENT:
            self._answering.clear()
            return
        self._answering.set()
        if manners is not Manners.GOOD:
            self.break_connections()


MANNERS = {
    Plain.MESH_SILENT: Manners.SILENT,
    Plain.MESH_HTML: Manners.HTML,
    Plain.MESH_FOREIGN_CERTIFICATE: Manners.FOREIGN,
}


def obey(network: Network, command: Command) -> bool:
    """Carry out a command about the network; False for one about something else."""
    match command:
        case Plain.CUT_NETWORK:
            network.cut = True
            network.break_connections()
        case Plain.RESTORE_NETWORK:
            network.cut = False
        case Plain.MESH_BEHAVES:
            network.late, network.bodies = 0.0, BodyFaults()
            network.behave(Manners.GOOD)
        case Plain() if command in MANNERS:
            network.behave(MANNERS[command])
        case SlowMesh(seconds):
            network.late = seconds
        case MeshCuts(after):
            network.bodies.cut_after = after
        case MeshFlips(byte):
            network.bodies.flip = byte
        case MeshAdds(extra):
            network.bodies.extra = extra
        case _:
            return False
    return True
