"""The key store of boxes without a secure element: files, sealed where systemd hands us a credential for it."""

import os
from pathlib import Path

from hal.drivers.context import DriverContext
from hal.drivers.file_storage import directory_path
from hal.drivers.key_files import SEALED, KeyFiles, secret_name
from hal.drivers.safe_directory import UnsafeDirectoryError
from hal.drivers.sealed_key_store import SealedKeyStore
from hal.drivers.sealing import Sealer, parse_key
from hal.ports.errors import DeviceConfigError, KeySealedError
from hal.ports.key_store import KeyStore

CREDENTIAL = "lockgate.kek"
"""As in LoadCredentialEncrypted= of systemd.exec(5): 32 bytes, raw or in base64."""
CREDENTIAL_LIMIT = 256


class FileKeyStore:
    """One file a secret, named as the secret is, not sealed."""

    protection = (
        "files of mode 0600 in a directory of mode 0700, not sealed: whoever has the disk has the keys, "
        "and flash may keep a destroyed one until it reuses the block"
    )

    def __init__(self, path: Path) -> None:
        self._files = KeyFiles(path)

    def load(self, name: str) -> bytes:
        """The secret of that name. Raises `KeyMissingError`, `KeyExposedError`, `KeySealedError`, `StorageError`."""
        self._refuse_sealed(name)
        return self._files.load(name)

    def store(self, name: str, secret: bytes) -> None:
        """Keep a secret durably. Raises `KeySealedError`: what was sealed does not become plain unasked;
        `StorageError`, `StorageFullError`."""
        self._refuse_sealed(name)
        self._files.store(name, secret)

    def destroy(self, name: str) -> None:
        """Overwrite, sync and remove. Raises `StorageError`."""
        for each in (secret_name(name), name + SEALED):
            self._files.destroy(each)

    def _refuse_sealed(self, name: str) -> None:
        if self._files.find(secret_name(name) + SEALED) is not None:
            raise KeySealedError("file", f"{name} is sealed: start with the credential {CREDENTIAL}, or as tpm:DIR")


class CredentialKek:
    """The key that systemd opened for this start of the service."""

    __slots__ = ("_sealer",)

    def __init__(self, key: bytes) -> None:
        self._sealer = Sealer(key)

    def sealer(self, files: KeyFiles, *, make: bool) -> Sealer:  # noqa: ARG002 (the shape of every Kek)
        """Always at hand."""
        return self._sealer


SEALED_PROTECTION = (
    "files sealed with AES-256-GCM under the systemd credential lockgate.kek: the files alone are useless; "
    "whoever also has what opens the credential (systemd's host key, which a stolen disk may hold, or the TPM) has "
    "the keys; "
    "while the service runs, they are in its memory"
)


def open(uri: str, context: DriverContext) -> KeyStore:  # noqa: ARG001 (every driver's factory has this shape)
    """`file:DIR`; the directory is made when missing. Raises `DeviceConfigError`."""
    return open_directory(directory_path(uri))


def open_directory(path: Path) -> KeyStore:
    """The same for those who have a path. Raises `DeviceConfigError`."""
    try:
        kek = _credential()
        return FileKeyStore(path) if kek is None else SealedKeyStore(path, kek, SEALED_PROTECTION)
    except UnsafeDirectoryError as exc:
        raise DeviceConfigError("file", str(exc)) from exc


def _credential() -> CredentialKek | None:
    """What systemd offers. Its mode is systemd's affair: the directory is ours alone, and an access list may show
    as a group's bits (systemd.exec(5), Credentials)."""
    directory = os.environ.get("CREDENTIALS_DIRECTORY")
    if not directory:
        return None
    try:
        with (Path(directory) / CREDENTIAL).open("rb") as file:
            return CredentialKek(parse_key(file.read(CREDENTIAL_LIMIT)))
    except FileNotFoundError:
        return None
    except OSError as exc:
        raise DeviceConfigError("file", f"credential {CREDENTIAL}: {exc.strerror}") from exc
    except ValueError as exc:
        raise DeviceConfigError("file", f"credential {CREDENTIAL}: {exc}") from exc
