"""What the update machine decides, done: one effect at a time, and what came of it."""

import asyncio
import logging

from firmware.errors import LockgateError
from firmware.updates import steps
from firmware.updates.blocks import Blocks
from firmware.updates.parts import Parts
from firmware.updates.record import keep
from firmware.updates.states import Offer, Record
from firmware.updates.steps import Effect, Event
from hal.ports.errors import DeviceError, StorageError
from hal.ports.installer import InstallerError

LOG = logging.getLogger("lockgate.updates")
MARK_SECONDS = 30.0
"""Between two tries."""
MOST_MARKS = 3
INSTALL_SECONDS, LEAST_RATE, MOST_INSTALL_SECONDS = 3600.0, 32 * 1024, 12 * 3600.0
"""An installation may take the first, and a second for each so many bytes of the bundle, and never more than the last:
each byte that comes begins the wait for the next one anew, so a mesh could drip one for weeks."""


class Effects:
    """By the installer, the storage and the journal of `parts`."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def perform(self, effect: Effect) -> Event | None:
        """Do it; the event that this is to the machine, if it is one. Nothing for what is not of these parts."""
        match effect:
            case steps.Keep(record):
                return self._keep(record)
            case steps.Install(offer):
                return await self._install(offer)
            case steps.Restart(trial):
                return await self._restart(trial=trial)
            case steps.Mark(good):
                return await self._mark(good=good)
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
        self._parts.shown.show(percent=0)
        try:
            manifest = await self._parts.installer.inspect(await blocks.ends())
            if (manifest.version, manifest.compatible) != (offer.version.text, offer.compatible):
                return steps.Failed("bundle-differs")
            async with self._parts.serve(blocks, self._parts.random) as url:
                async for percent in self._parts.installer.install(url):
                    self._parts.shown.show(percent=percent)
        except (LockgateError, DeviceError) as exc:
            self._parts.tell(f"updates: {exc.code}: {exc.detail}")
            return steps.Failed(exc.code)
        except OSError as exc:
            return steps.Failed("install-failed" if exc.errno else "bundle-unreadable")
        finally:
            await blocks.aclose()
            self._parts.shown.show()
        return steps.Installed()

    async def _restart(self, *, trial: bool) -> Event | None:
        self._parts.shown.show(leaving=True)
        try:
            await self._parts.installer.restart(trial=trial)
        except InstallerError as exc:
            self._parts.shown.show()
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
                await self._parts.clock.sleep(MARK_SECONDS)
            else:
                break
        return steps.Marked() if good else None


def install_seconds(size: int) -> float:
    """How long the installation of a bundle of `size` bytes may take."""
    return min(INSTALL_SECONDS + size / LEAST_RATE, MOST_INSTALL_SECONDS)
