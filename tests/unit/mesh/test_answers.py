"""Answers of the mesh: the right ones are read whole, every wrong one is MeshProtocolError and shows no value."""

from datetime import UTC, datetime

import pytest

from firmware.mesh import answers
from firmware.mesh.messages import CardProof, CardQuestion, Grant, HeldJob, MeshEvent, Session, SitePolicy
from firmware.mesh.port import MeshError, MeshProtocolError
from firmware.mesh.sse import ServerSentEvent
from tests.support import mesh_answers
from tests.support.mesh_answers import Json, json_reply, problem_reply
from tests.support.octets import b64


@pytest.mark.parametrize(
    ("said", "method"), [("uid", "uid"), ("uid-pin", "uid-pin"), ("proof", "proof"), ("telepathy", ""), (None, "")]
)
def test_how_somebody_showed_who_they_are_is_one_of_our_words_or_nothing(said: str | None, method: str) -> None:
    reply = json_reply(201, mesh_answers.session() | {"method": said})
    assert answers.expect(reply, 201, answers.session).method == method


@pytest.mark.parametrize(
    "answer",
    [
        {"proven": False},
        {"proven": 1},
        {},
        *({"apdu": apdu, "last": False} for apdu in ("", "0", "00" * 262)),
        {"apdu": "90af"},
        {"apdu": "90af", "last": 1},
        {"apdu": "90af", "last": "true"},
    ],
)
def test_a_question_for_a_card_is_one_or_there_is_none(answer: dict[str, object]) -> None:
    with pytest.raises(MeshProtocolError):
        answers.expect(json_reply(200, answer), 200, answers.card_question)
    assert answers.expect(json_reply(200, {"proven": True}), 200, answers.card_question) is None


@pytest.mark.parametrize("last", [True, False])
def test_a_question_says_whether_it_is_the_last_one(last: bool) -> None:
    asked = {"apdu": "90AF", "last": last}
    assert answers.expect(json_reply(200, asked), 200, answers.card_question) == CardQuestion(b"\x90\xaf", last)
    begun = answers.expect(json_reply(201, asked | {"proof": "p-1"}), 201, answers.card_proof)
    assert begun == CardProof("p-1", CardQuestion(b"\x90\xaf", last))


def test_a_session() -> None:
    expected = Session("s-1", "ada", "en", SitePolicy(True, 30), datetime(2026, 1, 5, 9, tzinfo=UTC))
    assert answers.expect(json_reply(201, mesh_answers.session()), 201, answers.session) == expected


def test_held_jobs_are_those_that_can_be_released() -> None:
    reply = mesh_answers.jobs()
    reply["jobs"] = [*reply["jobs"], reply["jobs"][0] | {"job": "j-2", "state": "unknown"}]  # type: ignore[misc, index]
    expected = [HeldJob("j-1", b"manifest", b"signature", (b"leaf", b"issuer"))]
    assert answers.expect(json_reply(200, reply), 200, answers.held_jobs) == expected


def test_a_list_says_of_how_many_nobody_knows() -> None:
    def unknown(*states: object) -> int:
        unsettled = [{"job": f"j-{number}", "state": state, "station": "s"} for number, state in enumerate(states)]
        return answers.expect(json_reply(200, {"jobs": [], "unsettled": unsettled}), 200, answers.held_jobs).unknown

    assert unknown() == 0
    assert unknown("unknown", "released", "unknown") == 2
    assert unknown(7, "unknown") == 1  # one that cannot be read hides no other


def test_and_which_they_are_where_the_mesh_says_so() -> None:
    job = mesh_answers.jobs()["jobs"][0] | {"state": "unknown", "station": "s", "pages_out": 2}  # type: ignore[index]
    bare = {"job": "j-2", "state": "unknown", "station": "s"}
    reply = json_reply(200, {"jobs": [], "unsettled": [job, bare, job | {"job": "j-3", "state": "released"}]})
    found = answers.expect(reply, 200, answers.held_jobs)
    assert found == []
    assert found.unsure == (
        HeldJob("j-1", b"manifest", b"signature", (b"leaf", b"issuer"), pages_out=2),
        HeldJob("j-2", b"", b"", ()),
    )
    assert answers.expect(json_reply(200, {"jobs": []}), 200, answers.held_jobs).unknown == 0


def test_a_held_job_says_how_far_it_got() -> None:
    listed: Json = mesh_answers.jobs()["jobs"][0]  # type: ignore[index]
    for pages, known in ((2, 2), (None, None)):
        (job,) = answers.expect(json_reply(200, {"jobs": [listed | {"pages_out": pages}]}), 200, answers.held_jobs)
        assert job.pages_out == known
    for wrong in (0, -1, "2", True, 2**53):
        with pytest.raises(MeshProtocolError):
            answers.expect(json_reply(200, {"jobs": [listed | {"pages_out": wrong}]}), 200, answers.held_jobs)


