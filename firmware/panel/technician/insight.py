"""What the pages show, gathered from the station that runs."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from firmware.errors import LockgateError
from firmware.inside import Inside
from firmware.panel.technician.onlookers import Onlookers
from firmware.reader_health import ReaderHealth
from firmware.recording import VERSION
from firmware.status import Status, status
from firmware.technician.bundle import Contents, audit_tail, bundle
from firmware.technician.doctor import Checkup
from firmware.technician.machine import Machine
from firmware.technician.panel_checkup import panel_findings
from firmware.technician.scrub import shown_words
from firmware.technician.seen import Eye, Seen
from firmware.technician.standing import Moment, reach, standing
from firmware.technician.told import mapped, told
from firmware.vault.fields import encode_time
from hal.ports.badge_reader import Tap
from hal.ports.errors import DeviceError
from hal.ports.finding import Finding

MESH_SECONDS = 30.0
"""Between two questions to the mesh."""
FRESH_SECONDS = 3.0
UPDATES = Finding(
    "update",
    told("version %(version)s runs; this box has no updater yet", version=VERSION),
    told("install a newer version by hand"),
    serious=False,
)


@dataclass(frozen=True, slots=True)
class ShownTap:
    """A reading as it is shown, and the number to speak of it by; `is_tap`: it can be taken for the solver."""

    serial: int
    seen: Seen
    is_tap: bool


class Insight:
    """All that is asked of a station that runs. Blocking questions go to its workers."""

    def __init__(self, inside: Inside, onlookers: Onlookers) -> None:
        self.inside, self._onlookers = inside, onlookers
        self._asking = asyncio.Lock()
        self._found: tuple[Finding, ...] = ()
        self._found_at = float("-inf")
        self._mesh: Finding | None = None
        self._mesh_at = float("-inf")

    @property
    def station(self) -> str:
        """Its name."""
        return self.inside.trust.credentials.identity.id

    async def findings(self) -> tuple[Finding, ...]:
        """The doctor's, without the printer's, which is asked on its own page."""
        async with self._asking:  # the workers are the documents', too: one at a time, and not too often
            now = self.inside.board.clock.monotonic()
            if now - self._found_at > FRESH_SECONDS:
                self._found = await self.inside.board.workers.run(self._look)
                self._found_at = self.inside.board.clock.monotonic()
            return self._found

    def health(self) -> dict[str, ReaderHealth]:
        """Of each reader."""
        return dict(self.inside.health.counted)

    def taps(self, *, show: bool) -> Sequence[ShownTap]:
        """The last readings, the newest first; numbers in the clear only where they are to `show`."""
        eye, clock = Eye(self.inside.numbers, show), self.inside.trust.clock
        now, found = clock.now(), []
        for noted in self._onlookers.noted:
            reading = noted.reading
            ms = (noted.at - reading.at) * 1000 if reading.at else 0.0
            seen = eye.tap(reading, now, ms) if isinstance(reading, Tap) else eye.misread(reading, now, ms)
            found.append(ShownTap(noted.serial, seen, isinstance(reading, Tap)))
        return found

    async def bundle(self, journal: Sequence[str]) -> bytes:
        """The support bundle."""
        findings = await self.findings()
        inside = self.inside

        def packed() -> bytes:
            checkup = Checkup(self.health(), findings, encode_time(inside.trust.clock.now()))
            contents = Contents(inside.config, self._status(), checkup, journal, audit_tail(inside.record.log))
            return bundle(contents, inside.trust.clock.now())

        return await inside.board.workers.run(packed)

    def _look(self) -> tuple[Finding, ...]:
        config, clock = self.inside.config, self.inside.trust.clock
        found: list[Finding] = []
        if (known := self._status()) is not None:
            found += [self._asked(known), *standing(known, Moment(clock.now(), clock.known))]
        found += [*Machine(Path(config.data_dir)).findings(), *panel_findings(config)]
        found += [] if self.inside.board.installer else [UPDATES]  # else `lockgate update` says more
        return tuple(Finding(one.device, mapped(one.problem, shown_words), one.remedy, one.serious) for one in found)

    def _status(self) -> Status | None:
        try:
            return status(self.inside.config, self.inside.board.keys)
        except (LockgateError, DeviceError):
            return None

    def _asked(self, known: Status) -> Finding:
        now = self.inside.board.clock.monotonic()
        if self._mesh is None or now - self._mesh_at > MESH_SECONDS:
            self._mesh = reach(known, self.inside.config.ca_pem, self.inside.board.keys)
            self._mesh_at = now
        return self._mesh
