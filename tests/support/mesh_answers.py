"""Right answers of a mesh, to be spoilt field by field, and a transport that gives any answer without a network."""

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from firmware.errors import LockgateError
from firmware.mesh.transport import NO_HEADERS, Reply, StreamReply
from tests.support.octets import b64

Json = dict[str, object]


def session() -> Json:
    return {
        "session": "s-1",
        "user": "ada",
        "language": "en",
        "policy": {"auto_release": True, "idle_seconds": 30},
        "expires": "2026-01-05T09:00:00Z",
    }


def jobs() -> Json:
    job = {
        "job": "j-1",
        "state": "held",
        "manifest": b64(b"manifest"),
        "signature": b64(b"signature"),
        "chain": [b64(b"leaf"), b64(b"issuer")],
        "nodes": ["n-1"],
    }
    return {"jobs": [job]}


def signed_time() -> Json:
    return {"statement": b64(b"statement"), "signature": b64(b"signature"), "chain": [b64(b"leaf")]}


def denials() -> Json:
    return {"list": b64(b"list"), "signature": b64(b"signature")}


def grant(*urls: str, size: int = 56) -> Json:
    return {
        "release": "r-1",
        "fence": 1,
        "lease_expires": "2026-01-05T08:05:00.250Z",
        "job_box": b64(b"job"),
        "node_box": {"node_id": "n-1", "suite": "s", "box": b64(b"node")},
        "org_box": {"epoch": 1, "suite": "s", "box": b64(b"org")},
        "body": {"urls": list(urls or ("https://n-1/b",)), "size": size, "digest": "00" * 32},
    }


def json_reply(status: int, value: object) -> Reply:
    return Reply(status, "application/json", json.dumps(value).encode())


def problem_reply(status: int, code: str, **more: str) -> Reply:
    document = {"type": f"urn:lockgate:problem:{code}", "title": "", "status": status, "code": code, **more}
    return Reply(status, "application/problem+json", json.dumps(document).encode())


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as the transport got it."""

    method: str
    url: str
    json_body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Streamed:
    """A long answer: its chunks, then the error that ends it if there is one."""

    status: int
    headers: Mapping[str, str]
    chunks: tuple[bytes, ...] = ()
    failure: LockgateError | None = None


class ScriptedTransport:
    """Gives `answers` in order, raising those that are errors, and keeps what was asked in `asked`."""

    def __init__(self, *answers: Reply | Streamed | LockgateError) -> None:
        self.asked: list[Asked] = []
        self.open_streams = self.expected = 0
        self._answers: Iterator[Reply | Streamed | LockgateError] = iter(answers)

    async def request(
        self, method: str, path: str, json_body: object | None = None, *, headers: Mapping[str, str] = NO_HEADERS
    ) -> Reply:
        self.asked.append(Asked(method, path, json_body, headers))
        answer = self._next()
        assert isinstance(answer, Reply)
        return answer

    @asynccontextmanager
    async def stream(self, method: str, url: str, headers: Mapping[str, str]) -> AsyncIterator[StreamReply]:
        self.asked.append(Asked(method, url, None, headers))
        answer = self._next()
        assert isinstance(answer, Streamed)
        self.open_streams += 1
        try:
            yield StreamReply(answer.status, answer.headers, _chunks(answer))
        finally:
            self.open_streams -= 1

    def expect_body(self) -> None:
        self.expected += 1

    def _next(self) -> Reply | Streamed:
        answer = next(self._answers)
        if isinstance(answer, LockgateError):
            raise answer
        return answer


async def _chunks(answer: Streamed) -> AsyncIterator[bytes]:
    for chunk in answer.chunks:
        yield chunk
    if answer.failure is not None:
        raise answer.failure
