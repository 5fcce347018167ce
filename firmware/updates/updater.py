"""Has the update machine know what happens, and what it decides done: a duty for as long as the station runs."""

import logging
from collections.abc import Callable

from firmware.mesh.port import MeshError, MeshProtocolError, MeshUnreachableError, MeshUntrustedError
from firmware.updates import steps
from firmware.updates.effects import Effects
from firmware.updates.health import Health
from firmware.updates.machine import Machine
from firmware.updates.parts import Parts
from firmware.updates.record import FILE, WISH, kept_record
from firmware.updates.source import Standing
from firmware.updates.states import Offer, Phase, Record, UpdateError
from firmware.updates.steps import Effect, Event
from hal.ports.errors import StorageError
from hal.ports.installer import InstallerError
from hal.ports.storage import Storage

LOG = logging.getLogger("lockgate.updates")
LOOK_SECONDS = 30.0
POLL_SECONDS = 900.0
FAILURES = (MeshError, MeshProtocolError, MeshUnreachableError, MeshUntrustedError)


class Updater:
    """Build it, set `health`, then keep `run` on."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._effects = Effects(parts)
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

    # What is decided

    async def _take(self, event: Event) -> None:
        events = [event]
        while events:
            for effect in self._machine.handle(events.pop(0)):
                self._parts.shown.phase = self.record.phase
                answer = await self._perform(effect)
                if answer is not None:
                    events.append(answer)
                if isinstance(answer, steps.Failed):
                    break
            shown = self._parts.shown
            shown.phase = self.record.phase
            shown.show(leaving=shown.leaving)

    async def _perform(self, effect: Effect) -> Event | None:
        match effect:
            case steps.Examine():
                lasting = await self.health.lasting(self.record.known) if self.health else ()
                return steps.Examined(lasting)
            case steps.Tell():
                self._poll_at = 0.0
                return None
        return await self._effects.perform(effect)


def _taken_up(storage: Storage, tell: Callable[[str], None]) -> Record:
    """What is damaged is nothing to go by: the slots still say where we are."""
    try:
        return kept_record(storage)
    except (UpdateError, StorageError) as exc:
        tell(f"updates: {exc.code}: {FILE} begins anew")
        return Record()
