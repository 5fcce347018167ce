"""What an updater works with: what it asks and is told by, when it may, and what it shows."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from firmware.updates.blocks import Blocks
from firmware.updates.quiet import Window
from firmware.updates.source import UpdateSource
from firmware.updates.states import Phase, UpdateError, Version
from hal.ports.clock import Clock
from hal.ports.installer import Installer
from hal.ports.random_source import RandomSource
from hal.ports.storage import Storage

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

    def show(self, *, percent: int | None = None, leaving: bool = False) -> None:
        """This, and not what was shown before."""
        self.percent, self.leaving = percent, leaving
        self.changed()

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


def running_version(program: str, path: Path = IMAGE_VERSION) -> Version:
    """Of the image; of the program where there is no image."""
    try:
        return Version(path.read_text(encoding="ascii").strip())
    except (OSError, UnicodeDecodeError, UpdateError):
        return Version(program)
