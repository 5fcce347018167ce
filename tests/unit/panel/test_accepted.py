"""What browsers say of the languages that their people read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.panel.accepted import accepted, parse_accepted


@pytest.mark.parametrize(
    ("header", "tags"),
    [
        ("", ()),
        ("de", ("de",)),
        ("de-CH,de;q=0.9,en;q=0.8", ("de-CH", "de", "en")),
        ("en;q=0.5, ja , fr ; q=0.75", ("ja", "fr", "en")),
        ("fr;q=0.8,es;q=0.8", ("fr", "es")),
        ("de;q=0,en", ("en",)),
        ("*,ar;q=0.1", ("ar",)),
        ("de;q=2,de;q=x,d€,zh-Hant-TW;Q=1.000", ("zh-Hant-TW",)),
        ("٣,de", ("de",)),
    ],
)
def test_the_dearest_comes_first(header: str, tags: tuple[str, ...]) -> None:
    assert parse_accepted(header) == tags


@pytest.mark.parametrize(
    ("header", "tag"), [("pt-BR,ar-EG;q=0.5,de;q=0.4", "ar-EG"), ("pt-BR", ""), ("", ""), ("nonsense;;,", "")]
)
def test_the_first_that_is_offered_is_taken(header: str, tag: str) -> None:
    assert accepted(header) == tag


@given(st.text(max_size=60) | st.lists(st.sampled_from(["de", ";q=", "0.5", ",", " ", "*", "x-y"])).map("".join))
def test_whatever_comes_it_is_some_tags_of_what_was_said(header: str) -> None:
    assert all(tag in header and len(tag) <= 80 for tag in parse_accepted(header))


def test_a_header_without_end_is_cut() -> None:
    assert len(parse_accepted("de," * 100_000)) <= 1024
