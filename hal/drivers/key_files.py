"""Secrets as files that only we may read, in the port's words: what every key store on a disk is made of."""

from pathlib import Path

from hal.drivers.file_storage import storage_error
from hal.drivers.safe_directory import ExposedError, SafeDirectory
from hal.ports.errors import KeyExposedError, KeyMissingError
from hal.ports.storage import NAME

SEALED = ".sealed"
"""What follows a secret's name in the name of the file that holds it sealed."""
WRAPPED = ".tpm"
"""What ends the name of a key that a TPM has wrapped."""


class KeyFiles:
    """One file a name, mode 0600, in a directory of mode 0700. Raises what the key store port does."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.directory = SafeDirectory(path)

    def load(self, name: str) -> bytes:
        """The file. Raises `KeyMissingError`, `KeyExposedError`, `StorageError`."""
        try:
            return self.directory.read(name, private=True)
        except ExposedError as exc:
            raise KeyExposedError("file", f"others may use {name}: chmod 600 {self._path / name}") from exc
        except FileNotFoundError as exc:
            raise KeyMissingError("file", name) from exc
        except OSError as exc:
            raise storage_error(name, exc) from exc

    def find(self, name: str) -> bytes | None:
        """As `load`, and None for a missing one."""
        try:
            return self.load(name)
        except KeyMissingError:
            return None

    def store(self, name: str, content: bytes) -> None:
        """Keep durably, whole or not at all. Raises `StorageError`, `StorageFullError`."""
        try:
            self.directory.replace(name, content)
        except OSError as exc:
            raise storage_error(name, exc) from exc

    def destroy(self, name: str) -> None:
        """Overwrite, sync and remove. Raises `StorageError`."""
        try:
            self.directory.wipe(name)
        except OSError as exc:
            raise storage_error(name, exc) from exc

    def destroy_found(self, name: str) -> None:
        """As `destroy`, and nothing is asked of the medium where there is no such file: it may be read-only."""
        try:
            found = self.directory.holds(name)
        except OSError as exc:
            raise storage_error(name, exc) from exc
        if found:
            self.destroy(name)


def secret_name(name: str) -> str:
    """The name, if a secret may have it. Raises `ValueError`."""
    if not NAME.fullmatch(name) or not NAME.fullmatch(name + SEALED) or name.endswith((SEALED, WRAPPED)):
        raise ValueError(f"not a name of ours: {name!r}")
    return name
