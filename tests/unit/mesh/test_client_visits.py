"""What a visit asks of the mesh beyond badge and release: previews, deleting, phones, keeping."""

import json
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from firmware.mesh.messages import MeshEvent, MeshEventKind, Preview, Prices, Report, ReportKind, SitePolicy
from firmware.mesh.port import MeshError, MeshProtocolError, MeshUnreachableError
from firmware.mesh.transport import Reply
from hal.sim.virtual_time import run
from tests.support.mesh_answers import ScriptedTransport, Streamed, json_reply, problem_reply
from tests.support.octets import b64
from tests.unit.mesh.scripted import client

EVENTS = {"content-type": "text/event-stream; charset=utf-8"}
POLICY: dict[str, object] = {"auto_release": False, "idle_seconds": 20}
SESSION: dict[str, object] = {
    "session": "s-1",
    "user": "ada",
    "language": "de",
    "policy": POLICY,
    "expires": "2026-01-05T09:00:00Z",
    "method": "phone",
}


def preview(job: str) -> dict[str, str]:
    return {"job": job, "node_box": b64(b"node"), "org_box": b64(b"org")}


def test_previews_come_in_the_order_asked_each_once_and_none_unasked() -> None:
    given = [preview("j-2"), {"job": "j-9"}, preview("j-7"), preview("j-1")]
    transport = ScriptedTransport(json_reply(200, {"previews": given, "refused": [{"job": "j-3", "code": "shredded"}]}))
    found = run(client(transport).previews("s/1", ["j-1", "j-2", "j-3", "j-1"]))
    assert found == [Preview("j-1", b"node", b"org"), Preview("j-2", b"node", b"org")]
    asked = transport.asked[0]
    assert isinstance(asked.json_body, dict)
    assert (asked.method, asked.url) == ("POST", "/v1/sessions/s%2F1/previews")
    assert set(asked.json_body) == {"request", "request_signature", "chain"}


def test_a_preview_request_names_jobs_session_and_station_under_its_own_label() -> None:
    signed: list[tuple[bytes, bytes]] = []

    def sign(label: bytes, raw: bytes) -> bytes:
        signed.append((label, raw))
        return b"signature"

    transport = ScriptedTransport(json_reply(200, {"previews": [], "refused": []}))
    mesh = client(transport)
    vars(mesh)["_requests"]._sign = sign
    run(mesh.previews("s-1", ["j-1", "j-2"]))
    label, raw = signed[0]
    request = json.loads(raw)
    assert label == b"lockgate/v1/preview-request"
    assert (request["job_ids"], request["session"], request["station_id"]) == (["j-1", "j-2"], "s-1", "st-1")
    assert set(request) == {"v", "org_id", "job_ids", "session", "station_id", "nonce", "asked_at"}


def test_a_refused_request_for_previews_is_an_error() -> None:
    with pytest.raises(MeshError) as refused:
        run(client(ScriptedTransport(problem_reply(410, "session-expired"))).previews("s-1", ["j-1"]))
    assert refused.value.code == "session-expired"


def test_a_ticket_opens_a_session_as_a_badge_does() -> None:
    transport = ScriptedTransport(json_reply(201, SESSION))
    session = run(client(transport).handoff("t" * 32))
    assert (session.user, session.method, session.policy) == ("ada", "phone", SitePolicy(False, 20))
    assert transport.asked[0].json_body == {"handoff": "t" * 32}
    assert "t" * 32 not in repr(session)


def test_what_the_site_says_of_screens_is_read() -> None:
    policy = POLICY | {
        "titles": False,
        "languages": ["de", "en"],
        "prices": {"currency": "EUR", "grey_side": 3, "colour_side": 12},
    }
    session = run(client(ScriptedTransport(json_reply(201, SESSION | {"policy": policy}))).handoff("t"))
    assert session.policy == SitePolicy(False, 20, False, Prices("EUR", 3, 12), ("de", "en"))
    assert session.expires == datetime(2026, 1, 5, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "spoilt",
    [
        {"titles": "no"},
        {"languages": "de"},
        {"languages": ["x" * 36]},
        {"prices": {"currency": "eur", "grey_side": 3, "colour_side": 12}},
        {"prices": {"currency": "EUR", "grey_side": -1, "colour_side": 12}},
        {"prices": {"currency": "EUR", "grey_side": 3}},
    ],
)
def test_what_makes_no_sense_of_screens_is_refused(spoilt: dict[str, object]) -> None:
    policy = POLICY | spoilt
    with pytest.raises(MeshProtocolError):
        run(client(ScriptedTransport(json_reply(201, SESSION | {"policy": policy}))).handoff("t"))


@pytest.mark.parametrize("url", ["", "https://print.example", "https://[2001:db8::1]:8444"])
def test_where_the_page_for_phones_is(url: str) -> None:
    assert run(client(ScriptedTransport(json_reply(200, {"url": url}))).phone_page()) == url


@pytest.mark.parametrize("url", ["http://print.example", "https://x/y", "https://x?y", "javascript:1", "https://x\n"])
def test_an_address_that_is_none_is_not_shown_to_phones(url: str) -> None:
    with pytest.raises(MeshProtocolError):
        run(client(ScriptedTransport(json_reply(200, {"url": url}))).phone_page())


def test_a_job_is_deleted_under_its_owners_session() -> None:
    transport = ScriptedTransport(Reply(204, "", b""))
    run(client(transport).delete_job("s-1", "j/1"))
    assert (transport.asked[0].method, transport.asked[0].url) == ("DELETE", "/v1/jobs/j%2F1?session=s-1")
    with pytest.raises(MeshError) as refused:
        run(client(ScriptedTransport(problem_reply(403, "not-owner"))).delete_job("s-1", "j-1"))
    assert refused.value.code == "not-owner"


@pytest.mark.parametrize("keep", [True, False])
def test_a_job_that_is_kept_is_told_so(keep: bool) -> None:
    transport = ScriptedTransport(json_reply(200, {"state": "held"}))
    run(client(transport).report(Report("r-1", 1, 3, ReportKind.PRINTED, keep=keep)))
    told = transport.asked[0].json_body
    assert isinstance(told, dict)
    assert told.get("keep", False) is keep


def test_an_event_for_this_station_alone_has_no_number_of_its_own() -> None:
    async def main() -> list[MeshEvent]:
        blocks = (b"id: 7\n\n", b'event: release-asked\ndata: {"ticket":"abc"}\n\n', b"event: code-used\ndata: {}\n\n")
        stream = Streamed(200, EVENTS, blocks)
        found: list[MeshEvent] = []
        with suppress(MeshUnreachableError):
            async for event in client(ScriptedTransport(stream)).events(7):
                found.append(event)
        return found

    assert run(main()) == [
        MeshEvent(7, MeshEventKind.CONNECTED),
        MeshEvent(7, MeshEventKind.RELEASE_ASKED, ticket="abc"),
        MeshEvent(7, MeshEventKind.CODE_USED),
    ]
