"""A box that is updated in virtual time: the twin of the installer, a mesh that offers bundles, lives of a station."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from firmware.mesh.port import MeshUnreachableError
from firmware.updates.blocks import Blocks
from firmware.updates.health import Health
from firmware.updates.parts import Moments, Parts, Shown
from firmware.updates.quiet import parse_window
from firmware.updates.source import Standing
from firmware.updates.states import Offer, Phase, Record, Version
from firmware.updates.updater import Updater
from hal.ports.installer import Manifest
from hal.ports.random_source import RandomSource
from hal.sim.clock import VirtualClock
from hal.sim.installer import COMPATIBLE, SimInstaller
from hal.sim.random_source import SeededRandom, stream
from hal.sim.storage import PowerCutError, SimStorage

NIGHT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
HOUR = 3600
UNDER_WAY = Record(Phase.TRYING, "d" * 64, "0.2.0", "0.1.0", "A", 1)
"""A version that has started for the first time."""


class KnownVirtualClock(VirtualClock):
    """Knows what time it is."""

    known = True


def bundle(version: str, size: int = 3 * 2**20 + 77) -> bytes:
    """Bytes with a head, and a signature at the end that names the version."""
    signature = f"signed {version}".encode().rjust(64, b".")
    length = len(signature).to_bytes(8, "big")
    return bytes(size - len(signature) - 8) + signature + length


@dataclass
class Mesh:
    """Implements `UpdateSource`."""

    bundles: dict[str, bytes] = field(default_factory=dict)
    offered: Offer | None = None
    away: bool = False
    told: list[Standing] = field(default_factory=list)
    breaks: list[int] = field(default_factory=list)
    """Each time a bundle is asked for, so many bytes come at most, as long as there are entries."""
    drips: int = 0
    """So many times a bundle is asked for, bytes keep coming, so that nobody calls it silent, and never are a chunk."""

    def offer(self, version: str, compatible: str = COMPATIBLE, raw: bytes | None = None) -> Offer:
        raw = raw or bundle(version)
        digest = version.encode().hex().rjust(64, "0")
        self.bundles[digest] = raw
        self.offered = Offer(digest, Version(version), compatible, len(raw))
        return self.offered

    async def check(self, standing: Standing) -> Offer | None:
        if self.away:
            raise MeshUnreachableError
        self.told.append(standing)
        return self.offered

    async def bundle(self, offer: Offer, offset: int) -> AsyncGenerator[bytes, None]:
        if self.away:
            raise MeshUnreachableError
        if self.drips:
            self.drips -= 1
            await asyncio.Event().wait()
        raw = self.bundles[offer.digest]
        most = self.breaks.pop(0) if self.breaks else len(raw)
        for start in range(offset, len(raw), 2**20):
            if start - offset >= most:
                return
            yield raw[start : start + 2**20]
            await asyncio.sleep(0)


@asynccontextmanager
async def _served(blocks: Blocks, _random: RandomSource) -> AsyncIterator[str]:
    """Without a socket."""
    yield f"twin:{blocks.size}"


class Box:
    """What outlives a station: slots, storage, mesh. `faults` are what is not well, by the version that runs."""

    def __init__(self, start: datetime = NIGHT) -> None:
        self.clock = KnownVirtualClock(start)
        self.storage = SimStorage(stream(1, "storage"))
        self.mesh = Mesh()
        self.installer = SimInstaller(self.clock)
        self.installer.fetch = lambda _url: self.mesh.bundles[self.mesh.offered.digest] if self.mesh.offered else b""
        self.calm = True
        self.faults: Callable[[str], tuple[str, ...]] = lambda _version: ()
        self.journal: list[str] = []
        self.lives = 0

    def publish(self, version: str, compatible: str = COMPATIBLE) -> Offer:
        offer = self.mesh.offer(version, compatible)
        self.installer.known[self.mesh.bundles[offer.digest][-72:]] = Manifest(version, compatible)
        return offer

    def visited_at_an_installation(self) -> None:
        """Somebody comes when the next one begins, and is here until `calm` says otherwise."""
        installing = self.installer.install

        def visited(url: str) -> AsyncGenerator[int, None]:
            self.calm = False
            self.installer.install = installing  # type: ignore[method-assign]
            return installing(url)

        self.installer.install = visited  # type: ignore[method-assign]

    def power_cut(self) -> PowerCutError:
        """To be raised where the power is gone."""
        return PowerCutError()

    def updater(self) -> Updater:
        self.lives += 1
        version = self.installer.running
        moments = Moments(parse_window("02:00-05:00"), "UTC", lambda: self.calm)
        parts = Parts(
            self.installer,
            self.mesh,
            self.storage,
            self.clock,
            SeededRandom(self.lives),
            moments,
            Version(version),
            self.journal.append,
            _served,
            Shown(),
        )
        updater = Updater(parts)

        async def is_well() -> bool:
            return not self.faults(version)

        looks = dict.fromkeys(self.faults(version), is_well)
        updater.health = Health({"mesh-unreachable": updater.reaches_mesh, **looks}, self.clock)
        self.shown = parts.shown
        return updater

    async def live(self, seconds: float = 24 * HOUR) -> Record:
        """Lives of a station, one after the other as the machine starts again, for so long; a power cut of the storage
        begins the next one, too. What is kept at the end."""
        until = self.clock.monotonic() + seconds
        while True:
            self.storage.restart()
            updater = self.updater()
            serving = asyncio.ensure_future(updater.run())
            restarting = asyncio.ensure_future(self.installer.restarted.wait())
            over = asyncio.ensure_future(self.clock.sleep(max(0.0, until - self.clock.monotonic())))
            await asyncio.wait({serving, restarting, over}, return_when=asyncio.FIRST_COMPLETED)
            ended = over.done() and not restarting.done() and not serving.done()
            for task in (serving, restarting, over):
                task.cancel()
            found = await asyncio.gather(serving, restarting, over, return_exceptions=True)
            if ended:
                return updater.record
            if isinstance(found[0], PowerCutError):
                self.storage.crash()
                self.installer.cut()
            elif isinstance(found[0], BaseException) and not isinstance(found[0], asyncio.CancelledError):
                raise found[0]
            else:
                self.installer.power()
