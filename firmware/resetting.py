"""Factory reset: the mesh is told that this station leaves, then the system is asked to destroy all that the box keeps.

What destroys it is the system's (images/docs/adr/0006): the station could not, and asks with a file."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from firmware.config import Config
from firmware.errors import LockgateError
from firmware.joining import settled
from firmware.pairing import kept
from firmware.pairing.leaving import leave
from firmware.pairing.port import Channels
from firmware.pairing.renewal import Upkeep, upkeep_of
from hal.board import Board
from hal.ports.clock import Clock
from hal.ports.errors import DeviceError

_OPEN = os.O_NOFOLLOW | os.O_CLOEXEC


class ResetError(LockgateError):
    """Codes: `reset-not-offered` (`station.reset` is not set), `reset-not-confirmed`, `reset-failed` (the file cannot
    be made)."""

    code = "reset-failed"


@dataclass(frozen=True, slots=True)
class FactoryReset:
    """Of one box; `say` gets a line for the journal."""

    board: Board = field(repr=False)
    config: Config
    channels: Channels
    clock: Clock
    say: Callable[[str], object]

    @property
    def is_offered(self) -> bool:
        """Whether there is a system to ask."""
        return bool(self.config.reset)

    @property
    def is_paired(self) -> bool:
        """Whether there is somebody to take leave of."""
        return kept.is_paired(self.board.keys)

    async def begin(self, confirmed: str) -> str:
        """Have this box begin anew, where `confirmed` is its name, as a person typed it. What kept the mesh from
        knowing, as a code; empty where it knows, or never knew this box. Raises `ResetError`."""
        if not self.is_offered:
            raise ResetError("station.reset names no file to ask the system by", code="reset-not-offered")
        if confirmed != self.name():
            raise ResetError("another name than this station's was typed", code="reset-not-confirmed")
        untold = await self._farewell()
        self.say(f"factory reset: the mesh was not told: {untold}" if untold else "factory reset: the mesh knows")
        self._ask()
        return untold

    def name(self) -> str:
        """What has to be typed: the station's name, empty where it has none yet."""
        found = self._member()
        return self.config.name if found is None else found

    def _ask(self) -> None:
        try:
            _touch(Path(self.config.reset))
        except OSError as exc:
            raise ResetError(f"{self.config.reset}: {exc.strerror}") from exc

    def _member(self) -> str | None:
        try:
            upkeep = self._upkeep() if self.is_paired else None
            return None if upkeep is None else upkeep.member().identity.id
        except (LockgateError, DeviceError):
            return None

    def _upkeep(self) -> Upkeep:
        config = settled(self.config, self.board.keys)
        return upkeep_of(self.board, self.channels, self.clock, config.mesh_url, config.ca_pem)

    async def _farewell(self) -> str:
        try:
            if not self.is_paired:
                return ""
            upkeep = self._upkeep()
            await leave(upkeep.member(), self.channels, upkeep.url)
        except (LockgateError, DeviceError) as exc:
            return exc.code
        return ""


def _touch(path: Path) -> None:
    """Make that file, empty, or leave it as it is. The station's user may write to its folder, and we may be the
    superuser: no link is followed, be it the folder or the file, and no pipe is waited for. Raises `OSError`."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | _OPEN)
    try:
        os.close(os.open(path.name, os.O_WRONLY | os.O_CREAT | os.O_NONBLOCK | _OPEN, 0o600, dir_fd=folder))
    finally:
        os.close(folder)
