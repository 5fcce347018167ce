"""Who an administrator is: a directory with identity.key, identity.chain, ca.pem and mesh.toml, made by pairing."""

import asyncio
import json
import ssl
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from firmware.errors import LockgateError
from firmware.mesh import tls
from firmware.mesh.port import MeshProtocolError
from firmware.mesh.transport import require_https
from firmware.pairing.https import HttpsChannels
from firmware.pairing.renewal import Upkeep, is_due
from firmware.vault.identity import Identity, IdentityError, Kind, TrustAnchor
from hal.drivers.file_key_store import FileKeyStore
from hal.drivers.system_clock import SystemClock
from hal.drivers.system_random import SystemRandom
from hal.drivers.thread_workers import ThreadWorkers
from hal.ports.errors import DeviceError, KeyMissingError

KEY, CHAIN, CA, MESH, URLS = "identity.key", "identity.chain", "ca.pem", "mesh.toml", "roles.json"

ANSWERING = frozenset({Kind.VAULT, Kind.NODE, Kind.ORG, Kind.REGISTRAR})
"""Who may answer an administrator."""


class ProfileError(LockgateError):
    """`profile-missing`: nothing of it is there; `profile-exists`: somebody is there already; `profile-url`: nothing
    says where the mesh is."""

    code = "profile-missing"


@dataclass(frozen=True, slots=True)
class Profile:
    """An administrator. `url` is where the vault answers, `urls` where each role did when last heard of."""

    directory: Path
    url: str
    identity: Identity
    store: FileKeyStore = field(repr=False)
    ca_pem: bytes = field(repr=False)
    urls: Mapping[str, str] = field(default_factory=dict)

    def context(self) -> ssl.SSLContext:
        """TLS as this administrator, with the mesh alone. Raises `IdentityUnusableError`, what the key store raises."""
        context, anchor = tls.client_context(self.ca_pem), TrustAnchor(self.ca_pem)

        def check(certificate: bytes) -> None:
            identity = anchor.identify((certificate,), SystemClock().now())
            if identity.kind not in ANSWERING or identity.org_id != self.identity.org_id:
                raise IdentityError("the certificate is not that of a role of this mesh")

        tls.leave_time_to(context, check)
        tls.load_identity(context, self.store.load(CHAIN), self.store.load(KEY))
        return context

    def remember(self, urls: Mapping[str, str]) -> None:
        """For the next renewal: that is the registrar's, and a certificate that has run out finds nobody."""
        if dict(urls) != dict(self.urls):
            (self.directory / URLS).write_text(json.dumps(dict(urls)))


def default_directory(environment: Mapping[str, str]) -> Path:
    """EDGEMESH_PROFILE, else `edgemesh` in the person's configuration directory (XDG Base Directory 0.8)."""
    if given := environment.get("EDGEMESH_PROFILE"):
        return Path(given)
    configured = environment.get("XDG_CONFIG_HOME", "")
    base = Path(configured) if configured.startswith("/") else Path.home() / ".config"
    return base / "edgemesh"


def write_url(directory: Path, url: str) -> None:
    """Where the mesh is. Raises `ProfileError` profile-url for what is no address, `OSError`."""
    if '"' in url or "\\" in url or not url.isprintable() or not _is_https(url):
        raise ProfileError("the mesh's address is a URL such as https://mesh.example:8443", code="profile-url")
    (directory / MESH).write_text(f'url = "{url}"\n')


def _is_https(url: str) -> bool:
    try:
        return require_https(url) is not None
    except MeshProtocolError:
        return False


def require_free(directory: Path) -> None:
    """Raises `ProfileError` profile-exists where somebody's keys are."""
    if (directory / CHAIN).exists():
        raise ProfileError(f"{directory} is somebody's profile already", code="profile-exists")


def load(directory: Path, url: str, warn: Callable[[str], None]) -> Profile:
    """The profile, its certificate renewed where that is due. `url` is in place of the one in it, unless empty. Raises
    `ProfileError`, `IdentityError`, what the key store raises, and when the certificate has run out what renewing it
    raises."""
    if not (directory / CHAIN).exists():
        raise ProfileError(f"{directory} has no identity in it")
    store = FileKeyStore(directory)
    try:
        ca_pem = store.load(CA)
    except KeyMissingError as exc:
        raise ProfileError(f"{directory}/{CA} is missing") from exc
    url, urls = url or _url(directory), _urls(directory)
    identity = _renewed(store, ca_pem, urls.get("registrar", url), warn)
    if identity.kind is not Kind.ADMIN:
        raise IdentityError(f"{directory} is the profile of a {identity.kind}, not of an administrator")
    return Profile(directory, url, identity, store, ca_pem, urls)


def _url(directory: Path) -> str:
    try:
        url = tomllib.loads((directory / MESH).read_text()).get("url")
    except (OSError, ValueError) as exc:
        raise ProfileError(f"{directory}/{MESH} cannot be read", code="profile-url") from exc
    if not isinstance(url, str):
        raise ProfileError(f"{directory}/{MESH} has no url", code="profile-url")
    return url


def _urls(directory: Path) -> dict[str, str]:
    try:
        found = json.loads((directory / URLS).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return {str(name): str(url) for name, url in found.items()} if isinstance(found, dict) else {}


def _renewed(store: FileKeyStore, ca_pem: bytes, url: str, warn: Callable[[str], None]) -> Identity:
    clock, workers = SystemClock(), ThreadWorkers(1)
    upkeep = Upkeep(store, HttpsChannels(workers), clock, SystemRandom(), url, ca_pem)
    try:
        identity = upkeep.member().identity
        if is_due(identity, clock.now()):
            _renew(upkeep, identity, clock.now(), warn)
        return upkeep.member().identity
    finally:
        workers.close()


def _renew(upkeep: Upkeep, identity: Identity, now: datetime, warn: Callable[[str], None]) -> None:
    try:
        asyncio.run(upkeep.renew())
    except (LockgateError, DeviceError) as exc:
        if identity.not_after <= now:
            raise
        warn(f"your certificate is not renewed: {exc}")
