"""The installer port: puts another version of the whole system into the slot that does not run, and chooses slots."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Protocol

from hal.ports.errors import DeviceError


class InstallerError(DeviceError):
    """Codes: `bundle-refused` (its signature, its form or the device it is for is not right), `bundle-unreadable` (it
    could not be fetched whole), `install-failed` (the medium, or anything else on this side), `installer-failed` (no
    answer, or none that makes sense)."""

    def __init__(self, code: str, detail: str = "") -> None:
        self.code = code
        super().__init__("installer", detail)


@dataclass(frozen=True, slots=True)
class Slots:
    """`booted` is the boot name of the slot that runs, `primary` that of the next usual start; `compatible` is what
    bundles for this device say."""

    booted: str
    primary: str
    compatible: str

    @property
    def is_trial(self) -> bool:
        """Whether this start is a try: the next usual one takes another slot."""
        return self.booted != self.primary


@dataclass(frozen=True, slots=True)
class BundleEnds:
    """What of a bundle says what it is, before all of it is here: its length in bytes, the beginning, and the end from
    its signature on."""

    size: int
    head: bytes = field(repr=False)
    tail: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the signer of a bundle says of it."""

    version: str
    compatible: str


class Installer(Protocol):
    """Every call but `inspect` may take seconds; all are safe to cancel, an installation too: the other slot is then
    no good, and this one is as it was."""

    async def slots(self) -> Slots:
        """How slots stand. Raises `InstallerError`."""
        ...

    async def inspect(self, ends: BundleEnds) -> Manifest:
        """What the bundle is, its signature verified against the device's own keyring. Raises `InstallerError`."""
        ...

    def install(self, url: str) -> AsyncGenerator[int, None]:
        """Install the bundle at `url` into the other slot: percents as it goes, never falling; at the end, that slot is
        whole. The signature, and each block by it, is verified. Raises `InstallerError`."""
        ...

    async def mark(self, *, good: bool) -> None:
        """The slot that runs is good: the next usual start takes it. Or bad: it is not tried again. Idempotent. Raises
        `InstallerError`."""
        ...

    async def restart(self, *, trial: bool) -> None:
        """Have the machine start again, with `trial` once from the other slot; returns when that is asked for. Raises
        `InstallerError`."""
        ...
