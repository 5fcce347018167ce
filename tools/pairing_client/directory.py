"""An identity in a directory of its own: how it comes, is renewed and goes. All calls block."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

from firmware.errors import LockgateError
from firmware.pairing import kept, provisioning
from firmware.pairing.applicant import Applicant
from firmware.pairing.errors import PairingError
from firmware.pairing.flow import Attempt, Means
from firmware.pairing.https import HttpsChannels
from firmware.pairing.kept import Site
from firmware.pairing.member import Member
from firmware.pairing.port import CodeDisplay
from firmware.pairing.renewal import Upkeep, is_due
from firmware.vault.identity import Identity, Kind
from hal.drivers.file_key_store import FileKeyStore
from hal.drivers.safe_directory import UnsafeDirectoryError
from hal.drivers.system_clock import SystemClock
from hal.drivers.system_random import SystemRandom
from hal.drivers.thread_workers import ThreadWorkers
from hal.ports.errors import DeviceError

T = TypeVar("T")


class DirectoryError(LockgateError):
    """The directory, or what is in it, cannot be used or changed."""

    code = "profile-unusable"


class IdentityDirectory:
    """`directory` is made, mode 0700, when it is missing. Every method raises `DirectoryError` for what the medium does
    not do, beside what it says itself."""

    def __init__(self, directory: Path) -> None:
        try:
            self.keys = FileKeyStore(directory)
        except UnsafeDirectoryError as exc:
            raise DirectoryError(str(exc)) from exc

    @property
    def is_paired(self) -> bool:
        """Whether there is an identity."""
        return self._told(lambda: kept.is_paired(self.keys))

    @property
    def site(self) -> Site | None:
        """What the mesh said at pairing, None where the identity was issued by hand. Raises `PairingError`."""
        return self._told(lambda: kept.site(self.keys))

    def member(self) -> Member:
        """Who this is, though the certificate may have run out. Raises `IdentityError`, `PairingError`."""
        return self._told(self._upkeep().member)

    def pair(self, applicant: Applicant, display: CodeDisplay) -> Identity:
        """One attempt. Interrupted (KeyboardInterrupt), it goes on with the same code when it is asked for again.
        Raises as `Attempt.run`."""
        return self._run(self._pair(applicant, display))

    def provisioned(self, path: Path, kind: Kind, *, hosts: tuple[str, ...] = (), node_url: str = "") -> Applicant:
        """Who asks by a provisioning file, which is destroyed. Raises `PairingError`."""
        found = self._told(lambda: provisioning.take(path, self.keys))
        if found is None:
            raise PairingError(f"{path} is not there", code="provisioning-malformed")
        if found.kind is not kind:
            raise PairingError(f"the provisioning file is not for a {kind}", code="provisioning-malformed")
        return found.applicant(hosts=hosts, node_url=node_url)

    def renew_if_due(self) -> bool:
        """Renew once two thirds of the certificate's life are over, or later. Whether it did. Raises the mesh's errors,
        `PairingError`, `IdentityError`."""
        upkeep = self._upkeep()
        if not is_due(self.member().identity, upkeep.clock.now()):
            return False
        self._run(upkeep.renew())
        return True

    def unpair(self) -> None:
        """Destroy the identity."""
        self._told(lambda: kept.unpair(self.keys))

    async def _pair(self, applicant: Applicant, display: CodeDisplay) -> Identity:
        workers = ThreadWorkers(1)
        try:
            means = Means(self.keys, HttpsChannels(workers), SystemClock(), SystemRandom(), display)
            return await Attempt(applicant, means).run()
        finally:
            workers.close()

    def _upkeep(self) -> Upkeep:
        ca_pem, site = self._told(lambda: kept.ca_pem(self.keys)), self.site
        url = site.registrar if site else ""
        return Upkeep(self.keys, HttpsChannels(ThreadWorkers(1)), SystemClock(), SystemRandom(), url, ca_pem)

    def _run(self, main: Coroutine[Any, Any, T]) -> T:
        return self._told(lambda: asyncio.run(main))

    def _told(self, call: Callable[[], T]) -> T:
        try:
            return call()
        except DeviceError as exc:
            raise DirectoryError(str(exc)) from exc