def test_a_grant() -> None:
    lease = datetime(2026, 1, 5, 8, 5, 0, 250000, tzinfo=UTC)
    expected = Grant("r-1", "j-1", 1, lease, b"job", b"node", b"org", ("https://n-1/b",), 56)
    given_grant = answers.expect(json_reply(201, mesh_answers.grant()), 201, lambda f: answers.grant(f, "j-1"))
    assert given_grant == expected


def test_fields_of_a_newer_mesh_are_ignored() -> None:
    reply = json_reply(201, mesh_answers.session() | {"new": 1})
    assert answers.expect(reply, 201, answers.session).session_id == "s-1"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("method", 7),
        ("method", "x" * 33),
        ("session", "../admin"),
        ("session", "x" * 129),
        ("user", ""),
        ("user", "\ud800"),
        ("expires", "2026-01-05T09:00:00+00:00"),
        ("expires", "2026-13-05T09:00:00Z"),
        ("expires", "0000-01-05T09:00:00Z"),
        ("policy", {"auto_release": 1, "idle_seconds": 30}),
        ("policy", {"auto_release": True, "idle_seconds": True}),
        ("policy", {"auto_release": True, "idle_seconds": 0}),
    ],
)
def test_a_session_with_a_wrong_field_is_refused(name: str, value: object) -> None:
    with pytest.raises(MeshProtocolError, match=name):
        answers.expect(json_reply(201, mesh_answers.session() | {name: value}), 201, answers.session)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("manifest", b64(bytes(64 * 1024 + 1))),
        ("manifest", "AAA"),
        ("manifest", "AA-_"),
        ("manifest", "AAAA\n"),
        ("manifest", ""),
        ("signature", b64(bytes(129))),
        ("chain", []),
        ("chain", ["AAAA"] * 5),
        ("chain", [1]),
        ("chain", [b64(bytes(16 * 1024 + 1))]),
    ],
)
def test_a_job_with_a_wrong_field_is_refused(name: str, value: object) -> None:
    job = mesh_answers.jobs()["jobs"][0]  # type: ignore[index]
    with pytest.raises(MeshProtocolError, match=name):
        answers.expect(json_reply(200, {"jobs": [job | {name: value}]}), 200, answers.held_jobs)


@pytest.mark.parametrize("spoilt", [7, {}, {"job": "../04a1b2"}, {"manifest": "04a1b2"}])
def test_one_job_that_cannot_be_read_does_not_hide_the_others(
    spoilt: Json | int, caplog: pytest.LogCaptureFixture
) -> None:
    right = mesh_answers.jobs()["jobs"][0]  # type: ignore[index]
    wrong = right | spoilt if spoilt and isinstance(spoilt, dict) else spoilt
    reply = json_reply(200, {"jobs": [wrong, right, wrong]})
    assert [job.job_id for job in answers.expect(reply, 200, answers.held_jobs)] == ["j-1"]
    assert "left out 2 of 3" in caplog.text
    assert "04a1b2" not in caplog.text


def test_more_jobs_than_anybody_has_are_refused() -> None:
    jobs = mesh_answers.jobs()["jobs"] * (answers.MOST_JOBS + 1)  # type: ignore[operator]
    with pytest.raises(MeshProtocolError, match="jobs"):
        answers.expect(json_reply(200, {"jobs": jobs}), 200, answers.held_jobs)


def test_a_problem_becomes_its_code_and_part() -> None:
    with pytest.raises(MeshError) as caught:
        answers.expect(
            problem_reply(403, "part-withdrawn", part="org", detail="the org part\x1b[2J is gone"), 201, answers.session
        )
    assert (caught.value.code, caught.value.status, caught.value.part) == ("part-withdrawn", 403, "org")
    assert caught.value.detail == "the org part [2J is gone"


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (ServerSentEvent("job-held", '{"job": "j-1"}', "7"), MeshEvent(7, "job-held", "j-1")),
        (ServerSentEvent("config-changed", "{}", "8"), MeshEvent(8, "config-changed")),
        (ServerSentEvent("of-the-future", '{"job": null}', "9"), MeshEvent(9, "of-the-future")),
    ],
)
def test_an_announcement(event: ServerSentEvent, expected: MeshEvent) -> None:
    assert answers.announcement(event) == expected


@pytest.mark.parametrize(
    "event",
    [
        ServerSentEvent("job-held", '{"job": "j-1"}', ""),
        ServerSentEvent("job-held", '{"job": "j-1"}', "-1"),
        ServerSentEvent("job-held", '{"job": "j-1"}', "1" * 19),
        ServerSentEvent("job-held", '{"job": "/"}', "1"),
        ServerSentEvent("job-held", "held", "1"),
        ServerSentEvent("x" * 65, "{}", "1"),
    ],
)
def test_a_wrong_announcement_is_refused(event: ServerSentEvent) -> None:
    with pytest.raises(MeshProtocolError):
        answers.announcement(event)
