"""Bytes to a server over TLS that no HTTP library would send, and what came back until the server hung up."""

import json
import socket
import ssl
from collections.abc import Iterable
from urllib.parse import urlsplit

from tools.edgemesh.interface import problems

PATIENCE = 15.0
MOST = 4 * 2**20


def exchange(url: str, context: ssl.SSLContext, pieces: Iterable[bytes], *, half_close: bool = False) -> bytes:
    """All that the server says. Pieces are sent until it hangs up; `half_close` ends our side after them."""
    host = urlsplit(url)
    with socket.create_connection((host.hostname or "", host.port or 443), PATIENCE) as plain:
        tls = context.wrap_socket(plain, server_hostname=host.hostname)
        try:
            for piece in pieces:
                tls.sendall(piece)
            if half_close:
                tls.unwrap()
        except OSError:
            pass  # it hung up, or answered while we still spoke: what it said is what counts
        return _received(tls)


def _received(tls: ssl.SSLSocket) -> bytes:
    found = bytearray()
    try:
        while len(found) < MOST and (data := tls.recv(65536)):
            found += data
    except TimeoutError as exc:
        raise AssertionError("the server neither answered to the end nor hung up") from exc
    except (OSError, ValueError):
        pass
    finally:
        tls.close()
    return bytes(found)


def answers(raw: bytes) -> list[tuple[int, str]]:
    """Status and code of each answer, one after the other; fails for anything that is none of ours."""
    found = []
    while raw:
        head, end, rest = raw.partition(b"\r\n\r\n")
        assert end, raw[:200]
        assert b"Traceback" not in raw
        status, fields = int(head.split()[1]), _fields(head)
        if status == 100:
            raw = rest
            continue
        length = int(fields.get("content-length", "0"))
        body, raw = rest[:length], rest[length:]
        found.append((status, _code(status, fields, body)))
    return found


def _fields(head: bytes) -> dict[str, str]:
    lines = (line.partition(":") for line in head.decode("latin-1").split("\r\n")[1:])
    return {name.lower(): value.strip() for name, _, value in lines}


def _code(status: int, fields: dict[str, str], body: bytes) -> str:
    if status < 400:
        return ""
    assert fields["content-type"].startswith("application/problem+json"), fields
    code = str(json.loads(body)["code"])
    assert problems.TABLE[code][0] == status
    return code
