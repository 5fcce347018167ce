"""JSON from strangers: bounded, typed, and every failure the same refusal."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.interface.shapes import MAX_DEPTH, MAX_JSON, Fields, decode

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def code(raw: bytes) -> str:
    with pytest.raises(Problem) as caught:
        decode(raw)
    return caught.value.code


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"{} {}",
        b"\xff{}",
        b"\xef\xbb\xbf{}",
        b'{"a": NaN}',
        b'{"a": 1, "a": 2}',
        b'{"a": {"b": 1, "b": 2}}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b"<html></html>",
        b'{"a": ' + b"[" * (MAX_DEPTH) + b"]" * (MAX_DEPTH) + b"}",
        b"[" * 100_000,
        b'{"a":' * 40_000,
        b'{"' + b'\\"' * 100_000,
    ],
)
def test_what_is_no_object_of_ours_is_malformed(raw: bytes) -> None:
    assert code(raw) == "json-malformed"


def test_too_much_is_refused_before_it_is_parsed() -> None:
    assert code(b'{"a": "' + b"x" * MAX_JSON + b'"}') == "request-too-large"


def test_brackets_within_strings_do_not_nest() -> None:
    assert decode(json.dumps({"a": '[{"\\' * 50}).encode()).text("a") == '[{"\\' * 50


def test_depth_up_to_the_limit_is_fine() -> None:
    decode(b'{"a": ' + b"[" * (MAX_DEPTH - 1) + b"]" * (MAX_DEPTH - 1) + b"}")


@pytest.mark.parametrize(
    ("reader", "value"),
    [
        ("text", None),
        ("text", 1),
        ("text", ""),
        ("text", "x" * 513),
        ("text", "two\nlines"),
        ("text", "nul\0"),
        ("text", "\ud800"),
        ("number", "1"),
        ("number", True),
        ("number", 1.0),
        ("number", -1),
        ("number", 2**53),
        ("blob", "not base64!"),
        ("blob", "YQ"),
        ("blob", "ä"),
        ("blob", 7),
        ("chain", "YQ=="),
        ("chain", []),
        ("chain", ["YQ=="] * 5),
        ("chain", ["YQ==", 1]),
        ("inner", []),
        ("texts", [1]),
        ("texts", ["x"] * 65),
    ],
)
def test_a_field_of_another_type_is_named(reader: str, value: object) -> None:
    with pytest.raises(Problem, match="json-malformed: field: "):
        getattr(Fields({"field": value}), reader)("field")
    with pytest.raises(Problem, match="json-malformed: field: "):
        getattr(Fields({}), reader)("field")


def test_fields_are_read() -> None:
    fields = decode(b'{"t": "x", "n": 9007199254740991, "b": "AP8=", "c": ["YQ=="], "o": {"t": "y"}, "z": null}')
    assert (fields.text("t"), fields.number("n"), fields.blob("b")) == ("x", 2**53 - 1, b"\x00\xff")
    assert (fields.chain("c"), fields.inner("o").text("t")) == ((b"a",), "y")
    assert Fields({"r": "two\nlines \ud800" + "x" * 600}).remark("r") == "two lines  " + "x" * 501
    assert fields.remark("nothing") == ""
    assert (fields.has("t"), fields.has("z"), fields.has("q")) == (True, False, False)


@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_no_bytes_do_worse_than_a_refusal(raw: bytes) -> None:
    with suppress(Problem):
        assert isinstance(decode(raw), Fields)
