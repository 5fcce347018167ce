"""Who this computer is to the mesh: the directory that pairing made."""

import getpass
import os
import ssl
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from firmware.mesh import tls
from firmware.vault.identity import Identity, IdentityError, Kind, TrustAnchor
from firmware.vault.signing import Signer
from tools.pairing_client.directory import IdentityDirectory
from tools.submit.errors import SubmitError

KEY, CHAIN, CA, MESH, PAIRED = "identity.key", "identity.chain", "ca.pem", "mesh.toml", "pairing.answer"
_MOST_BYTES = 256 * 1024
_OTHERS = 0o077


@dataclass(frozen=True, slots=True)
class Profile:
    """A proven identity with its key, and where its mesh answers."""

    directory: Path
    url: str
    identity: Identity
    anchor: TrustAnchor
    signer: Signer = field(repr=False)
    chain: tuple[bytes, ...] = field(repr=False)
    context: ssl.SSLContext = field(repr=False)

    @property
    def exposed(self) -> bool:
        """Whether other people on this computer can read the key."""
        return bool((self.directory / KEY).stat().st_mode & _OTHERS)

    def owner(self, wanted: str | None) -> str:
        """Whom to submit for: who is wanted, else the one person of the certificate, else whoever is logged in here.
        Raises SubmitError `owner-refused`, `owner-unclear`."""
        users = self.identity.users
        people = ", ".join(sorted(users)) or "nobody"
        if wanted is not None:
            if wanted not in users:
                raise SubmitError(f"this computer may submit for {people}", code="owner-refused")
            return wanted
        if len(users) == 1:
            return next(iter(users))
        if (name := _login()) in users:
            return name
        raise SubmitError(f"this computer may submit for {people}", code="owner-unclear")


def default_directory(environment: Mapping[str, str]) -> Path:
    """LOCKGATE_PROFILE, else `lockgate` in the person's configuration directory (XDG Base Directory 0.8)."""
    if given := environment.get("LOCKGATE_PROFILE"):
        return Path(given)
    configured = environment.get("XDG_CONFIG_HOME", "")
    return (Path(configured) if configured.startswith("/") else Path.home() / ".config") / "lockgate"


def load(directory: Path, url: str | None, now: datetime) -> Profile:
    """Raises SubmitError `profile-missing`, `profile-url`; IdentityError, saying since when, for a certificate that
    has expired; IdentityUnusableError and SignatureError for keys that cannot be used."""
    key, chain_pem, ca_pem = (_read(directory / name) for name in (KEY, CHAIN, CA))
    chain = tls.chain_der(chain_pem)
    anchor = TrustAnchor(ca_pem)
    return Profile(
        directory=directory,
        url=url or _configured_url(directory),
        identity=_identity(anchor, chain, now),
        anchor=anchor,
        signer=Signer(key),
        chain=chain,
        context=_context(directory, ca_pem, chain_pem, key),
    )


def _identity(anchor: TrustAnchor, chain: tuple[bytes, ...], now: datetime) -> Identity:
    try:
        identity = anchor.identify(chain, now)
    except IdentityError as exc:
        if exc.code != "identity-expired":
            raise
        start, end = tls.validity(chain[0])
        words = f"expired on {_date(end)}" if end < now else f"is valid only from {_date(start)} (is the clock right?)"
        raise IdentityError(f"this computer's certificate {words}", code="identity-expired") from exc
    if identity.kind is not Kind.CLIENT:
        raise IdentityError(f"the profile is that of a {identity.kind}, not of a client", code="identity-untrusted")
    return identity


def _date(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d at %H:%M UTC")


def _context(directory: Path, ca_pem: bytes, chain_pem: bytes, key: bytes) -> ssl.SSLContext:
    context = tls.client_context(ca_pem)
    if sys.platform == "linux":
        tls.load_identity(context, chain_pem, key)
    else:
        tls.load_identity_files(context, str(directory / CHAIN), str(directory / KEY))
    return context


def _configured_url(directory: Path) -> str:
    path = directory / MESH
    if not path.exists() and (paired := paired_url(directory)):
        return paired
    try:
        url = tomllib.loads(_read(path).decode()).get("url")
    except (ValueError, RecursionError) as exc:
        raise SubmitError(f"{path} is not TOML", code="profile-url") from exc
    except SubmitError as exc:
        raise SubmitError(f"{path} is not there", code="profile-url") from exc
    if not isinstance(url, str):
        raise SubmitError(f"{path} has no url", code="profile-url")
    return url


def paired_url(directory: Path) -> str:
    """Where the mesh said at pairing that jobs are taken; empty for a profile that was issued by hand."""
    if not (directory / PAIRED).exists():
        return ""
    site = IdentityDirectory(directory).site
    return site.urls.get("vault", site.url) if site else ""


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_MOST_BYTES)
    except OSError as exc:
        raise SubmitError(f"{path}: {exc.strerror or os.strerror(exc.errno or 0)}", code="profile-missing") from exc


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no such person in the system's list
        return ""
