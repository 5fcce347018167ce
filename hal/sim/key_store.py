"""The key store twin: secrets in memory, on a medium that can fail."""

from collections.abc import Mapping

from hal.ports.errors import KeyMissingError, StorageError, StorageFullError
from hal.ports.storage import NAME
from hal.sim.storage import StorageFault


class SimKeyStore:
    """`fault` is what is wrong with the medium now; what was stored outlives the station that stored it."""

    protection = "simulated: in the memory of this process, not sealed"

    def __init__(self, secrets: Mapping[str, bytes] | None = None) -> None:
        self.fault: StorageFault | None = None
        self._secrets = dict(secrets or {})

    def load(self, name: str) -> bytes:
        """The secret of that name. Raises `KeyMissingError`, `StorageError`."""
        self._check(name)
        if self.fault is StorageFault.IO_ERROR:
            raise StorageError("key store", f"{name}: I/O error")
        if name not in self._secrets:
            raise KeyMissingError("key store", name)
        return self._secrets[name]

    def store(self, name: str, secret: bytes) -> None:
        """Keep a secret, whole or not at all. Raises `StorageFullError`, `StorageError`."""
        self._check(name)
        if self.fault is StorageFault.FULL:
            raise StorageFullError("key store", name)
        if self.fault is not None:
            raise StorageError("key store", f"{name}: {self.fault}")
        self._secrets[name] = secret

    def destroy(self, name: str) -> None:
        """Forget the secret. Raises `StorageError`."""
        self._check(name)
        if self.fault in (StorageFault.IO_ERROR, StorageFault.READ_ONLY):
            raise StorageError("key store", f"{name}: {self.fault}")
        self._secrets.pop(name, None)

    def _check(self, name: str) -> None:
        if not NAME.fullmatch(name):
            raise ValueError(f"not a name of ours: {name!r}")
