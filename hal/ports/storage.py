"""The durable storage port: small named files that survive a power cut."""

import re
from typing import Protocol

NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,199}")
"""What a file may be called, matched whole; anything else is a `ValueError`."""


class Storage(Protocol):
    """Names match `NAME`. When a call returns, its effect is on the medium. Blocking and quick."""

    def read(self, name: str) -> bytes | None:
        """The content, or None when there is no such file. After a power cut an append that had not
        returned may be present in part: readers tolerate a torn last record. Raises `StorageError`."""
        ...

    def replace(self, name: str, data: bytes) -> None:
        """Atomically become `data`: after a power cut the file is the old one or the new one, whole.
        Raises `StorageFullError`, `StorageError`; then the old content stands."""
        ...

    def append(self, name: str, data: bytes) -> None:
        """Add `data` at the end, synced. Raises `StorageFullError`, `StorageError`; then a prefix may remain."""
        ...

    def remove(self, name: str) -> None:
        """Remove durably; no error when there is none. Raises `StorageError`."""
        ...
