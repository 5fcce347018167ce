"""A box that pairs, in virtual time, with a mesh in memory and a person who may type."""

from collections.abc import Callable

from firmware.pairing.applicant import Applicant
from firmware.pairing.flow import Attempt, Means
from firmware.pairing.port import CodeNotice
from firmware.vault.identity import Identity, Kind
from hal.ports.key_store import KeyStore
from hal.sim.clock import VirtualClock
from hal.sim.key_store import SimKeyStore
from hal.sim.random_source import SeededRandom
from hal.sim.storage import PowerCutError
from tests.support.pairing_mesh import URL, PairingMesh
from tools.edgemesh.ca import Ca

TOKEN = "t" * 43


class CuttingKeys:
    """A key store whose power goes at the n-th change, before it happens or after."""

    protection = "simulated"

    def __init__(self) -> None:
        self.inner = SimKeyStore()
        self.changes = 0
        self.cut_at = 0
        self.done_first = False

    def load(self, name: str) -> bytes:
        return self.inner.load(name)

    def store(self, name: str, secret: bytes) -> None:
        self._changed(lambda: self.inner.store(name, secret))

    def destroy(self, name: str) -> None:
        self._changed(lambda: self.inner.destroy(name))

    def _changed(self, change: Callable[[], None]) -> None:
        self.changes += 1
        cut = self.changes == self.cut_at
        if not cut or self.done_first:
            change()
        if cut:
            raise PowerCutError


class Box:
    """`codes` are all that were shown; `on_code` is what a person does with one."""

    def __init__(self, keys: KeyStore | None = None) -> None:
        self.clock = VirtualClock()
        self.keys = keys or SimKeyStore()
        self.random = SeededRandom(7)
        self.mesh = PairingMesh(Ca.create("org-1", now=self.clock.now()), self.clock)
        self.shown: list[CodeNotice | None] = []
        self.on_code: Callable[[str], object] = lambda code: None

    @property
    def codes(self) -> list[str]:
        return [notice.code for notice in self.shown if notice is not None]

    def display(self, notice: CodeNotice | None) -> None:
        self.shown.append(notice)
        if notice is not None:
            self.on_code(notice.code)

    def means(self) -> Means:
        return Means(self.keys, self.mesh, self.clock, self.random, self.display)

    def attempt(self, kind: Kind = Kind.STATION, **more: object) -> Attempt:
        return Attempt(Applicant(kind, "lobby", URL, **more), self.means())  # type: ignore[arg-type]

    async def pair(self, kind: Kind = Kind.STATION, **more: object) -> Identity:
        return await self.attempt(kind, **more).run()

    def has(self, name: str) -> bool:
        return name in self.secrets

    @property
    def secrets(self) -> dict[str, bytes]:
        store = self.keys.inner if isinstance(self.keys, CuttingKeys) else self.keys
        assert isinstance(store, SimKeyStore)
        return dict(store._secrets)
