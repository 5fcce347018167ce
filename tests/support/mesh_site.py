"""A mesh in memory with a station, a client and a person, in virtual time."""

from dataclasses import dataclass, field

from hal.ports.clock import Clock
from hal.sim.clock import VirtualClock
from hal.sim.random_source import SeededRandom
from hal.sim.workers import InlineWorkers
from tests.support.mesh_http import LocalWire
from tests.support.mesh_people import ClientDouble, StationDouble
from tools.edgemesh.keys import RoleKeys
from tools.edgemesh.memory_mesh import MemoryMesh
from tools.edgemesh.settings import Settings
from tools.edgemesh.storage.records import User

ORG = "acme.example"
BADGE = "04A1B2C3D4"


@dataclass(slots=True)
class MemorySite:
    """To be made inside a virtual loop. `ada` has the badge `BADGE`."""

    settings: Settings = field(default_factory=Settings)
    nodes: tuple[str, ...] = ("node-1",)
    clock: Clock = field(default_factory=VirtualClock)
    mesh: MemoryMesh = field(init=False)
    client: ClientDouble = field(init=False)
    station: StationDouble = field(init=False)

    def __post_init__(self) -> None:
        self.mesh = MemoryMesh(
            ORG,
            clock=self.clock,
            random=SeededRandom(7),
            workers=InlineWorkers(),
            nodes=self.nodes,
            settings=self.settings,
        )
        self.mesh.add_user(User("ada"), BADGE)
        self.client = self.new_client("client-1", "ada")
        self.station = self.new_station("station-1")

    def wire(self, keys: RoleKeys) -> LocalWire:
        return LocalWire(lambda: self.mesh.api, self.mesh.identity(keys))

    def new_station(self, station_id: str) -> StationDouble:
        keys = self.mesh.add_station(station_id)
        return StationDouble(self.wire(keys), keys, ORG, self.clock.now)

    def new_client(self, client_id: str, *users: str, seed: int = 1) -> ClientDouble:
        keys = self.mesh.add_client(client_id, users)
        return ClientDouble(self.wire(keys), keys, self.clock.now, seed)
