"""Forms as a browser sends them, and as it never would: done, or refused with a code and not the least change."""

from collections.abc import Callable

import pytest
from aiohttp import FormData, web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.core.effects import DeleteJobs
from firmware.core.events import DeliveryAnswered, DeliveryAsks
from firmware.core.questions import Answer, AnswerKind, Question, QuestionKind
from firmware.core.wishes import Wishes
from firmware.panel.refusals import DeskError
from firmware.panel.verbs import LONGEST, VERBS, FormError, answer, obey
from firmware.panel.view import Prefs
from tests.support.aio import run
from tests.unit.panel.at_the_desk import AtTheDesk, job

CODES = {"verb-unknown", "field-missing", "field-malformed"}
TOO_LATE = {"visit-over", "not-now", "nothing-chosen", "job-not-listed", "question-over"}


def at_the_list() -> AtTheDesk:
    at = AtTheDesk()
    at.visit(job("mine"), job("other"))
    return at


def do(at: AtTheDesk, verb: str, **fields: str) -> None:
    obey(at.desk, verb, {"visit": str(at.core.visit), **fields})


def refused(act: Callable[[], None], code: str) -> None:
    with pytest.raises((FormError, DeskError)) as caught:
        act()
    assert caught.value.code == code


def test_what_a_list_s_forms_do() -> None:
    at = at_the_list()
    do(at, "choose", job="mine", wanted="no")
    assert at.look().chosen == {"other"}
    do(at, "choose", job="mine", wanted="on")
    assert at.look().chosen == {"other", "mine"}
    do(at, "none")
    assert at.look().chosen == set()
    do(at, "all")
    assert at.look().chosen == {"other", "mine"}
    do(at, "more")
    assert at.look().shown == 22
    do(at, "delete")
    assert at.look().confirming
    do(at, "stay")
    assert not at.look().confirming
    do(at, "print")
    assert at.look().jobs == ()
    do(at, "cancel")
    assert [one.job_id for one in at.look().jobs] == ["other"]
    do(at, "print-rest")
    assert at.look().jobs == ()
    do(at, "leave")
    assert at.look().visit == 0


def test_only_the_page_that_asks_deletes() -> None:
    at = at_the_list()
    refused(lambda: do(at, "delete-for-good"), "not-now")
    do(at, "delete")
    do(at, "delete")  # a finger that came down twice
    assert at.look().confirming
    assert not at.done(DeleteJobs)
    refused(lambda: do(at, "delete-for-good", visit="9"), "visit-over")
    do(at, "delete-for-good")
    assert at.look().jobs == ()
    assert len(at.done(DeleteJobs)) == 1
    refused(lambda: do(at, "delete", visit="9"), "visit-over")


def test_a_wish_changes_what_its_form_names() -> None:
    at = at_the_list()
    do(at, "wish", copies="2")
    do(at, "wish", two_sided="yes", keep="on")
    assert at.desk.wishes == Wishes(2, two_sided=True, keep=True)
    do(at, "wish", copies="", grey="1", keep="off")
    assert at.desk.wishes == Wishes(None, two_sided=True, grey=True)


def test_how_the_screen_is_wanted() -> None:
    at = AtTheDesk()
    do(at, "contrast", visit="0")
    do(at, "text-size", visit="0")
    do(at, "language", visit="0", tag="ar")
    assert at.look().prefs == Prefs(contrast=True, large=True, language="ar")
    do(at, "contrast", visit="0")
    do(at, "language", visit="0", tag="")
    assert at.look().prefs == Prefs(large=True)


def test_a_question_is_answered_with_its_number() -> None:
    at = at_the_list()
    do(at, "print")
    at.settle()
    at.give(DeliveryAsks(1, Question(QuestionKind.CAME_OUT, 3), 5))
    refused(lambda: do(at, "answer", number="4", kind="yes"), "question-over")
    refused(lambda: do(at, "answer", number="5", kind="pages"), "field-missing")
    do(at, "answer", number="5", kind="pages", pages="2")
    at.settle()
    assert at.posted[-1] == DeliveryAnswered(at.core.visit, Answer(AnswerKind.PAGES, 2), 5)


