"""Answers of the mesh that are wrong in any way: each is read or refused, whichever it was to be."""

import copy
import json
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.mesh import answers
from firmware.mesh.decode import Fields, parse_json
from firmware.mesh.port import MeshError, MeshProtocolError
from firmware.mesh.transport import Reply
from tests.support import mesh_answers
from tests.support.mesh_answers import Json, json_reply, problem_reply

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
READERS: list[tuple[Callable[[Fields], object], Json]] = [
    (answers.session, mesh_answers.session()),
    (answers.held_jobs, mesh_answers.jobs()),
    (lambda fields: answers.grant(fields, "j-1"), mesh_answers.grant()),
    (answers.reported, {"state": "printing"}),
    (answers.card_proof, {"proof": "p-1", "apdu": "905a000003f51b4200", "last": False}),
    (answers.card_question, {"apdu": "90af000000", "last": True}),
    (answers.signed_time, mesh_answers.signed_time()),
    (answers.denials, mesh_answers.denials()),
]


def places(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The path to everything inside a JSON value."""
    inner = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    return [path, *(found for key, item in inner for found in places(item, (*path, key)))]


def replaced(value: Json, path: tuple[str | int, ...], new: object) -> object:
    """A copy with another value at a place."""
    if not path:
        return new
    result: object = copy.deepcopy(value)
    target: object = result
    for key in path[:-1]:
        target = target[key]  # type: ignore[index]
    target[path[-1]] = new  # type: ignore[index]
    return result


@pytest.mark.parametrize("reader", READERS)
@settings(deadline=None)
@given(data=st.data())
def test_any_change_is_read_or_refused(reader: tuple[Callable[[Fields], object], Json], data: st.DataObject) -> None:
    read, right = reader
    wrong = replaced(right, data.draw(st.sampled_from(places(right))), data.draw(JSON))
    with suppress(MeshProtocolError):
        answers.expect(json_reply(200, wrong), 200, read)


@pytest.mark.parametrize("reader", READERS)
@settings(deadline=None)
@given(value=JSON, status=st.integers(100, 599), kind=st.sampled_from(["application/json", "application/problem+json"]))
def test_any_json_is_read_or_refused(
    reader: tuple[Callable[[Fields], object], Json], value: object, status: int, kind: str
) -> None:
    with suppress(MeshProtocolError, MeshError):
        answers.expect(Reply(status, kind, json.dumps(value).encode()), 200, reader[0])


@pytest.mark.parametrize("reader", READERS)
@settings(deadline=None)
@given(body=st.binary(max_size=64))
def test_any_bytes_are_refused(reader: tuple[Callable[[Fields], object], Json], body: bytes) -> None:
    with pytest.raises(MeshProtocolError):
        answers.expect(Reply(200, "application/json", body), 200, reader[0])


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 500_000 + b"]" * 500_000,
        b'{"a":' * 200_000 + b"1" + b"}" * 200_000,
        b'{"a": 1, "a": 2}',
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"a": "\xff"}',
        b"\xef\xbb\xbf{}",
        b"",
    ],
)
def test_what_is_not_json_is_refused(body: bytes) -> None:
    with pytest.raises(MeshProtocolError, match="JSON"):
        parse_json(body)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(502, "text/html", b"<html>Bad gateway</html>"),
        Reply(200, "text/html", b"<html>Welcome</html>"),
        Reply(302, "application/json", b"{}"),
        Reply(200, "application/problem+json", b'{"code": "shredded"}'),
        Reply(404, "application/json", b'{"code": "badge-unknown"}'),
        problem_reply(404, "Not A Code"),
        problem_reply(404, "x" * 65),
        Reply(404, "application/problem+json", b'{"code": 7}'),
        Reply(404, "application/problem+json", b"[]"),
    ],
)
def test_what_is_neither_answer_nor_problem_is_refused(reply: Reply) -> None:
    with pytest.raises(MeshProtocolError):
        answers.expect(reply, 201, answers.session)


@settings(deadline=None)
@given(st.text(max_size=20))
def test_no_error_shows_a_value(secret: str) -> None:
    secret = f"04a1b2{secret}"
    for value in (mesh_answers.session() | {"expires": secret}, mesh_answers.session() | {"policy": secret}):
        with pytest.raises(MeshProtocolError) as caught:
            answers.expect(json_reply(201, value), 201, answers.session)
        assert "04a1b2" not in str(caught.value)
