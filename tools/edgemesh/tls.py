"""TLS of the mesh's own processes: version 1.3 only, certificates of the organisation on both sides."""

import re
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from firmware.vault.identity import Kind

_NAME = re.compile(r"spiffe://[^/]+/([a-z]+)/[^/]+")


def server_context(directory: Path, ca_pem: bytes) -> ssl.SSLContext:
    """For a role that answers: `identity.chain` and `identity.key` of its directory; whoever connects must have a
    certificate of the organisation. What kind of identity may ask what is the routes' business."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.verify_mode = ssl.CERT_REQUIRED
    return _loaded(context, directory, ca_pem)


def peer_context(directory: Path, ca_pem: bytes, kind: Kind) -> ssl.SSLContext:
    """For a role that asks another: the answer must come from a role of that kind, which is checked within the
    handshake, before a byte of the request is sent."""

    class Peer(ssl.SSLObject):
        def do_handshake(self) -> None:
            super().do_handshake()
            _require(kind, self.getpeercert())

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.hostname_checks_common_name = False
    context.sslobject_class = Peer
    return _loaded(context, directory, ca_pem)


def _loaded(context: ssl.SSLContext, directory: Path, ca_pem: bytes) -> ssl.SSLContext:
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_STRICT
    context.load_verify_locations(cadata=ca_pem.decode())
    context.load_cert_chain(directory / "identity.chain", directory / "identity.key", password="")
    return context


def _require(kind: Kind, certificate: Mapping[str, Any] | None) -> None:
    names = [value for form, value in (certificate or {}).get("subjectAltName", ()) if form == "URI"]
    kinds = [match[1] for name in names if (match := _NAME.fullmatch(name))]
    if kinds != [kind.value]:
        raise ssl.SSLCertVerificationError(f"the certificate is not that of a {kind}")
