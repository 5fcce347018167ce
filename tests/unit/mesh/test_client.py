"""The mesh client over a transport that says anything: what it asks, what it makes of the answers."""

import base64
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.errors import LockgateError
from firmware.mesh.client import MeshClient
from firmware.mesh.messages import (
    CardProof,
    CardQuestion,
    Grant,
    MeshEvent,
    MeshEventKind,
    Report,
    ReportKind,
    SignedDenials,
    SignedTime,
)
from firmware.mesh.port import MeshError, MeshProtocolError, MeshUnreachableError
from firmware.mesh.transport import CHUNK, Reply
from hal.sim.clock import VirtualClock
from hal.sim.random_source import SeededRandom
from hal.sim.virtual_time import run
from tests.support import mesh_answers
from tests.support.mesh_answers import Json, ScriptedTransport, Streamed, json_reply, problem_reply

OCTETS = {"content-type": "application/octet-stream"}
EVENTS = {"content-type": "text/event-stream; charset=utf-8"}
NO_CONTENT = Reply(204, "", b"")


def client(transport: ScriptedTransport, timeless: ScriptedTransport | None = None) -> MeshClient:
    return MeshClient(
        transport,
        timeless=timeless,
        org_id="org-1",
        station_id="st-1",
        chain=(b"leaf", b"issuer"),
        sign=lambda label, message: b"signed:" + message,
        clock=VirtualClock(),
        random=SeededRandom(1),
    )


def grant_of(size: int, *urls: str) -> Grant:
    transport = ScriptedTransport(json_reply(201, mesh_answers.grant(*urls, size=size)))
    return run(client(transport).ask_release("s-1", "j-1"))


def fetched(transport: ScriptedTransport, grant: Grant, offset: int = 0, mesh: MeshClient | None = None) -> list[bytes]:
    async def main() -> list[bytes]:
        return [chunk async for chunk in (mesh or client(transport)).body(grant, offset)]

    return run(main())


def test_a_session_is_opened_with_a_card_and_closed() -> None:
    transport = ScriptedTransport(json_reply(201, mesh_answers.session()), NO_CONTENT)
    mesh = client(transport)
    assert run(mesh.open_session("04a1b2")).session_id == "s-1"
    run(mesh.close_session("s-1"))
    opened, closed = transport.asked
    assert (opened.method, opened.url) == ("POST", "/v1/sessions")
    assert opened.json_body == {"credential": {"kind": "card", "value": "04a1b2"}}
    assert (closed.method, closed.url) == ("DELETE", "/v1/sessions/s-1")


def test_a_card_is_carried_to_the_mesh_and_its_number_stays_here() -> None:
    begun, asked = {"proof": "p-1", "apdu": "905a", "last": False}, {"apdu": "90af", "last": True}
    session = json_reply(201, mesh_answers.session() | {"method": "proof"})
    replies = json_reply(201, begun), json_reply(200, asked), json_reply(200, {"proven": True}), session
    transport = ScriptedTransport(*replies)
    mesh = client(transport)
    proof = run(mesh.begin_proof(b"\x04\xa1", b"\x02\x00"))
    assert proof == CardProof("p-1", CardQuestion(b"\x90\x5a", last=False))
    assert run(mesh.answer_proof("p-1", b"\x91\x00")) == CardQuestion(b"\x90\xaf", last=True)
    assert run(mesh.answer_proof("../x", b"\x91\x00")) is None
    assert run(mesh.open_session("04a1b2", "4711", "p-1")).method == "proof"
    assert [(one.url, one.json_body) for one in transport.asked] == [
        ("/v1/card-proofs", {"uid": "04a1", "ats": "0200"}),
        ("/v1/card-proofs/p-1/answers", {"apdu": "9100"}),
        ("/v1/card-proofs/..%2Fx/answers", {"apdu": "9100"}),
        ("/v1/sessions", {"credential": {"kind": "card", "pin": "4711"}, "card_proof": "p-1"}),
    ]


@pytest.mark.parametrize("reply", [problem_reply(404, "route-unknown"), problem_reply(410, "session-expired")])
def test_a_session_that_is_gone_is_closed(reply: Reply) -> None:
    run(client(ScriptedTransport(reply)).close_session("s-1"))


@pytest.mark.parametrize(
    ("status", "code"), [(404, "badge-unknown"), (423, "locked-out"), (403, "not-allowed-here"), (503, "store-failed")]
)
def test_a_refusal_keeps_its_code(status: int, code: str) -> None:
    with pytest.raises(MeshError) as caught:
        run(client(ScriptedTransport(problem_reply(status, code))).open_session("04a1b2"))
    assert (caught.value.code, caught.value.status) == (code, status)


def test_ids_cannot_reach_another_route() -> None:
    transport = ScriptedTransport(json_reply(200, {"jobs": []}))
    assert run(client(transport).held_jobs("../v1/mesh?x=1#y")) == []
    assert transport.asked[0].url == "/v1/sessions/..%2Fv1%2Fmesh%3Fx%3D1%23y/jobs"