WRONG = [
    ("make-coffee", {}, "verb-unknown"),
    ("choose", {"wanted": "yes"}, "field-missing"),
    ("choose", {"job": "mine"}, "field-missing"),
    ("choose", {"job": "mine", "wanted": "perhaps"}, "field-malformed"),
    ("choose", {"job": "nobody's", "wanted": "yes"}, "job-not-listed"),
    ("choose", {"job": "x" * (LONGEST + 1), "wanted": "yes"}, "field-malformed"),
    ("choose", {"job": "mine\n", "wanted": "yes"}, "field-malformed"),
    ("wish", {}, "field-missing"),
    ("wish", {"copies": "0"}, "field-malformed"),
    ("wish", {"copies": "-1"}, "field-malformed"),
    ("wish", {"copies": "10000"}, "field-malformed"),
    ("wish", {"copies": "²"}, "field-malformed"),
    ("wish", {"grey": ""}, "field-malformed"),
    ("answer", {"number": "1", "kind": "maybe"}, "field-malformed"),
    ("answer", {"number": "1", "kind": "yes"}, "question-over"),
    ("pin", {"pin": ""}, "field-malformed"),
    ("pin", {"pin": "4711"}, "not-now"),
    ("associate", {"user": "ada"}, "field-missing"),
    ("associate", {"user": "ada", "code": "1"}, "not-now"),
    ("associate", {"code": "1"}, "not-now"),
    ("associate", {"user": "", "code": "1"}, "not-now"),
    ("associate", {"user": "a\nb", "code": "1"}, "field-malformed"),
    ("cancel-entry", {}, "not-now"),
    ("cancel", {}, "not-now"),
    ("language", {"tag": "../../etc"}, "field-malformed"),
    ("language", {}, "field-missing"),
    ("print", {"visit": "x"}, "field-malformed"),
    ("print", {"visit": "99"}, "visit-over"),
    ("print", {"visit": "0"}, "visit-over"),
]


@pytest.mark.parametrize(("verb", "fields", "code"), WRONG)
def test_what_is_wrong_has_a_code_and_changes_nothing(verb: str, fields: dict[str, str], code: str) -> None:
    at = at_the_list()
    before, posted = at.look(), list(at.posted)
    refused(lambda: do(at, verb, **fields), code)
    assert at.look() is before
    assert at.posted == posted


@settings(max_examples=300, deadline=None)
@given(
    verb=st.sampled_from([*VERBS, "", "PRINT"]),
    form=st.dictionaries(
        st.sampled_from(["visit", "job", "wanted", "copies", "grey", "pin", "user", "code", "number", "kind", "tag"]),
        st.sampled_from(["1", "yes", "no", "", "mine", "de", "pages"]) | st.text(max_size=300) | st.binary(max_size=9),
    ),
)
def test_any_form_is_done_or_refused(verb: str, form: dict[str, str | bytes]) -> None:
    at = at_the_list()
    before, posted = at.look(), list(at.posted)
    code = ""
    try:
        obey(at.desk, verb, form)
    except (FormError, DeskError) as exc:
        code = exc.code
    if code:
        assert code in CODES | TOO_LATE
        assert at.look() is before
        assert at.posted == posted
    else:
        assert form["visit"] == "1" or (form["visit"] == "0" and verb in ("contrast", "text-size", "language"))


async def served(at: AtTheDesk) -> TestClient[web.Request, web.Application]:
    app = web.Application(client_max_size=2**16)

    async def take(request: web.Request) -> web.Response:
        return await answer(at.desk, request)

    app.router.add_post("/do/{act}", take)
    client = TestClient(TestServer(app))
    await client.start_server()
    return client


def test_over_http_each_refusal_has_its_status() -> None:
    async def play() -> None:
        at = at_the_list()
        client = await served(at)
        sent: list[tuple[str, object, dict[str, str], int, str]] = [
            ("none", {"visit": "1"}, {}, 204, ""),
            ("print", {"visit": "1"}, {}, 409, "nothing-chosen"),
            ("print", {"visit": "2"}, {}, 409, "visit-over"),
            ("print", {}, {}, 400, "field-missing"),
            ("brew", {"visit": "1"}, {}, 404, "verb-unknown"),
            ("print", b"visit=%ff", {"Content-Type": "application/x-www-form-urlencoded"}, 400, "field-malformed"),
            (
                "print",
                b"visit=1",
                {"Content-Type": "application/x-www-form-urlencoded; charset=tea"},
                400,
                "form-malformed",
            ),
            ("print", b"\xff", {"Content-Type": "application/x-www-form-urlencoded"}, 400, "form-malformed"),
            ("print", b"visit=1", {"Content-Type": "text/plain"}, 400, "form-malformed"),
            ("print", b"--x\r\n\r\nx", {"Content-Type": "multipart/form-data; boundary=x"}, 400, "form-malformed"),
        ]
        for verb, data, headers, status, code in sent:
            async with client.post(f"/do/{verb}", data=data, headers=headers) as reply:
                assert (reply.status, await reply.text()) == (status, code), (verb, data, headers)
        form = FormData()
        form.add_field("visit", b"1", filename="visit.txt")
        async with client.post("/do/print", data=form) as reply:
            assert (reply.status, await reply.text()) == (400, "form-malformed")
        await client.close()

    run(play())
