"""The key store port: the few long-lived secrets of this box."""

from typing import Protocol


class KeyStore(Protocol):
    """Named secrets, at rest under whatever protection the board has."""

    @property
    def protection(self) -> str:
        """In honest words, what guards the secrets at rest, such as `file, mode 0600, not sealed`."""
        ...

    def load(self, name: str) -> bytes:
        """The secret of that name. Raises `KeyMissingError`, `KeyExposedError`, `StorageError`."""
        ...

    def store(self, name: str, secret: bytes) -> None:
        """Keep a secret durably, replacing one of the same name. Raises `StorageError`, `StorageFullError`."""
        ...

    def destroy(self, name: str) -> None:
        """Make the secret unrecoverable from here; no error when there is none."""
        ...
