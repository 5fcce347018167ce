"""A TLS handshake without a network, and the certificates for one."""

import ssl
import tempfile
from pathlib import Path

from firmware.mesh import tls as station
from firmware.vault.identity import Kind
from tests.support.pki import Pki
from tools.edgemesh.ca import chain_pem
from tools.edgemesh.keys import RoleKeys, write
from tools.edgemesh.serving import tls as mesh

NAME = "localhost"


def role(pki: Pki, kind: Kind, *hosts: str) -> RoleKeys:
    """Somebody of the organisation."""
    made = pki.holder(kind, f"{kind}-1", hosts=hosts)
    return RoleKeys(made.id, made.key_pem, made.box_private, made.chain)


def serving(pki: Pki, keys: RoleKeys) -> ssl.SSLContext:
    """As a role of the mesh serves."""
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder) / "role", keys)
        return mesh.server_context(Path(folder) / "role", pki.ca.certificate_pem)


def asking(pki: Pki, keys: RoleKeys) -> ssl.SSLContext:
    """As a station or client asks."""
    context = station.client_context(pki.ca.certificate_pem)
    station.load_identity(context, chain_pem(keys.chain), keys.identity_key)
    return context


def careless(keys: RoleKeys | None = None) -> ssl.SSLContext:
    """As somebody asks who believes everything."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if keys is not None:
        station.load_identity(context, chain_pem(keys.chain), keys.identity_key)
    return context


def handshake(server: ssl.SSLContext, client: ssl.SSLContext) -> None:
    """Both ends to the end. Raises `ssl.SSLError` when either does not like the other."""
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [client.wrap_bio(down, up, server_hostname=NAME), server.wrap_bio(up, down, server_side=True)]
    waiting = list(ends)
    for _ in range(10):
        waiting = [end for end in waiting if not _done(end)]
        if not waiting:
            return
    raise AssertionError("the handshake does not end")


def _done(end: ssl.SSLObject) -> bool:
    try:
        end.do_handshake()
    except ssl.SSLWantReadError:
        return False
    return True
