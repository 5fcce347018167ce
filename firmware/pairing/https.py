"""The real channels: HTTPS, a connection for each request. The only place that ever speaks TLS without verifying."""

import asyncio
import http.client
import json
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from urllib.parse import SplitResult

from firmware.mesh.faults import diagnosed
from firmware.mesh.port import MeshProtocolError, MeshUnreachableError
from firmware.mesh.tls import MESH_KINDS, client_context, leave_time_to, load_identity
from firmware.mesh.transport import PATIENCE, Patience, Reply, media_type, require_https
from firmware.pairing.port import ANSWER_BYTES, EST, Answer
from firmware.vault.identity import IdentityError, TrustAnchor
from hal.ports.workers import Workers

_LONGEST_WAIT = 3600


class HttpsChannels:
    """Implements Channels. Each request runs in a worker's thread. `earliest` says what time it is at least, for a box
    that does not believe its system's calendar; without it, TLS goes by that."""

    def __init__(
        self, workers: Workers, patience: Patience = PATIENCE, *, earliest: Callable[[], datetime] | None = None
    ) -> None:
        self._workers = workers
        self._patience = patience
        self._earliest = earliest

    def first_contact(self, url: str) -> "HttpsChannel":
        """Reaches the set-up routes and nothing else."""
        return HttpsChannel(url, _unverified(), self._workers, self._patience)

    def verified(self, url: str, ca_pem: bytes) -> "HttpsChannel":
        """Raises IdentityUnusableError for what is no CA."""
        return HttpsChannel(url, self._context(ca_pem), self._workers, self._patience)

    def mutual(self, url: str, ca_pem: bytes, chain_pem: bytes, key_pem: bytes) -> "HttpsChannel":
        """Raises IdentityUnusableError for keys or certificates that cannot be used."""
        context = self._context(ca_pem)
        load_identity(context, chain_pem, key_pem)
        return HttpsChannel(url, context, self._workers, self._patience)

    def _context(self, ca_pem: bytes) -> ssl.SSLContext:
        context = client_context(ca_pem)
        if self._earliest is not None:
            leave_time_to(context, partial(_check_peer, TrustAnchor(ca_pem), self._earliest))
        return context


class HttpsChannel:
    """Implements Channel, for the set-up routes. The context stays inside."""

    def __init__(self, url: str, context: ssl.SSLContext, workers: Workers, patience: Patience) -> None:
        self._base = require_https(url)
        self.__context = context
        self._workers = workers
        self._patience = patience

    async def request(self, method: str, path: str, body: object | None = None) -> Answer:
        """One exchange, over within the patience for connection and answer however slowly the mesh drips."""
        if not path.startswith(f"{EST}/"):
            raise ValueError("this channel reaches the set-up routes only")
        exchange = _Exchange(self._base, self.__context, self._patience)
        data = None if body is None else json.dumps(body).encode()
        try:
            async with asyncio.timeout(self._patience.connect + self._patience.answer):
                return await self._workers.run(lambda: exchange.run(method, path, data))
        except TimeoutError as exc:
            raise MeshUnreachableError(f"{exchange.where}: no answer in time") from exc
        finally:
            exchange.abort()


class _Exchange:
    """One request over one connection, in blocking calls; `abort` ends it from another thread."""

    def __init__(self, base: SplitResult, context: ssl.SSLContext, patience: Patience) -> None:
        self._host, self._port = base.hostname or "", base.port or 443
        self._context = context
        self._patience = patience
        self._is_over = False
        self._connection = http.client.HTTPSConnection(
            self._host, self._port, timeout=patience.connect, context=context
        )

    @property
    def where(self) -> str:
        return f"{self._host}:{self._port}"

    def run(self, method: str, path: str, data: bytes | None) -> Answer:
        headers = {"Accept": "application/json, application/problem+json", "Accept-Encoding": "identity"}
        if data is not None:
            headers["Content-Type"] = "application/json"
        try:
            self._connection.connect()
            if self._is_over:
                raise MeshUnreachableError(f"{self.where}: given up")
            self._connection.sock.settimeout(self._patience.answer)
            self._connection.request(method, path, data, headers)
            return self._answer(self._connection.getresponse())
        except (OSError, http.client.HTTPException) as exc:
            raise diagnosed(exc, self._host, self._port, self._context, self._patience.connect) from exc
        finally:
            self._connection.close()

    def _answer(self, response: http.client.HTTPResponse) -> Answer:
        body = response.read(ANSWER_BYTES + 1)
        if len(body) > ANSWER_BYTES:
            raise MeshProtocolError(f"{self.where}: the answer is too long")
        reply = Reply(response.status, media_type(response.getheader("Content-Type", "")), body)
        retry_after, date = (response.getheader(name, "") for name in ("Retry-After", "Date"))
        return Answer(reply, _seconds(retry_after), _moment(date))

    def abort(self) -> None:
        """Whatever it waits for. While it connects, there is no socket yet that could be shut: it sees by itself."""
        self._is_over = True
        opened = self._connection.sock
        if opened is not None:
            with suppress(OSError):
                opened.shutdown(socket.SHUT_RDWR)


def _check_peer(anchor: TrustAnchor, earliest: Callable[[], datetime], certificate: bytes) -> None:
    """Whoever answers is of this mesh, and had not expired at the earliest moment that it can be."""
    peer = anchor.identify((certificate,), earliest(), or_later=True)
    if peer.kind not in MESH_KINDS:
        raise IdentityError(f"a {peer.kind} does not answer for a mesh")


def _unverified() -> ssl.SSLContext:
    """TLS 1.3 with whoever answers. What is said over it is bound by the code that a person compares, or by a
    fingerprint; so it is made here, for `first_contact`, and handed to nobody."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _moment(text: str) -> datetime | None:
    """A Date field (RFC 9110 5.6.7), None for whatever else it is."""
    try:
        return parsedate_to_datetime(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _seconds(text: str) -> float:
    """Retry-After in seconds, an hour at most; its other form, a date, counts as not said."""
    return float(min(int(text), _LONGEST_WAIT)) if text.isascii() and text.isdigit() and len(text) < 7 else 0.0
