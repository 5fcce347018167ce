"""HTTPS to the mesh with plain blocking calls: this command does one thing at a time, and starts quickly that way."""

import http.client
import json
import ssl
from collections.abc import Iterable
from urllib.parse import SplitResult

from firmware.mesh.faults import diagnosed
from firmware.mesh.port import MeshProtocolError
from firmware.mesh.transport import ANSWER_BYTES, PATIENCE, Patience, Reply, media_type, require_https

PIECE = 256 * 1024
"""Bytes handed to TLS at once: each such call has the whole of its time limit."""

UPLOAD_SECONDS = 60.0
"""For one piece, and after the last one for the mesh to have everything on its disks."""


class Link:
    """Requests to the mesh at `url`, each over a connection of its own. Raises the errors of firmware.mesh.port."""

    def __init__(
        self, url: str, context: ssl.SSLContext, patience: Patience = PATIENCE, upload_seconds: float = UPLOAD_SECONDS
    ) -> None:
        self._base = require_https(url)
        self._context = context
        self._patience = patience
        self._upload_seconds = upload_seconds

    def ask(self, method: str, path: str, json_body: object | None = None) -> Reply:
        """One exchange of JSON; `path` starts with a slash."""
        body = None if json_body is None else json.dumps(json_body).encode()
        headers = {"Accept": "application/json, application/problem+json", "Accept-Encoding": "identity"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        connection = _connection(self._base, self._context, self._patience.connect)
        try:
            self._connect(connection, self._patience.answer)
            connection.request(method, path, body, headers)
            return _reply(connection)
        except (OSError, http.client.HTTPException) as exc:
            raise self._fault(exc, self._base) from exc
        finally:
            connection.close()

    def put(self, url: str, length: int, chunks: Iterable[bytes]) -> Reply:
        """Upload `length` bytes to an absolute URL. What `chunks` raises goes through, and the upload is broken off."""
        parts = require_https(url)
        connection = _connection(parts, self._context, self._patience.connect)
        try:
            self._connect(connection, self._upload_seconds)
            connection.putrequest("PUT", parts._replace(scheme="", netloc="", fragment="").geturl())
            connection.putheader("Content-Type", "application/octet-stream")
            connection.putheader("Content-Length", str(length))
            connection.endheaders()
            return _sent(connection, chunks)
        except (OSError, http.client.HTTPException) as exc:
            raise self._fault(exc, parts) from exc
        finally:
            connection.close()

    def _connect(self, connection: http.client.HTTPSConnection, seconds: float) -> None:
        connection.connect()
        connection.sock.settimeout(seconds)

    def _fault(self, exc: OSError | http.client.HTTPException, parts: SplitResult) -> Exception:
        return diagnosed(exc, parts.hostname or "", parts.port or 443, self._context, self._patience.connect)


def _connection(parts: SplitResult, context: ssl.SSLContext, seconds: float) -> http.client.HTTPSConnection:
    return http.client.HTTPSConnection(parts.hostname or "", parts.port or 443, timeout=seconds, context=context)


def _sent(connection: http.client.HTTPSConnection, chunks: Iterable[bytes]) -> Reply:
    """Send all and read the answer. A mesh that refuses half-way answers first and then hangs up: its answer counts."""
    for chunk in chunks:
        view = memoryview(chunk)
        for start in range(0, len(view), PIECE):
            try:
                connection.send(view[start : start + PIECE])
            except OSError as exc:
                return _answer_before(connection, exc)
    return _reply(connection)


def _answer_before(connection: http.client.HTTPSConnection, broken: OSError) -> Reply:
    try:
        return _reply(connection)
    except (OSError, http.client.HTTPException):
        raise broken from None


def _reply(connection: http.client.HTTPSConnection) -> Reply:
    response = connection.getresponse()
    body = response.read(ANSWER_BYTES + 1)
    if len(body) > ANSWER_BYTES:
        raise MeshProtocolError("the answer is too long")
    return Reply(response.status, media_type(response.getheader("Content-Type", "")), body)
