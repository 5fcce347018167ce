"""TLS of the mesh's own processes: version 1.3 only, certificates of the organisation on both sides."""

import ssl
from collections.abc import Callable
from pathlib import Path

from firmware.mesh.tls import NO_CHECK_TIME, PeerCheck, leave_time_to, load_identity
from hal.drivers.file_key_store import open_directory


def server_context(directory: Path, ca_pem: bytes) -> ssl.SSLContext:
    """For a role that answers: `identity.chain` and `identity.key` of its directory; whoever shows a certificate must
    show one of the organisation. Who may ask what, and what is left to whoever shows none, is the routes' business."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.verify_mode = ssl.CERT_OPTIONAL
    return _loaded(context, directory, ca_pem)


def peer_context(directory: Path | None, ca_pem: bytes, check: PeerCheck) -> ssl.SSLContext:
    """For a role that asks another: `check` judges whoever answers within the handshake, before a byte of the request
    is sent. Without a `directory` we show no certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.hostname_checks_common_name = False
    leave_time_to(context, check)
    return _loaded(context, directory, ca_pem)


def _loaded(context: ssl.SSLContext, directory: Path | None, ca_pem: bytes) -> ssl.SSLContext:
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    # Validity is judged by the mesh's own clock, at each handshake of ours and at each request of others.
    context.verify_flags = ssl.VerifyFlags(context.verify_flags | ssl.VerifyFlags.VERIFY_X509_STRICT | NO_CHECK_TIME)
    context.load_verify_locations(cadata=ca_pem.decode())
    if directory is not None:
        load_own(context, directory)
    return context


def load_own(context: ssl.SSLContext, directory: Path) -> None:
    """Show a role's certificate as it is now, in new handshakes. The key goes from the key store to OpenSSL through
    memory. Raises `IdentityUnusableError`, what the key store raises."""
    keys = open_directory(directory)
    load_identity(context, keys.load("identity.chain"), keys.load("identity.key"))


class Reloads:
    """What shows each role's certificate: told when that was renewed."""

    def __init__(self) -> None:
        self._by_role: dict[str, list[Callable[[], None]]] = {}

    def add(self, role: str, reload: Callable[[], None]) -> None:
        """Call `reload` after each renewal."""
        self._by_role.setdefault(role, []).append(reload)

    def reload(self, role: str) -> None:
        """The role's files hold another certificate."""
        for reload in self._by_role.get(role, ()):
            reload()
