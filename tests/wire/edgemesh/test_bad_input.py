"""Input that is bad in every way we could think of, at the server as a process: each gets a problem document with a
code or a closed connection, memory stays bounded, and nothing changed."""

import hashlib
import json
import sqlite3
import ssl
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.access_bundles import Callers
from tests.support.mesh_process import MeshProcess
from tests.support.raw_tls import answers, exchange
from tools.docs.access import UNPAIRED
from tools.edgemesh.bootstrap import MadeMesh, make_mesh

MOST_GROWTH = 48 * 2**20
MEGABYTE = 2**20
HEAD = b"Host: mesh\r\nContent-Type: application/json\r\n"


class Bench:
    """A running mesh, and what there is to compare before and after."""

    def __init__(self, made: MadeMesh, process: MeshProcess, callers: Callers) -> None:
        self.made, self.process, self.callers = made, process, callers

    def contexts(self) -> dict[str, ssl.SSLContext]:
        return {name: self.callers.context(name) for name in (UNPAIRED, "station", "client", "admin")}

    def stores(self) -> str:
        """A digest of all that the databases say, whatever their files look like; the audits grow with refusals."""
        digest = hashlib.sha256()
        paths = sorted(self.made.site.directory.rglob("*.db"))
        assert len(paths) >= 4, paths
        for path in paths:
            database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
            digest.update("\n".join(database.iterdump()).encode())
            database.close()
        return digest.hexdigest()

    def resident(self) -> int:
        status = Path(f"/proc/{self.process.process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) * 1024

    def say(self, caller: str, *pieces: bytes, half_close: bool = False) -> list[tuple[int, str]]:
        return answers(exchange(self.process.url, self.callers.context(caller), pieces, half_close=half_close))


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    directory = tmp_path_factory.mktemp("mesh")
    made = make_mesh(directory, "acme.example")
    callers = Callers(made, directory / "callers")
    with MeshProcess(made.site.directory) as process:
        yield Bench(made, process, callers)


@pytest.fixture
def bench(running: Bench) -> Iterator[Bench]:
    """Afterwards everything is as it was, and the server answers."""
    stores, resident = running.stores(), running.resident()
    yield running
    assert running.stores() == stores
    assert running.resident() - resident < MOST_GROWTH
    ask = b"GET /v1/health HTTP/1.1\r\nHost: mesh\r\nConnection: close\r\n\r\n"
    assert running.say("station", ask) == [(200, "")]


JSON_TARGETS = {
    "/.well-known/est/simpleenroll": UNPAIRED,
    "/.well-known/est/simplereenroll": UNPAIRED,
    "/v1/sessions": "station",
    "/v1/time": "station",
    "/v1/jobs": "client",
    "/v1/delegations": "client",
    "/v1/admin/users": "admin",
    "/v1/admin/tokens": "admin",
    "/v1/admin/denials": "admin",
}
FIELDS = (
    "kind",
    "name",
    "csr",
    "credential",
    "user",
    "nonce",
    "holder",
    "manifest",
    "delegation",
    "request",
    "stations",
)
BAD_JSON = {
    "deep arrays": b"[" * MEGABYTE,
    "deep objects": b'{"a":' * (MEGABYTE // 5),
    "deep within": b'{"credential":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "long text": b'{"user":"' + b"a" * MEGABYTE + b'"}',
    "long and blank": b" " * MEGABYTE,
    "many fields": b"{" + b",".join(b'"%d":1' % n for n in range(60_000)) + b"}",
    "UTF-16": json.dumps({"user": "eve"}).encode("utf-16"),
    "not UTF-8": b'{"user":"\xff\xfe"}',
    "half a character": b'{"user":"\xed\xa0\x80"}',
    "with a mark": b"\xef\xbb\xbf" + b'{"user":"eve"}',
    "a field twice": b'{"user":"eve","user":"mallory"}',
    "NaN": b'{"user":NaN}',
    "infinity": b'{"user":-Infinity}',
    "a number without end": b'{"idle_seconds":' + b"9" * 100_000 + b"}",
    "a fraction without end": b'{"idle_seconds":1e' + b"9" * 400 + b"}",
    "an array": b"[]",
    "nothing": b"",
    "null": b"null",
    "a NUL": b'{"user":"\x00"}',
    "two documents": b"{}{}",
    "an unfinished text": b'{"user":"' + b"\\" * 99_999,
}


@pytest.mark.parametrize("name", BAD_JSON)
def test_json(bench: Bench, name: str) -> None:
    body = BAD_JSON[name]
    for path, caller in JSON_TARGETS.items():
        head = b"POST %s HTTP/1.1\r\nConnection: close\r\nContent-Length: %d\r\n" % (path.encode(), len(body))
        found = bench.say(caller, head + HEAD + b"\r\n" + body)
        assert [code for _, code in found] in (["json-malformed"], ["request-too-large"]), (path, found)


VALUES: tuple[object, ...] = (
    None, True, -1, 2**63, 10**400, 1.5, "", " ", "\ud800", "\x00", "\u202e", "a" * 2000, "x\ny", [], {}, [[]],
    ["\ud800"], ["a" * 2000], [None], {"kind": "card", "value": "\ud800"}, "====", "AA",
    b64encode(b"\x30\x82" * 99).decode(),
)  # fmt: skip


@pytest.mark.parametrize("path", JSON_TARGETS)
def test_fields_of_every_wrong_kind(bench: Bench, path: str) -> None:
    """On one connection, each field in turn with each value that it must not have."""
    right = {"user": "", "kind": "client", "name": "laptop", "holder": "user/", "hours": "never"}
    wrong = [(field, value) for field in FIELDS for value in VALUES if not _is_name(field, value)]
    bodies = [json.dumps(right | {field: value}).encode() for field, value in wrong]
    start = b"POST %s HTTP/1.1\r\n" % path.encode() + HEAD
    requests = [start + b"Content-Length: %d\r\n\r\n" % len(body) + body for body in bodies]
    found = []
    for some in _batched(requests, 20):
        last = b"GET /v1/nowhere HTTP/1.1\r\nHost: mesh\r\nConnection: close\r\n\r\n"
        found += bench.say(JSON_TARGETS[path], b"".join(some) + last)[:-1]
    assert len(found) == len(requests)
    assert {status // 100 for status, _ in found} == {4}, set(found)


def _is_name(field: str, value: object) -> bool:
    """Some words are good names."""
    return field in ("user", "name") and isinstance(value, str) and value.isprintable() and 0 < len(value) < 2000


@pytest.mark.parametrize("value", [["\ud800"], [""], ["a" * 2000], [None], [["a"]], ["a"] * 65, 5, {"a": "b"}, "a"])
def test_lists_of_names(bench: Bench, value: object) -> None:
    for path, right, field in (
        ("/v1/admin/users", {"user": "eve"}, "stations"),
        ("/v1/admin/tokens", {"kind": "client", "name": "laptop"}, "users"),
    ):
        body = json.dumps({**right, field: value}).encode()
        head = b"POST %s HTTP/1.1\r\nConnection: close\r\nContent-Length: %d\r\n" % (path.encode(), len(body))
        assert bench.say("admin", head + HEAD + b"\r\n" + body) == [(400, "json-malformed")], path


def _batched(items: list[bytes], most: int) -> Iterator[tuple[bytes, ...]]:
    for start in range(0, len(items), most):
        yield tuple(items[start : start + most])


GET = b"GET /v1/health HTTP/1.1\r\nHost: mesh\r\n"
POST = b"POST /v1/sessions HTTP/1.1\r\n" + HEAD
CHUNKED = POST + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
TORN = {
    "a header of 100 kB": GET + b"X: " + b"a" * 100_000 + b"\r\n\r\n",
    "a name of 100 kB": GET + b"a" * 100_000 + b": x\r\n\r\n",
    "10 000 headers": GET + b"X: y\r\n" * 10_000 + b"\r\n",
    "a path of 100 kB": b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: mesh\r\n\r\n",
    "a query of 100 kB": b"GET /v1/mesh?" + b"a=b&" * 25_000 + b" HTTP/1.1\r\nHost: mesh\r\n\r\n",
    "an absurd chunk": CHUNKED + b"FFFFFFFFFFFFFFFFF\r\n{}\r\n0\r\n\r\n",
    "a negative chunk": CHUNKED + b"-5\r\n{}\r\n0\r\n\r\n",
    "a chunk with more than it says": CHUNKED + b"2\r\n{}{}{}\r\n0\r\n\r\n",
    "a chunk of nothing like it": CHUNKED + b"0x2\r\n{}\r\n0\r\n\r\n",
    "an extension of 100 kB": CHUNKED + b"2;" + b"a" * 100_000 + b"\r\n{}\r\n0\r\n\r\n",
    "trailers of 100 kB": CHUNKED + b"2\r\n{}\r\n0\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
    "a megabyte of chunks of a byte": CHUNKED + b"1\r\n \r\n" * 300_000 + b"0\r\n\r\n",
    "a length below nothing": POST + b"Content-Length: -1\r\n\r\n{}",
    "a length with a sign": POST + b"Content-Length: +2\r\n\r\n{}",
    "a length like no number": POST + b"Content-Length: 2, 2\r\n\r\n{}",
    "two lengths": POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "a length of 10^30": POST + b"Content-Length: 1%s\r\n\r\n{}" % (b"0" * 30),
    "length and chunks": POST + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "an unknown coding": POST + b"Transfer-Encoding: gzip\r\nConnection: close\r\n\r\n\x1f\x8b",
    "a version of tomorrow": b"GET /v1/health HTTP/9.9\r\nHost: mesh\r\n\r\n",
    "a folded header": GET + b"X: a\r\n b\r\n\r\n",
    "a header with a NUL": GET + b"X: a\x00b\r\n\r\n",
    "a bare line feed": b"GET /v1/health HTTP/1.1\nHost: mesh\n\n",
    "another protocol": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "an upgrade": GET + b"Connection: upgrade\r\nUpgrade: h2c\r\n\r\n",
}


@pytest.mark.parametrize("name", TORN)
def test_framing(bench: Bench, name: str) -> None:
    for caller in (UNPAIRED, "station"):
        found = bench.say(caller, TORN[name], half_close=True)
        assert all(status < 500 for status, _ in found), found
        assert len(found) <= 2


def test_headers_without_end(bench: Bench) -> None:
    """The server hangs up long before we are through."""
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        yield GET
        for number in range(100_000):
            sent += 1
            yield b"X-%d: %s\r\n" % (number, b"a" * 1000)

    raw = exchange(bench.process.url, bench.callers.context("station"), endless())
    assert [code for _, code in answers(raw)] in ([], ["headers-too-large"], ["request-malformed"])
    assert sent < 50_000


def test_a_length_that_lies(bench: Bench) -> None:
    """Less comes than was said, and we go: no answer is owed, and none of it counts."""
    assert bench.say("station", POST + b"Content-Length: 100\r\n\r\n{}", half_close=True) in (
        [],
        [(400, "request-malformed")],
    )
    smuggled = POST + b"Content-Length: 2\r\n\r\n{}POST /v1/sessions HTTP/1.1\r\nHost: mesh\r\n"
    found = bench.say("station", smuggled + b"Connection: close\r\nContent-Length: 2\r\n\r\n{}")
    assert found == [(400, "json-malformed")] * 2


def test_many_requests_at_once_are_answered_in_order(bench: Bench) -> None:
    asked = [b"GET /v1/health HTTP/1.1\r\nHost: mesh\r\n\r\n", b"GET /v1/nowhere HTTP/1.1\r\nHost: mesh\r\n\r\n"]
    last = b"BREW / HTTP/1.1\r\nHost: mesh\r\nConnection: close\r\n\r\n"
    found = bench.say("station", b"".join(asked) * 40 + last)
    assert found[:80] == [(200, ""), (404, "route-unknown")] * 40
    assert found[80:] in ([(400, "request-malformed")], [(404, "route-unknown")])


@pytest.mark.parametrize(
    "csr", [b"", b"\x30\x00", b"\x30\x84\xff\xff\xff\xff", b"\x30\x80" * 1000, b"-----BEGIN", bytes(4096)]
)
def test_requests_for_a_certificate(bench: Bench, csr: bytes) -> None:
    wish = {"kind": "client", "name": "laptop", "csr": b64encode(csr).decode(), "users": ["ada"]}
    body = json.dumps(wish | {"commitment": b64encode(bytes(32)).decode()}).encode()
    head = b"POST /.well-known/est/simpleenroll HTTP/1.1\r\nConnection: close\r\nContent-Length: %d\r\n" % len(body)
    found = bench.say(UNPAIRED, head + HEAD + b"\r\n" + body)
    assert found in ([(400, "csr-malformed")], [(400, "json-malformed")])
