"""The installer's twin: two slots, a boot loader with a one-shot flag, and what can go wrong between them."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from enum import StrEnum

from hal.ports.clock import Clock
from hal.ports.installer import BundleEnds, InstallerError, Manifest, Slots

COMPATIBLE = "lockgate-arm64"
_OTHER = {"A": "B", "B": "A"}


class InstallerFault(StrEnum):
    """How an installer fails, from when it is set until it is taken away."""

    REFUSES = "bundle-refused"
    UNREADABLE = "bundle-unreadable"
    MEDIUM = "install-failed"
    SILENT = "installer-failed"


@dataclass
class SimInstaller:
    """`known` are the bundles of a trusted signer, by their last bytes; `fetch` reads the bundle at a URL, for a test
    that serves one. `starts` says which versions start at all: the others come back as the firmware lets them."""

    clock: Clock
    version: str = "0.1.0"
    known: dict[bytes, Manifest] = field(default_factory=dict, repr=False)
    fetch: Callable[[str], bytes] | None = None
    fault: InstallerFault | None = None
    seconds: float = 40.0
    starts: Callable[[str], bool] = lambda _version: True
    asked: list[str] = field(default_factory=list)
    restarted: asyncio.Event = field(default_factory=asyncio.Event)
    held: dict[str, str] = field(default_factory=dict)
    marks: dict[str, bool] = field(default_factory=dict)
    booted: str = "A"
    default: str = "A"
    _tries: bool = False
    _armed: bool = False

    def __post_init__(self) -> None:
        self.held = {"A": self.version, "B": ""}

    # What a test does

    @property
    def running(self) -> str:
        """The version that runs."""
        return self.held[self.booted]

    def power(self) -> None:
        """The machine starts: after a restart that was asked for, or after a power cut."""
        wanted = _OTHER[self.default] if self._tries else self.default
        starts = bool(self.held[wanted]) and self.starts(self.held[wanted])
        self.booted = wanted if starts else self.default
        self._tries = self._armed = False
        self.restarted = asyncio.Event()

    def cut(self) -> None:
        """The power is gone: a restart that was asked for is forgotten."""
        self._tries = False
        self.power()

    # What the port asks for

    async def slots(self) -> Slots:
        """Which slot runs, and which would next."""
        self._check(InstallerFault.SILENT)
        return Slots(self.booted, _OTHER[self.default] if self._armed else self.default, COMPATIBLE)

    async def inspect(self, ends: BundleEnds) -> Manifest:
        """What a bundle of a trusted signer says."""
        self._check(InstallerFault.SILENT, InstallerFault.REFUSES)
        found = next((one for tail, one in self.known.items() if ends.tail.endswith(tail)), None)
        if found is None:
            raise InstallerError("bundle-refused", "signature verification failed")
        return found

    async def install(self, url: str) -> AsyncGenerator[int, None]:
        """In ten steps; the other slot is no good before the last."""
        self._check(InstallerFault.SILENT)
        other = _OTHER[self.booted]
        self.held[other], self.marks[other] = "", False
        self.asked.append("install")
        bundle = self.fetch(url) if self.fetch else b""
        for step in range(1, 10):
            await self.clock.sleep(self.seconds / 10)
            self._check(*InstallerFault)
            yield step * 10
        manifest = next((one for tail, one in self.known.items() if bundle.endswith(tail)), None)
        if manifest is None or manifest.compatible != COMPATIBLE:
            raise InstallerError("bundle-refused", "signature verification failed")
        self.held[other], self.marks[other], self._armed = manifest.version, True, True
        yield 100

    async def mark(self, *, good: bool) -> None:
        """Good: this slot is the usual one."""
        self._check(InstallerFault.SILENT)
        self.asked.append("good" if good else "bad")
        self.marks[self.booted] = good
        if good:
            self.default, self._armed = self.booted, False

    async def restart(self, *, trial: bool) -> None:
        """Asked for; `power` does it."""
        self._check(InstallerFault.SILENT)
        self.asked.append("trial" if trial else "restart")
        self._tries = trial
        self.restarted.set()

    def _check(self, *faults: InstallerFault) -> None:
        if self.fault in faults:
            raise InstallerError(self.fault.value, "as the test wants it")
