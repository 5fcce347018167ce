"""The pairing mesh over real TLS, as tests of processes need it: one connection at a time, on a free port."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from firmware.pairing.answers import pem
from firmware.vault.identity import Kind
from hal.drivers.system_clock import SystemClock
from tests.support.pairing_mesh import PairingMesh
from tests.support.scripted_mesh import Peer, Request, ScriptedMesh, holder, new_ca, server_context


def optional_context(mesh: PairingMesh, kind: Kind = Kind.REGISTRAR) -> ssl.SSLContext:
    """As a mesh's role has it: a caller without certificate gets in, one with a wrong one does not."""
    context = server_context(mesh.ca, holder(mesh.ca, kind, hosts=("127.0.0.1",)))
    context.verify_mode = ssl.CERT_OPTIONAL
    return context


@contextmanager
def served(mesh: PairingMesh | None = None, kind: Kind = Kind.REGISTRAR) -> Iterator[tuple[PairingMesh, ScriptedMesh]]:
    """A mesh with a CA of its own, and its server."""
    found = mesh or PairingMesh(new_ca(), SystemClock())

    async def script(request: Request, peer: Peer) -> None:
        own = peer.writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        found.requests.append(("mutual" if own else "nobody", request.method, request.target))
        body = request.json() if request.body else None
        answer = found.before("", request.method, request.target) or found.handle(
            request.method, request.target, body, pem(own) if own else b""
        )
        headers = {"Retry-After": f"{answer.retry_after:.0f}", "Date": "Mon, 05 Jan 2026 08:00:00 GMT"}
        await peer.answer(answer.reply.status, answer.reply.body, answer.reply.content_type, headers)

    with ScriptedMesh(script, optional_context(found, kind)) as server:
        found.url = server.url
        yield found, server
