"""A key store whose files are sealed: shared by the systemd credential's and the TPM's."""

from pathlib import Path
from typing import Protocol

from hal.drivers.key_files import SEALED, KeyFiles, secret_name
from hal.drivers.sealing import Sealer


class Kek(Protocol):
    """Where the key-encryption key comes from."""

    def sealer(self, files: KeyFiles, *, make: bool) -> Sealer:
        """The key at work; a missing one is made if `make`. Raises `KeySealedError`, `KeyDamagedError`,
        `StorageError`."""
        ...


class SealedKeyStore:
    """`NAME.sealed` holds the secret NAME. A plain NAME found where nothing is sealed is sealed when it is read:
    sealed first, then overwritten, so that a power cut loses neither; beside a sealed one it is old, and goes."""

    def __init__(self, path: Path, kek: Kek, protection: str) -> None:
        self.protection = protection
        self._files = KeyFiles(path)
        self._kek = kek

    def load(self, name: str) -> bytes:
        """The secret. Raises `KeyMissingError`, `KeyExposedError`, `KeySealedError`, `KeyDamagedError`,
        `StorageError`."""
        sealed = self._files.find(secret_name(name) + SEALED)
        if sealed is None:
            secret = self._files.load(name)
            self.store(name, secret)
            return secret
        secret = self._kek.sealer(self._files, make=False).open(name, sealed)
        self._files.destroy_found(name)
        return secret

    def store(self, name: str, secret: bytes) -> None:
        """Keep a secret durably. Raises `KeySealedError`, `KeyDamagedError`, `StorageError`, `StorageFullError`."""
        file = secret_name(name) + SEALED
        sealer = self._kek.sealer(self._files, make=True)
        self._files.store(file, sealer.seal(name, secret))
        self._files.destroy(name)

    def destroy(self, name: str) -> None:
        """Overwrite, sync and remove; needs no key. Raises `StorageError`."""
        for each in (secret_name(name), name + SEALED):  # were the plain one last, a power cut would leave it
            self._files.destroy(each)
