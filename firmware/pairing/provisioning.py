"""The provisioning file of an unattended pairing: read once, moved into the key store, destroyed."""

import os
import re
import stat
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from firmware.mesh.port import MeshProtocolError
from firmware.mesh.transport import require_https
from firmware.pairing.applicant import KINDS, MOST_USERS, Applicant
from firmware.pairing.errors import PairingError
from firmware.pairing.names import PROVISION
from firmware.vault.identity import Kind, is_id, is_user
from hal.ports.errors import KeyMissingError
from hal.ports.key_store import KeyStore

MOST_BYTES = 16 * 1024
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_FINGERPRINT = re.compile(r"sha256:([0-9a-f]{64})")
_REQUIRED = {"url", "ca_fingerprint", "token", "kind", "name"}
_OTHERS = 0o077


@dataclass(frozen=True, slots=True)
class Provisioning:
    """What the file says. `ca_fingerprint` is the SHA-256 of the CA's DER in hex, `token` is good for one pairing."""

    url: str
    ca_fingerprint: str
    token: str = field(repr=False)
    kind: Kind
    name: str
    users: tuple[str, ...] = field(repr=False, default=())

    def applicant(self, *, hosts: tuple[str, ...] = (), node_url: str = "") -> Applicant:
        """Who asks by it."""
        return Applicant(
            self.kind,
            self.name,
            self.url,
            users=self.users,
            hosts=hosts,
            node_url=node_url,
            ca_fingerprint=self.ca_fingerprint,
            token=self.token,
        )


def parse(raw: bytes) -> Provisioning:
    """A provisioning file: TOML with one table `mesh` of `url`, `ca_fingerprint` (`sha256:` and 64 digits in hex),
    `token` (43 characters), `kind`, `name`, and for a client `users`. Raises `PairingError` naming the key that is
    wrong, and never its value."""
    if len(raw) > MOST_BYTES:
        raise _malformed("it is too long")
    try:
        table = tomllib.loads(raw.decode())
    except (ValueError, RecursionError) as exc:  # neither TOML nor UTF-8; its text may hold the token
        raise _malformed("it is not TOML") from None if isinstance(exc, tomllib.TOMLDecodeError) else exc
    mesh = table.get("mesh")
    if set(table) != {"mesh"} or not isinstance(mesh, dict):
        raise _malformed("there must be one table, mesh")
    if not _REQUIRED <= set(mesh) <= _REQUIRED | {"users"}:
        raise _malformed("mesh must have url, ca_fingerprint, token, kind and name, and may have users")
    users = mesh.get("users", [])
    if not isinstance(users, list) or len(users) > MOST_USERS:
        raise _malformed("mesh.users")
    texts = {name: _text(mesh, name) for name in _REQUIRED}
    fingerprint = _FINGERPRINT.fullmatch(texts["ca_fingerprint"])
    wrong = [
        name
        for name, good in (
            ("url", _is_url(texts["url"])),
            ("ca_fingerprint", fingerprint is not None),
            ("token", _TOKEN.fullmatch(texts["token"]) is not None),
            ("kind", texts["kind"] in KINDS),
            ("name", is_id(texts["name"])),
            ("users", all(isinstance(user, str) and is_user(user) for user in users)),
        )
        if not good
    ]
    if wrong or fingerprint is None:
        raise _malformed(f"mesh.{wrong[0]}")
    kind = Kind(texts["kind"])
    return Provisioning(texts["url"], fingerprint[1], texts["token"], kind, texts["name"], tuple(users))


def take(path: Path | None, store: KeyStore) -> Provisioning | None:
    """What the file at `path` says, or what one said before it was destroyed; None when there never was one.

    It is in the key store before it is overwritten, synced and unlinked, so a power cut leaves it whole in at least
    one of the two. Raises `PairingError`: `provisioning-exposed` when others may read it or it is a link,
    `provisioning-malformed`; `StorageError` and what the key store raises."""
    kept = _kept(store)
    raw = None if path is None else _read(path)
    if path is None or raw is None:
        return kept
    try:
        found = parse(raw)
    except PairingError:
        if kept is None:
            raise
        destroy(path)  # half overwritten when the power went
        return kept
    store.store(PROVISION, raw)
    destroy(path)
    return found


def used(store: KeyStore) -> None:
    """The token was taken or refused: it is good for nothing any more."""
    store.destroy(PROVISION)


def destroy(path: Path) -> None:
    """Overwrite the file in place, sync, unlink it, sync its directory; no error when there is none. Raises
    `PairingError` where it cannot be."""
    try:
        with os.fdopen(_opened(path, os.O_WRONLY), "wb") as file:
            file.write(bytes(os.fstat(file.fileno()).st_size))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except FileNotFoundError:
        return
    except OSError as exc:
        raise PairingError(f"{path} cannot be destroyed: {exc.strerror}", code="provisioning-exposed") from exc


def _kept(store: KeyStore) -> Provisioning | None:
    try:
        return parse(store.load(PROVISION))
    except (KeyMissingError, PairingError):
        return None


def _read(path: Path) -> bytes | None:
    try:
        with os.fdopen(_opened(path, os.O_RDONLY), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1 or status.st_mode & _OTHERS:
                raise PairingError(
                    f"{path} is a link, or others may use it: its token may be known. Have another one made, and write "
                    "it with mode 0600",
                    code="provisioning-exposed",
                )
            return file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as exc:
        words = f"{path} is a link, or cannot be read: {exc.strerror}"
        raise PairingError(words, code="provisioning-exposed") from exc


def _opened(path: Path, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)


def _text(table: dict[str, object], name: str) -> str:
    value = table[name]
    if not isinstance(value, str):
        raise _malformed(f"mesh.{name}")
    return value


def _is_url(text: str) -> bool:
    try:
        return require_https(text) is not None
    except MeshProtocolError:
        return False


def _malformed(detail: str) -> PairingError:
    return PairingError(f"the provisioning file: {detail}", code="provisioning-malformed")
