"""The mesh's clock: begins with the system's, not before what is known; then the monotonic clock carries it on,
following the system's small corrections and none of its jumps. firmware/docs/time.md says why."""

import logging
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from firmware.errors import LockgateError
from firmware.trust.clock import RELEASED
from firmware.vault.fields import FieldError, encode_time, read_time
from hal.ports.clock import Clock

log = logging.getLogger("edgemesh")

SMALL = timedelta(seconds=60)
"""A system clock so far off is being corrected, and followed."""
RATE = 0.05
"""By how much faster or slower the mesh's time goes meanwhile."""
FARTHEST = timedelta(days=365)
KEEP_SECONDS = 3600.0


class ClockError(LockgateError):
    """Codes: `clock-behind` (before this program was released, or before the last good time), `clock-ahead` (more than
    a year after the last good time). A person who has looked at the clock may overrule the last good time."""

    code = "clock-behind"


class KeptTime(Protocol):
    """Where the last good time outlives the process."""

    def read(self) -> datetime | None:
        """None when there is none, or none that can be read. Raises `OSError`."""
        ...

    def write(self, moment: datetime) -> None:
        """Raises `OSError`; then the old one stands."""
        ...


class KeptInFile:
    """A small file, replaced whole."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> datetime | None:
        try:
            return read_time(self._path.read_text(encoding="ascii").strip())
        except (FileNotFoundError, UnicodeDecodeError, FieldError):
            return None

    def write(self, moment: datetime) -> None:
        aside = self._path.with_suffix(".new")
        with open(aside, "w", encoding="ascii", opener=_privately) as file:
            file.write(encode_time(moment))
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self._path)


def _privately(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC, 0o600)


class SteadyClock:
    """Implements Clock over the system's. `start` before use."""

    def __init__(self, system: Clock, kept: KeptTime, *, earliest: datetime = RELEASED) -> None:
        self._system, self._kept, self._earliest = system, kept, earliest
        self._last = system.now(), system.monotonic()
        self._has_jumped = False

    def start(self, *, is_right: bool = False) -> None:
        """Take the system's time; `is_right` is a person's word for it, against the last good time. Raises
        `ClockError`, `OSError`."""
        now = self._system.now()
        known = None if is_right else self._kept.read()
        if now < max(self._earliest, known or self._earliest):
            raise ClockError(f"the system's clock says {encode_time(now)}, and it is later than that")
        if known is not None and now > known + FARTHEST:
            raise ClockError(f"the system's clock says {encode_time(now)}: a year too late?", code="clock-ahead")
        self._last, self._has_jumped = (now, self._system.monotonic()), False
        self.keep()

    def now(self) -> datetime:
        """The mesh's time, UTC; never goes back."""
        at, system = self._system.monotonic(), self._system.now()
        moment, since = self._last
        elapsed = timedelta(seconds=at - since)
        carried = moment + elapsed
        gap = system - carried
        if abs(gap) <= SMALL:
            carried += max(-RATE * elapsed, min(gap, RATE * elapsed))
        self._note(gap)
        self._last = carried, at
        return carried

    def monotonic(self) -> float:
        """The system's own."""
        return self._system.monotonic()

    async def sleep(self, seconds: float) -> None:
        """The system's own."""
        await self._system.sleep(seconds)

    def keep(self) -> None:
        """Write the time down as the last good one. Raises `OSError`."""
        self._kept.write(self.now())

    async def keep_on(self) -> None:
        """Each hour, for ever."""
        while True:
            await self.sleep(KEEP_SECONDS)
            try:
                self.keep()
            except OSError as exc:
                log.warning("the last good time was not kept: %s", exc.strerror)

    def _note(self, gap: timedelta) -> None:
        has_jumped = abs(gap) > SMALL
        if has_jumped and not self._has_jumped:
            log.warning("the system's clock jumped by %+d s and is not followed", gap.total_seconds())
        self._has_jumped = has_jumped
