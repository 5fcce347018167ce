"""The key store of boxes without a secure element: files that only we may read."""

from pathlib import Path

from hal.drivers.context import DriverContext
from hal.drivers.file_storage import directory_path, storage_error
from hal.drivers.safe_directory import ExposedError, SafeDirectory, UnsafeDirectoryError
from hal.ports.errors import DeviceConfigError, KeyExposedError, KeyMissingError


class FileKeyStore:
    """One file a secret, named as the secret is."""

    protection = (
        "files of mode 0600 in a directory of mode 0700, not sealed: whoever has the disk has the keys, "
        "and flash may keep a destroyed one until it reuses the block"
    )

    def __init__(self, path: Path) -> None:
        self._path = path
        self._directory = SafeDirectory(path)

    def load(self, name: str) -> bytes:
        """The secret of that name. Raises `KeyMissingError`, `KeyExposedError`, `StorageError`."""
        try:
            return self._directory.read(name, private=True)
        except ExposedError as exc:
            raise KeyExposedError("file", f"others may use {name}: chmod 600 {self._path / name}") from exc
        except FileNotFoundError as exc:
            raise KeyMissingError("file", name) from exc
        except OSError as exc:
            raise storage_error(name, exc) from exc

    def store(self, name: str, secret: bytes) -> None:
        """Keep a secret durably. Raises `StorageError`, `StorageFullError`."""
        try:
            self._directory.replace(name, secret)
        except OSError as exc:
            raise storage_error(name, exc) from exc

    def destroy(self, name: str) -> None:
        """Overwrite, sync and remove. Raises `StorageError`."""
        try:
            self._directory.wipe(name)
        except OSError as exc:
            raise storage_error(name, exc) from exc


def open(uri: str, context: DriverContext) -> FileKeyStore:  # noqa: ARG001 (every driver's factory has this shape)
    """`file:DIR`; the directory is made when missing. Raises `DeviceConfigError`."""
    try:
        return FileKeyStore(directory_path(uri))
    except UnsafeDirectoryError as exc:
        raise DeviceConfigError("file", str(exc)) from exc
