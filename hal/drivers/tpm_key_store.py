"""The key store of boxes with a TPM 2.0: files sealed under a key that only this TPM can unwrap."""

import os
from pathlib import Path
from threading import Lock

from hal.drivers.context import DriverContext
from hal.drivers.file_storage import storage_error
from hal.drivers.key_files import WRAPPED, KeyFiles
from hal.drivers.safe_directory import UnsafeDirectoryError
from hal.drivers.sealed_key_store import SealedKeyStore
from hal.drivers.sealing import KEK_BYTES, Sealer
from hal.drivers.tpm import MAX_BLOB, Tpm, Wrapped
from hal.drivers.uri import parse
from hal.ports.errors import DeviceConfigError, KeyDamagedError, KeySealedError

DEFAULT_TCTI = "device:/dev/tpmrm0"
BLOB = "kek" + WRAPPED
MAGIC = b"lockgate-tpm/1\n"

PROTECTION = (
    "files sealed with AES-256-GCM under a key that only this board's TPM 2.0 unwraps: a stolen card or disk alone is "
    "useless; whoever takes board and card and becomes root there can use the keys, and a tap on the wires of "
    "a separate TPM chip can read that key at start; while the service runs, they are in its memory"
)


class TpmKek:
    """Unwrapped at the first use and then kept in memory: the TPM is asked once a start."""

    def __init__(self, tpm: Tpm) -> None:
        self._tpm = tpm
        self._lock = Lock()
        self._sealer: Sealer | None = None

    def sealer(self, files: KeyFiles, *, make: bool) -> Sealer:
        """Raises `KeySealedError` for a TPM that cannot unwrap it, or none to unwrap and not `make`;
        `KeyDamagedError`, `StorageError`."""
        with self._lock:
            if self._sealer is None:
                self._sealer = Sealer(self._key(files, make=make))
            return self._sealer

    def _key(self, files: KeyFiles, *, make: bool) -> bytes:
        try:
            with files.directory.alone():  # two that make one at once would each lose what the other sealed
                return self._unwrap(files) or self._made(files, make=make)
        except OSError as exc:
            raise storage_error(BLOB, exc) from exc

    def _unwrap(self, files: KeyFiles) -> bytes | None:
        blob = files.find(BLOB)
        return None if blob is None else self._whole(self._tpm.unwrap(decode(blob)))

    def _made(self, files: KeyFiles, *, make: bool) -> bytes:
        """A fresh key, on the disk before anything is sealed under it. It is unwrapped once first: what this TPM
        cannot give back must never be relied on."""
        if not make:
            raise KeySealedError("tpm", f"{BLOB} is missing: restore it from a copy, or pair the box again")
        key = os.urandom(KEK_BYTES)
        wrapped = self._tpm.wrap(key)
        if self._tpm.unwrap(wrapped) != key:
            raise KeySealedError("tpm", "it does not give back what it was given; it is broken: use file:DIR")
        files.store(BLOB, encode(wrapped))
        return key

    def _whole(self, key: bytes) -> bytes:
        if len(key) != KEK_BYTES:
            raise KeyDamagedError("tpm", f"{BLOB} holds no key of ours: restore it, or pair the box again")
        return key


def encode(wrapped: Wrapped) -> bytes:
    """One file, so that a power cut leaves both halves or none: MAGIC, TPM2B_PUBLIC, TPM2B_PRIVATE."""
    return MAGIC + wrapped.public + wrapped.private


def decode(blob: bytes) -> Wrapped:
    """The halves; each begins with its length in two bytes (TPM 2.0 part 2, 12.2.5 and 12.3.7).
    Raises `KeyDamagedError`."""
    public, rest = _sized(blob[len(MAGIC) :])
    private, rest = _sized(rest)
    if not blob.startswith(MAGIC) or rest or not public or not private or len(blob) > 2 * MAX_BLOB:
        raise KeyDamagedError("tpm", f"{BLOB} is not what was written: restore it, or pair the box again")
    return Wrapped(public, private)


def _sized(data: bytes) -> tuple[bytes, bytes]:
    """The first of them, or nothing when it is cut short; and what follows."""
    end = 2 + int.from_bytes(data[:2], "big")
    return (data[:end], data[end:]) if 2 < end <= len(data) else (b"", data)


def open(uri: str, context: DriverContext) -> SealedKeyStore:  # noqa: ARG001 (every driver's factory has this shape)
    """`tpm:DIR[?tcti=…]`; the directory is made when missing. The TPM is first asked when a secret is.
    Raises `DeviceConfigError`."""
    parsed = parse(uri, ("tcti",))
    if not parsed.path:
        raise DeviceConfigError("tpm", f"no directory: {uri!r}")
    tpm = Tpm(parsed.options.get("tcti", DEFAULT_TCTI))
    try:
        return SealedKeyStore(Path(parsed.path), TpmKek(tpm), PROTECTION)
    except UnsafeDirectoryError as exc:
        raise DeviceConfigError("tpm", str(exc)) from exc
