"""The mesh client over a transport that says anything: what it asks, what it makes of the answers."""

import base64
import json
from typing import cast

import pytest

from firmware.mesh.messages import CardProof, CardQuestion, Report, ReportKind, SignedDenials, SignedTime
from firmware.mesh.port import MeshError
from firmware.mesh.transport import Reply
from hal.sim.random_source import SeededRandom
from hal.sim.virtual_time import run
from tests.support import mesh_answers
from tests.support.mesh_answers import Json, ScriptedTransport, json_reply, problem_reply
from tests.support.octets import b64
from tests.unit.mesh.scripted import client

NO_CONTENT = Reply(204, "", b"")


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
    assert body["chain"] == [b64(b"leaf"), b64(b"issuer")]
    assert json.loads(request) == {
        "v": 1,
        "org_id": "org-1",
        "job_id": "j-1",
        "session": "s-1",
        "station_id": "st-1",
        "nonce": b64(SeededRandom(1).token(16)),
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
    nonce = b64(bytes(16))
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
