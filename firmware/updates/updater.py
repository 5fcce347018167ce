"""Does what the update machine decides, one effect after the other: a duty for as long as the station runs."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from firmware.errors import LockgateError
from firmware.mesh.port import MeshError, MeshProtocolError, MeshUnreachableError, MeshUntrustedError
from firmware.updates import steps
from firmware.updates.blocks import Blocks
from firmware.updates.health import Health
from firmware.updates.machine import Machine
from firmware.updates.quiet import Window
from firmware.updates.record import FILE, WISH, keep, kept_record
from firmware.updates.source import Standing, UpdateSource
from firmware.updates.states import Offer, Phase, Record, UpdateError, Version
from firmware.updates.steps import Effect, Event
from hal.ports.clock import Clock
from hal.ports.errors import DeviceError, StorageError
from hal.ports.installer import Installer, InstallerError
from hal.ports.random_source import RandomSource
from hal.ports.storage import Storage

LOG = logging.getLogger("lockgate.updates")
LOOK_SECONDS = 30.0
POLL_SECONDS = 900.0
MOST_MARKS = 3
INSTALL_SECONDS, LEAST_RATE, MOST_INSTALL_SECONDS = 3600.0, 32 * 1024, 12 * 3600.0
"""An installation may take the first, and a second for each so many bytes of the bundle, and never more than the last:
each byte that comes begins the wait for the next one anew, so a mesh could drip one for weeks."""
FAILURES = (MeshError, MeshProtocolError, MeshUnreachableError, MeshUntrustedError)
IMAGE_VERSION = Path("/usr/lib/lockgate/version")
"""An image says here which one it is, in its read-only part."""


Serve = Callable[[Blocks, RandomSource], AbstractAsyncContextManager[str]]
"""Has the installer reach a bundle: the URL, while the context lasts. `proxy.served` is the real one."""


class KnownClock(Clock, Protocol):
    """A clock that may not know the time of day yet."""

    known: bool


@dataclass(frozen=True, slots=True)
class Moments:
    """When it may be. `is_calm`: nobody is here, and nothing prints or waits to."""

    window: Window
    zone: str
    is_calm: Callable[[], bool]

    def is_quiet(self, clock: KnownClock) -> bool:
        """Never, before it is known what time it is."""
        now: datetime = clock.now()
        return clock.known and self.window.has(now, self.zone)


@dataclass(slots=True)
class Shown:
    """What a screen and the metrics show: `percent` of an installation, None where none is under way; `leaving`: the
    machine starts again any moment. `changed` is called after each change."""

    percent: int | None = None
    leaving: bool = False
    phase: Phase = Phase.NONE
    changed: Callable[[], None] = lambda: None

    @property
    def is_busy(self) -> bool:
        """Whether people are to be told."""
        return self.leaving or self.percent is not None


@dataclass(frozen=True, slots=True)
class Parts:
    """What an updater works with; `version` is the one that runs, `tell` writes a line of the journal."""

    installer: Installer
    source: UpdateSource
    storage: Storage
    clock: KnownClock
    random: RandomSource
    moments: Moments
    version: Version
    tell: Callable[[str], None]
    serve: Serve
    shown: Shown = field(default_factory=Shown)


class Updater:
    """Build it, set `health`, then keep `run` on."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._machine = Machine(_taken_up(parts.storage, parts.tell))
        self._slot = self._compatible = ""
        self._faults: tuple[str, ...] = ()
        self._poll_at = 0.0
        self.health: Health | None = None

    @property
    def record(self) -> Record:
        """How far it is."""
        return self._machine.record

    async def run(self) -> None:
        """For ever."""
        await self._begin()
        while True:
            if self._parts.clock.monotonic() >= self._poll_at:
                await self._polled()
            await self._wishes()
            await self._look()
            await self._parts.clock.sleep(LOOK_SECONDS)

    async def reaches_mesh(self) -> bool:
        """Tell the mesh how things stand, and whether it answered."""
        return await self._asked() is not None

    # The loop's parts

    async def _begin(self) -> None:
        """Asked again soon: just after a start the installer may be slow, and a try waits to be looked at."""
        told = False
        while True:
            try:
                slots = await self._parts.installer.slots()
            except InstallerError as exc:
                if not told:
                    self._parts.tell(f"updates: {exc.code}: {exc.detail}")
                told = True
                await self._parts.clock.sleep(LOOK_SECONDS)
            else:
                break
        self._slot, self._compatible = slots.booted, slots.compatible
        await self._take(steps.Began(slots.booted, slots.primary, self._parts.version, slots.compatible))

    async def _polled(self) -> None:
        self._poll_at = self._parts.clock.monotonic() + POLL_SECONDS
        if (answer := await self._asked()) is not None:
            await self._take(steps.Polled(answer[0]))

    async def _asked(self) -> tuple[Offer | None] | None:
        """The mesh's answer; None where there is none."""
        record = self.record
        standing = Standing(
            self._parts.version.text,
            self._compatible,
            self._slot,
            record.phase.value,
            record.digest,
            record.code,
            self._faults,
        )
        try:
            return (await self._parts.source.check(standing),)
        except FAILURES as exc:
            LOG.info("the mesh was not asked for updates: %s", exc.code)
            return None

    async def _wishes(self) -> None:
        try:
            wished = self._parts.storage.read(WISH)
            if wished is not None:
                self._parts.storage.remove(WISH)
        except StorageError as exc:
            LOG.warning("updates: %s", exc.code)
            return
        if wished is not None:
            self._poll_at = 0.0
            if wished.strip() == b"install":
                await self._take(steps.Wished())
            await self._polled()

    async def _look(self) -> None:
        moments = self._parts.moments
        faults = await self.health.faults() if self.health and self.record.phase is Phase.READY else ()
        is_calm = moments.is_calm()  # asked last: nobody may come between this and what follows
        await self._take(steps.Looked(moments.is_quiet(self._parts.clock), is_calm, faults))

    # What is decided, and done

    async def _take(self, event: Event) -> None:
        events = [event]
        while events:
            for effect in self._machine.handle(events.pop(0)):
                answer = await self._perform(effect)
                if answer is not None:
                    events.append(answer)
                if isinstance(answer, steps.Failed):
                    break
            self._show(leaving=self._parts.shown.leaving)

    async def _perform(self, effect: Effect) -> Event | None:
        match effect:
            case steps.Keep(record):
                return self._keep(record)
            case steps.Install(offer):
                return await self._install(offer)
            case steps.Restart(trial):
                return await self._restart(trial=trial)
            case steps.Mark(good):
                return await self._mark(good=good)
            case steps.Examine():
                lasting = await self.health.lasting(self.record.known) if self.health else ()
                return steps.Examined(lasting)
            case steps.Tell():
                self._poll_at = 0.0
            case steps.Note(line):
                self._parts.tell(line)
        return None

    def _keep(self, record: Record) -> Event | None:
        try:
            keep(self._parts.storage, record)
        except StorageError as exc:
            self._parts.tell(f"updates: {exc.code}")
            return steps.Failed(exc.code)
        return None

    async def _install(self, offer: Offer) -> Event:
        most = install_seconds(offer.size)
        try:
            async with asyncio.timeout(most):
                return await self._installed(offer)
        except TimeoutError:
            self._parts.tell(f"updates: bundle-too-slow: {offer.size} bytes were not installed in {most:.0f} s")
            return steps.Failed("bundle-too-slow")

    async def _installed(self, offer: Offer) -> Event:
        blocks = Blocks(self._parts.source, offer)
        self._show(percent=0)
        try:
            manifest = await self._parts.installer.inspect(await blocks.ends())
            if (manifest.version, manifest.compatible) != (offer.version.text, offer.compatible):
                return steps.Failed("bundle-differs")
            async with self._parts.serve(blocks, self._parts.random) as url:
                async for percent in self._parts.installer.install(url):
                    self._show(percent=percent)
        except (LockgateError, DeviceError) as exc:
            self._parts.tell(f"updates: {exc.code}: {exc.detail}")
            return steps.Failed(exc.code)
        except OSError as exc:
            return steps.Failed("install-failed" if exc.errno else "bundle-unreadable")
        finally:
            await blocks.aclose()
            self._show()
        return steps.Installed()

    async def _restart(self, *, trial: bool) -> Event | None:
        self._show(leaving=True)
        try:
            await self._parts.installer.restart(trial=trial)
        except InstallerError as exc:
            self._show()
            return steps.Failed(exc.code)
        return None

    async def _mark(self, *, good: bool) -> Event | None:
        """A good slot that cannot be marked so is a slot to leave: that is tried more than once."""
        for left in reversed(range(MOST_MARKS if good else 1)):
            try:
                await self._parts.installer.mark(good=good)
            except InstallerError as exc:
                LOG.warning("the slot is not marked: %s", exc.code)
                if not left:
                    return steps.Failed(exc.code) if good else None
                await self._parts.clock.sleep(LOOK_SECONDS)
            else:
                break
        return steps.Marked() if good else None

    def _show(self, *, percent: int | None = None, leaving: bool = False) -> None:
        shown = self._parts.shown
        shown.percent, shown.leaving, shown.phase = percent, leaving, self.record.phase
        shown.changed()


def install_seconds(size: int) -> float:
    """How long the installation of a bundle of `size` bytes may take."""
    return min(INSTALL_SECONDS + size / LEAST_RATE, MOST_INSTALL_SECONDS)


def running_version(program: str, path: Path = IMAGE_VERSION) -> Version:
    """Of the image; of the program where there is no image."""
    try:
        return Version(path.read_text(encoding="ascii").strip())
    except (OSError, UnicodeDecodeError, UpdateError):
        return Version(program)


def _taken_up(storage: Storage, tell: Callable[[str], None]) -> Record:
    """What is damaged is nothing to go by: the slots still say where we are."""
    try:
        return kept_record(storage)
    except (UpdateError, StorageError) as exc:
        tell(f"updates: {exc.code}: {FILE} begins anew")
        return Record()
