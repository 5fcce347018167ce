"""What a mesh client takes in pieces: bodies of documents, from one node or the next, and announcements."""

from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.errors import LockgateError
from firmware.mesh.messages import (
    MeshEvent,
    MeshEventKind,
)
from firmware.mesh.port import MeshError, MeshProtocolError, MeshUnreachableError
from firmware.mesh.transport import CHUNK
from hal.sim.virtual_time import run
from tests.support.mesh_answers import ScriptedTransport, Streamed, problem_reply
from tests.unit.mesh.scripted import client, fetched, grant_of

OCTETS = {"content-type": "application/octet-stream"}
EVENTS = {"content-type": "text/event-stream; charset=utf-8"}


@settings(deadline=None, max_examples=30)
@given(data=st.data())
def test_a_body_comes_in_chunks_on_segment_borders_whatever_the_transport_does(data: st.DataObject) -> None:
    body = bytes(range(256)) * (2 * CHUNK // 256 + 3)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(body)) | st.sampled_from([CHUNK, 2 * CHUNK]), max_size=5)))
    pieces = [body[start:end] for start, end in zip([0, *cuts], [*cuts, len(body)], strict=True)]
    chunks = fetched(ScriptedTransport(Streamed(200, OCTETS, tuple(pieces))), grant_of(len(body)))
    assert b"".join(chunks) == body
    assert [len(chunk) for chunk in chunks] == [CHUNK, CHUNK, len(body) - 2 * CHUNK]


def test_a_body_is_resumed_with_a_range() -> None:
    headers = OCTETS | {"content-range": "bytes 40-55/56", "content-length": "16"}
    transport = ScriptedTransport(Streamed(206, headers, (b"x" * 16,)))
    assert fetched(transport, grant_of(56), 40) == [b"x" * 16]
    assert transport.asked[0].headers["Range"] == "bytes=40-"


def test_a_body_that_ends_too_soon_just_ends() -> None:
    assert fetched(ScriptedTransport(Streamed(200, OCTETS, (b"x" * 50,))), grant_of(56)) == [b"x" * 50]


def test_the_url_that_broke_is_asked_last_the_next_time() -> None:
    broken = Streamed(200, OCTETS, (b"x" * CHUNK, b"y"), MeshUnreachableError("reset"))
    transport = ScriptedTransport(
        broken, Streamed(206, OCTETS | {"content-range": f"bytes {CHUNK}-{CHUNK}/{CHUNK + 1}"})
    )
    mesh, grant = client(transport), grant_of(CHUNK + 1, "https://n-1/b", "https://n-2/b")
    with pytest.raises(MeshUnreachableError):
        fetched(transport, grant, mesh=mesh)
    fetched(transport, grant, CHUNK, mesh)
    assert [asked.url for asked in transport.asked] == ["https://n-1/b", "https://n-2/b"]


def test_a_node_that_does_not_answer_is_passed_over() -> None:
    for failure in (MeshUnreachableError("refused"), Streamed(500, {"content-type": "text/html"}, (b"<html>",))):
        transport = ScriptedTransport(failure, Streamed(200, OCTETS, (b"x" * 56,)))
        assert fetched(transport, grant_of(56, "https://n-1/b", "https://n-2/b")) == [b"x" * 56]


def test_when_no_node_answers_the_last_reason_is_given() -> None:
    problem = problem_reply(404, "release-unknown")
    refused = Streamed(404, {"content-type": "application/problem+json"}, (problem.body[:9], problem.body[9:]))
    with pytest.raises(MeshError, match="release-unknown"):
        fetched(ScriptedTransport(MeshUnreachableError("refused"), refused), grant_of(56, "https://1/b", "https://2/b"))


@pytest.mark.parametrize(
    ("offset", "answer"),
    [
        (0, Streamed(200, {"content-type": "text/html"}, (b"x" * 56,))),
        (0, Streamed(200, {}, (b"x" * 56,))),
        (0, Streamed(200, OCTETS | {"content-length": "57"}, (b"x" * 57,))),
        (0, Streamed(200, OCTETS, (b"x" * 30, b"x" * 27))),
        (0, Streamed(200, OCTETS | {"content-encoding": "gzip"}, (b"x" * 56,))),
        (0, Streamed(206, OCTETS | {"content-range": "bytes 0-55/56"}, (b"x" * 56,))),
        (40, Streamed(200, OCTETS, (b"x" * 56,))),
        (40, Streamed(206, OCTETS | {"content-range": "bytes 39-55/56"}, (b"x" * 17,))),
        (40, Streamed(206, OCTETS, (b"x" * 16,))),
        (0, Streamed(404, {"content-type": "application/problem+json"}, (b"x" * 2**20,) * 3)),
    ],
)
def test_another_body_than_was_granted_is_refused(offset: int, answer: Streamed) -> None:
    with pytest.raises(MeshProtocolError):
        fetched(ScriptedTransport(answer), grant_of(56), offset)


def test_leaving_a_body_closes_its_connection() -> None:
    transport = ScriptedTransport(Streamed(200, OCTETS, (b"x" * CHUNK,) * 3))
    grant = grant_of(3 * CHUNK)

    async def main() -> int:
        async with aclosing(client(transport).body(grant, 0)) as chunks:  # type: ignore[type-var]
            await anext(chunks)
            return transport.open_streams

    assert (run(main()), transport.open_streams) == (1, 0)


def announced(transport: ScriptedTransport, after: int = 0) -> tuple[list[MeshEvent], str]:
    async def main() -> tuple[list[MeshEvent], str]:
        events: list[MeshEvent] = []
        try:
            stream: AsyncIterator[MeshEvent] = client(transport).events(after)
            async for event in stream:
                events.append(event)
        except LockgateError as exc:
            return events, exc.code
        return events, ""

    return run(main())


def test_announcements_begin_with_the_connection_and_end_with_an_error() -> None:
    stream = (b": hello\n\n", b"id: 8\nevent: job-", b'held\ndata: {"job": "j-1"}\n\n: heartbeat\n\n')
    transport = ScriptedTransport(Streamed(200, EVENTS, stream))
    assert announced(transport, 7) == (
        [MeshEvent(7, MeshEventKind.CONNECTED), MeshEvent(8, MeshEventKind.JOB_HELD, "j-1")],
        "mesh-unreachable",
    )
    assert transport.asked[0].headers == {"Accept": "text/event-stream", "Last-Event-ID": "7"}


def test_where_the_stream_stands_is_told_so_that_a_reader_cut_off_early_misses_nothing() -> None:
    transport = ScriptedTransport(
        Streamed(200, EVENTS, (b"id: 17\n\n", b": heartbeat\n\n", b"id: 18\nevent: job-gone\n"))
    )
    connected = MeshEventKind.CONNECTED
    assert announced(transport)[0] == [MeshEvent(0, connected), MeshEvent(17, connected)]


def test_from_now_on_no_last_id_is_sent() -> None:
    transport = ScriptedTransport(Streamed(200, EVENTS))
    announced(transport)
    assert "Last-Event-ID" not in transport.asked[0].headers


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Streamed(200, EVENTS, (b"data: {}\n\n",)), "mesh-protocol"),
        (Streamed(200, EVENTS, (b"id: x\n\n",)), "mesh-protocol"),
        (Streamed(200, EVENTS, (b"x" * 2**17,)), "mesh-protocol"),
        (Streamed(200, {"content-type": "text/html"}, (b"<html>",)), "mesh-protocol"),
        (
            Streamed(410, {"content-type": "application/problem+json"}, (b'{"code": "events-forgotten"}',)),
            "events-forgotten",
        ),
        (Streamed(200, EVENTS, (), MeshUnreachableError("silent")), "mesh-unreachable"),
    ],
)
def test_announcements_that_go_wrong_end_with_its_code(answer: Streamed, code: str) -> None:
    assert announced(ScriptedTransport(answer))[1] == code