def test_a_release_is_asked_for_with_a_signed_request() -> None:
    transport = ScriptedTransport(json_reply(201, mesh_answers.grant()))
    run(client(transport).ask_release("s-1", "j-1"))
    asked = transport.asked[0]
    body = cast("Json", asked.json_body)
    request = base64.b64decode(str(body["request"]))
    assert (asked.method, asked.url, body["session"]) == ("POST", "/v1/jobs/j-1/releases", "s-1")
    assert base64.b64decode(str(body["request_signature"])) == b"signed:" + request
    assert body["chain"] == [mesh_answers.b64(b"leaf"), mesh_answers.b64(b"issuer")]
    assert json.loads(request) == {
        "v": 1,
        "org_id": "org-1",
        "job_id": "j-1",
        "session": "s-1",
        "station_id": "st-1",
        "nonce": mesh_answers.b64(SeededRandom(1).token(16)),
        "asked_at": "2026-01-05T08:00:00Z",
    }


def test_what_proves_itself_is_asked_for_over_a_connection_of_its_own() -> None:
    usual = ScriptedTransport()
    timeless = ScriptedTransport(
        json_reply(200, mesh_answers.signed_time()),
        json_reply(200, mesh_answers.signed_time()),
        json_reply(200, mesh_answers.denials()),
    )
    mesh = client(usual, timeless)
    assert run(mesh.signed_time(bytes(16))) == SignedTime(b"statement", b"signature", (b"leaf",))
    run(mesh.signed_time(bytes(16), (7, "ab")))
    assert run(mesh.denials()) == SignedDenials(b"list", b"signature")
    plain, with_audit, listed = timeless.asked
    nonce = mesh_answers.b64(bytes(16))
    assert (plain.method, plain.url, plain.json_body) == ("POST", "/v1/time", {"nonce": nonce})
    assert with_audit.json_body == {"nonce": nonce, "audit": {"sequence": 7, "hash": "ab"}}
    assert (listed.method, listed.url) == ("GET", "/v1/denials")
    assert usual.asked == []


def test_no_two_requests_are_the_same() -> None:
    transport = ScriptedTransport(*[json_reply(201, mesh_answers.grant())] * 2)
    mesh = client(transport)
    for _ in range(2):
        run(mesh.ask_release("s-1", "j-1"))
    first, second = (cast("Json", asked.json_body)["request"] for asked in transport.asked)
    assert first != second


@pytest.mark.parametrize(
    ("report", "told"),
    [
        (Report("r-1", 3, 1, ReportKind.STARTED), {"fence": 3, "sequence": 1, "kind": "started"}),
        (
            Report("r-1", 3, 2, ReportKind.STOPPED, "jam", 0),
            {"fence": 3, "sequence": 2, "kind": "stopped", "reason": "jam", "impressions": 0},
        ),
        (
            Report("r-1", 3, 2, ReportKind.STOPPED, pages=0, receipt=b"a receipt"),
            {"fence": 3, "sequence": 2, "kind": "stopped", "pages": 0, "receipt": "YSByZWNlaXB0"},
        ),
    ],
)
def test_a_report_says_what_is_known(report: Report, told: Json) -> None:
    transport = ScriptedTransport(json_reply(200, {"state": "printing", "lease_expires": "2026-01-05T08:05:00Z"}))
    run(client(transport).report(report))
    assert (transport.asked[0].url, transport.asked[0].json_body) == ("/v1/releases/r-1/events", told)


@pytest.mark.parametrize("code", ["receipt-malformed", "receipt-untrusted", "receipt-foreign", "receipt-differs"])
def test_an_outcome_is_told_without_a_receipt_that_is_refused(code: str) -> None:
    taken = json_reply(200, {"state": "held", "lease_expires": "2026-01-05T08:05:00Z"})
    transport = ScriptedTransport(problem_reply(422, code), taken)
    run(client(transport).report(Report("r-1", 3, 2, ReportKind.STOPPED, pages=2, receipt=b"a receipt")))
    first, second = (cast("Json", asked.json_body) for asked in transport.asked)
    assert first == second | {"receipt": "YSByZWNlaXB0"}


def test_another_refusal_has_nothing_to_do_with_the_receipt() -> None:
    transport = ScriptedTransport(problem_reply(409, "fence-stale"))
    with pytest.raises(MeshError, match="fence-stale"):
        run(client(transport).report(Report("r-1", 3, 2, ReportKind.STOPPED, receipt=b"a receipt")))
    assert len(transport.asked) == 1


def test_a_stale_fence_is_told() -> None:
    with pytest.raises(MeshError, match="fence-stale"):
        run(client(ScriptedTransport(problem_reply(409, "fence-stale"))).report(Report("r", 1, 1, ReportKind.STARTED)))


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
