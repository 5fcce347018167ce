"""The callers of the access table as files, and connections to a real server with each of them."""

import ssl
from datetime import UTC, datetime
from pathlib import Path

import aiohttp

from tests.support.access_ask import Ask
from tests.support.access_callers import NUMBER, Certified
from tests.support.mesh_http import Answer
from tests.support.mesh_openapi import check_answer
from tools.docs.access import KINDS, REVOKED, UNPAIRED
from tools.edgemesh import keys
from tools.edgemesh.bootstrap import MadeMesh
from tools.edgemesh.ca import Ca
from tools.edgemesh.keys import RoleKeys
from tools.edgemesh.site import REGISTRAR

BROKEN_OFF = (aiohttp.ClientError, OSError)


class Callers:
    """Writes each caller's bundle once. Names are those of the table: a kind, `revoked KIND`, or a stranger's words and
    the kind it claims to be."""

    def __init__(self, made: MadeMesh, directory: Path) -> None:
        self._ca_pem, self._directory = made.site.ca_file.read_bytes(), directory
        key_pem = (made.site.path(REGISTRAR) / "ca.key").read_bytes()
        certified = Certified(Ca.load(self._ca_pem, key_pem), datetime.now(UTC))
        self.keys: dict[str, RoleKeys] = {kind: certified.good(kind, 2) for kind in KINDS}
        self.keys |= {f"{REVOKED} {kind}": certified.good(kind, NUMBER) for kind in KINDS}
        self.keys |= {f"{what} {kind}": one for (what, kind), one in certified.strangers().items()}
        for name, one in self.keys.items():
            keys.write(directory / name.replace(" ", "-"), one)

    def bundle(self, name: str) -> Path:
        """Where `identity.chain` and `identity.key` of a caller are."""
        return self._directory / name.replace(" ", "-")

    def context(self, name: str) -> ssl.SSLContext:
        """TLS as that caller, or with no certificate at all."""
        context = ssl.create_default_context(cadata=self._ca_pem.decode())
        if name != UNPAIRED:
            bundle = self.bundle(name)
            context.load_cert_chain(bundle / "identity.chain", bundle / "identity.key", password="")
        return context


async def sent(url: str, context: ssl.SSLContext, asks: list[Ask]) -> list[Answer | None]:
    """The answers of a server to a caller, None where it broke off; of an event stream only the head."""
    found: list[Answer | None] = []
    connector = aiohttp.TCPConnector(ssl=context)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=20)) as session:
        for ask in asks:
            try:
                found.append(await _sent(session, url, ask))
            except BROKEN_OFF:
                found.append(None)
    return found


async def _sent(session: aiohttp.ClientSession, url: str, ask: Ask) -> Answer:
    async with session.request(ask.method, url + ask.target, data=ask.body, headers=dict(ask.headers)) as answer:
        endless = answer.content_type == "text/event-stream"
        raw = b"" if endless else await answer.read()
        if not endless:
            media_type = answer.content_type if raw or answer.status != 204 else ""
            check_answer(ask.method, ask.target, answer.status, media_type, raw)
        return Answer(answer.status, {name.lower(): value for name, value in answer.headers.items()}, raw)
