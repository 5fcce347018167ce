"""Every way a connection can fail, as one of the errors of port.py. Only this file knows the words of ssl."""

import http.client
import os
import socket
import ssl
from collections.abc import Iterator
from typing import Final

from firmware.mesh.port import MeshProtocolError, MeshUnreachableError, MeshUntrustedError

MeshFault = MeshUnreachableError | MeshUntrustedError | MeshProtocolError

_TURNS: Final = 20
_TURN_SECONDS: Final = 0.025

_REFUSALS = (  # RFC 8446, 6.2: the alerts of a server that does not accept our certificate
    "BAD_CERTIFICATE",
    "UNSUPPORTED_CERTIFICATE",
    "CERTIFICATE_REVOKED",
    "CERTIFICATE_EXPIRED",
    "CERTIFICATE_UNKNOWN",
    "CERTIFICATE_REQUIRED",
    "UNKNOWN_CA",
    "ACCESS_DENIED",
    "DECRYPT_ERROR",
)
_NOT_TLS_1_3 = ("WRONG_VERSION_NUMBER", "PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL", "HANDSHAKE_FAILURE", "HTTP_REQUEST")


def fault(exc: OSError | http.client.HTTPException, where: str) -> MeshFault:
    """The error to raise (from `exc`) for a failed exchange with `where`, a host and port."""
    for cause in _causes(exc):
        if isinstance(cause, ssl.SSLError) and (untrusted := _untrusted(cause)):
            return MeshUntrustedError(f"{where}: {untrusted}")
    if isinstance(exc, TimeoutError):
        return MeshUnreachableError(f"{where}: no answer in time")
    if isinstance(exc, http.client.IncompleteRead):
        return MeshUnreachableError(f"{where}: the answer was cut off")
    if isinstance(exc, OSError):
        return MeshUnreachableError(f"{where}: {_words(exc)}")
    return MeshProtocolError(f"{where}: not an answer in HTTP")


def closed_without_a_word(exc: BaseException) -> bool:
    """Whether the peer broke off, as servers do (asyncio's among them) that refuse our certificate after our side of
    the TLS 1.3 handshake is complete: only `accepts_us` can tell that from a crash."""
    broken = (ConnectionResetError, BrokenPipeError, ConnectionAbortedError, ssl.SSLEOFError)
    return any(isinstance(cause, broken) for cause in _causes(exc))


def accepts_us(host: str, port: int, context: ssl.SSLContext, patience: float) -> bool | None:
    """Connect once more, say nothing, and see what the server does once it has our certificate. A session ticket
    (RFC 8446, 4.6.1) follows when it accepts us, an alert or the end when it does not; None: no telling. Blocking,
    for about `patience` seconds at most."""
    try:
        with (
            socket.create_connection((host, port), patience) as plain,
            context.wrap_socket(plain, server_hostname=host) as tls,
        ):
            return _verdict(tls)
    except OSError:
        return None  # not even a handshake: nothing was said about our certificate


def diagnosed(
    exc: OSError | http.client.HTTPException, host: str, port: int, context: ssl.SSLContext, patience: float
) -> MeshFault:
    """The error for an exchange that was to begin and failed: as `fault`, and as `accepts_us` where the server only
    hung up. Blocking."""
    where = f"{host}:{port}"
    if closed_without_a_word(exc) and accepts_us(host, port, context, patience) is False:
        return MeshUntrustedError(f"{where}: our certificate was not accepted")
    return fault(exc, where)


def _verdict(tls: ssl.SSLSocket) -> bool | None:
    tls.settimeout(_TURN_SECONDS)
    for _ in range(_TURNS):
        try:
            tls.recv(1)  # reads the tickets too; a server that accepts us then waits for our request
        except TimeoutError:
            if _has_ticket(tls):
                return True
        except OSError:
            return False
        else:
            return _has_ticket(tls)
    return None


def _has_ticket(tls: ssl.SSLSocket) -> bool:
    return tls.session is not None and tls.session.has_ticket


def _causes(exc: BaseException) -> Iterator[BaseException]:
    """The exception, and what it was raised from."""
    found: BaseException | None = exc
    while found is not None:
        yield found
        found = found.__cause__


def _untrusted(exc: ssl.SSLError) -> str:
    """Why this error of TLS is a matter of trust; empty when it is only a broken connection."""
    if isinstance(exc, ssl.SSLCertVerificationError):
        return str(getattr(exc, "verify_message", "") or exc.args[-1])
    reason = exc.reason or ""
    if "ALERT" in reason and any(reason.endswith(refusal) for refusal in _REFUSALS):
        return f"our certificate was not accepted ({reason.lower().rpartition('alert_')[2].replace('_', ' ')})"
    if any(word in reason for word in _NOT_TLS_1_3):
        return "the server does not speak TLS 1.3"
    return ""


def _words(exc: BaseException) -> str:
    """The system's words for the failure: they hold no part of a request."""
    for cause in _causes(exc):
        if isinstance(cause, OSError) and cause.errno and not isinstance(cause, ssl.SSLError):
            return os.strerror(cause.errno) if cause.errno > 0 else str(cause.strerror)  # the resolver's are below 0
    return "the connection was closed"
