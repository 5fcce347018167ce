"""Tables as TOML: what is written is read as it was, by Python's own reader."""

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.provisioning.toml_text import merged, written

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
VALUE = st.one_of(TEXT, st.booleans(), st.integers(-(2**40), 2**40), st.lists(TEXT, max_size=3))
INNER = st.dictionaries(
    TEXT, st.one_of(VALUE, st.dictionaries(TEXT, st.lists(TEXT, max_size=2), max_size=2)), max_size=4
)


@settings(deadline=None)
@given(st.dictionaries(TEXT, st.one_of(VALUE, INNER), max_size=5))
def test_it_is_read_as_it_was(tables: dict[str, object]) -> None:
    assert tomllib.loads(written(tables)) == tables


def test_what_stands_above_counts() -> None:
    below = {"readers": ["pcsc:"], "panel": {"listen": "tcp:x", "language": "en"}}
    above = {"readers": ["evdev:"], "panel": {"language": "de"}, "printer": {"uri": "ipps:x"}}
    assert merged(below, above) == {
        "readers": ["evdev:"],
        "panel": {"listen": "tcp:x", "language": "de"},
        "printer": {"uri": "ipps:x"},
    }


def test_other_values_are_refused() -> None:
    with pytest.raises(TypeError, match="float"):
        written({"x": 1.5})
