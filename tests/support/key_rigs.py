"""Key stores to test, each with what it needs: a medium, a credential, a TPM; and the moment when the power goes."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from hal.drivers import file_key_store, tpm_key_store
from hal.drivers.context import DriverContext
from hal.ports.key_store import KeyStore
from hal.sim.clock import VirtualClock
from hal.sim.key_store import SimKeyStore
from hal.sim.random_source import SeededRandom
from hal.sim.workers import InlineWorkers
from tests.support.swtpm import SoftTpm

CONTEXT = DriverContext(VirtualClock(), InlineWorkers(), SeededRandom(1))
KEK = bytes(range(100, 132))
ON_DISK = ["plain", "sealed", "tpm"]
SEALED = ["sealed", "tpm"]


class KeyRig:
    """`keys` is open; `reopen` is the next start of the box."""

    def __init__(self, kind: str, root: Path, patch: pytest.MonkeyPatch, stack: ExitStack) -> None:
        self.kind, self.directory = kind, root / "keys"
        self._credentials, self._patch = root / "credentials", patch
        patch.delenv("CREDENTIALS_DIRECTORY", raising=False)
        self.tpm = stack.enter_context(SoftTpm(root / "tpm")) if kind == "tpm" else None
        if kind == "sealed":
            self.give(KEK)
        self.keys: KeyStore = SimKeyStore() if kind == "twin" else self.reopen()

    def reopen(self) -> KeyStore:
        if self.tpm is not None:
            self.keys = tpm_key_store.open(f"tpm:{self.directory}?tcti={self.tpm.tcti}", CONTEXT)
        else:
            self.keys = file_key_store.open(f"file:{self.directory}", CONTEXT)
        return self.keys

    def give(self, credential: bytes) -> None:
        """What systemd does before it starts the service."""
        self._credentials.mkdir(exist_ok=True)
        (self._credentials / file_key_store.CREDENTIAL).write_bytes(credential)
        self._patch.setenv("CREDENTIALS_DIRECTORY", str(self._credentials))

    def withhold(self) -> None:
        """systemd offers credentials, and ours is not among them."""
        (self._credentials / file_key_store.CREDENTIAL).unlink()

    def file(self, name: str) -> Path:
        """Where the secret of that name lies."""
        return self.directory / (name if self.kind == "plain" else f"{name}.sealed")

    def plant(self, name: str, secret: bytes) -> None:
        """A plain file, as a box without sealing left it."""
        self.directory.mkdir(mode=0o700, exist_ok=True)
        path = self.directory / name
        path.write_bytes(secret)
        path.chmod(0o600)

    def content(self) -> bytes:
        """Every byte in every file of the directory, and every name."""
        files = [path for path in self.directory.rglob("*") if path.is_file()]
        return b"".join(os.fsencode(path.name) + path.read_bytes() for path in files)


class PowerCut(BaseException):
    """No `except` of the driver may see it: a box without power runs none."""


def power_cuts(act: Callable[[], object]) -> Iterator[int]:
    """Run `act` again and again, each time cut one step later at a call that changes a disk; yields after each
    cut, and ends when `act` came through."""
    for step in range(1000):
        with pytest.MonkeyPatch.context() as patch:
            _cut_at(step, patch)
            try:
                act()
            except PowerCut:
                pass
            else:
                return
        yield step
    raise AssertionError("it never ends")


def _cut_at(step: int, patch: pytest.MonkeyPatch) -> None:
    left = [step]

    def cut(really: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            if not left[0]:
                raise PowerCut
            left[0] -= 1
            return really(*arguments, **options)

        return call

    for name in ("write", "fsync", "rename", "unlink", "ftruncate"):
        patch.setattr(os, name, cut(getattr(os, name)))
