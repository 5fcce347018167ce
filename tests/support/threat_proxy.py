"""A man in the middle of a pairing: real TLS on both sides, and whatever passes may be changed."""

import http.client
import json
import ssl
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from firmware.vault.boxes import new_box_key, public_box_key
from firmware.vault.fields import encode_octets
from firmware.vault.identity import Kind
from firmware.vault.requests import certificate_request
from firmware.vault.signing import new_identity_key
from tests.support.scripted_mesh import Peer, Request, ScriptedMesh, holder, new_ca, server_context
from tools.edgemesh.ca import Ca

Json = dict[str, Any]


@dataclass
class Between:
    """`asked` and `answered` change what goes to the mesh and what comes back; `seen` is all that passed."""

    mesh_url: str
    ca: Ca = field(default_factory=new_ca)
    asked: Callable[[Json], Json] = lambda body: body
    answered: Callable[[Json], Json] = lambda body: body
    seen: list[Json] = field(default_factory=list)

    async def pass_on(self, request: Request, peer: Peer) -> None:
        body = self.asked(self._noted(request.body)) if request.body else None
        status, answer = self._ask(request.method, request.target, body)
        changed = json.dumps(self.answered(self._noted(answer))).encode() if answer else b""
        content_type = "application/json" if status < 400 else "application/problem+json"
        await peer.answer(status, changed, content_type, {"Retry-After": "1", "Connection": "close"})

    def _noted(self, raw: bytes) -> Json:
        body: Json = json.loads(raw)
        self.seen.append(dict(body))
        return body

    def _ask(self, method: str, target: str, body: Json | None) -> tuple[int, bytes]:
        parts = urlsplit(self.mesh_url)
        trusting = ssl.create_default_context()
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection(parts.hostname or "", parts.port, timeout=10, context=trusting)
        try:
            connection.request(method, target, json.dumps(body) if body else None, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def with_own_ca(self, body: Json) -> Json:
        """The mesh's CA replaced by ours, wherever it is told."""
        return body | {"ca": encode_octets(self.ca.der)} if "ca" in body else body


@dataclass(frozen=True)
class OwnKeys:
    """The attacker's keys, asked for in the device's name."""

    identity: bytes = field(default_factory=new_identity_key)
    box: bytes = field(default_factory=lambda: new_box_key()[0])

    def instead(self, body: Json) -> Json:
        if "csr" not in body:
            return body
        return body | {"csr": encode_octets(certificate_request(self.identity, body["name"], public_box_key(self.box)))}


@contextmanager
def between(proxy: Between) -> Iterator[str]:
    """The URL at which the proxy pretends to be the mesh."""
    context = server_context(proxy.ca, holder(proxy.ca, Kind.REGISTRAR, hosts=("127.0.0.1",)))
    context.verify_mode = ssl.CERT_NONE
    with ScriptedMesh(proxy.pass_on, context) as server:
        yield server.url


def octets(text: object) -> bytes:
    return b64decode(str(text), validate=True)
