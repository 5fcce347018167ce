"""Attributes: readable with their key only, and their length tells little."""

import json

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from firmware.vault.attributes import Attributes, AttributesError, open_attributes, seal_attributes

KEY, NONCE = bytes(32), bytes(12)
TITLES = st.text(st.characters(exclude_categories=["Cs"]), max_size=255)


@given(title=TITLES, copies=st.integers(1, 9999), pages=st.none() | st.integers(0, 10**6))
def test_attributes_come_back(title: str, copies: int, pages: int | None) -> None:
    attributes = Attributes(title, copies, "one-sided", "auto", "na_letter_8.5x11in", pages, ("staple", "punch"))
    assert open_attributes(seal_attributes(attributes, KEY, NONCE), KEY) == attributes


def test_a_title_does_not_show_in_the_length() -> None:
    lengths = {len(seal_attributes(Attributes("x" * count), KEY, NONCE)) for count in (0, 1, 10, 100)}
    assert lengths == {12 + 256 + 16}


def test_another_key_or_a_flipped_bit_is_refused() -> None:
    sealed = seal_attributes(Attributes("title"), KEY, NONCE)
    flips = [sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :] for at in (0, 12, len(sealed) - 1)]
    for bad in [*flips, b"", sealed[:27], sealed[:-1]]:
        with pytest.raises(AttributesError, match="attributes-forged"):
            open_attributes(bad, KEY)
    with pytest.raises(AttributesError, match="attributes-forged"):
        open_attributes(sealed, bytes([1]) * 32)


@pytest.mark.parametrize(
    "attributes",
    [
        Attributes("x" * 256),
        Attributes("\ud800"),
        Attributes("", copies=0),
        Attributes("", sides="Two Sided"),
        Attributes("", media="x" * 256),
        Attributes("", pages=-1),
        Attributes("", finishings=("staple",) * 17),
        Attributes("", finishings=("<>",)),
    ],
)
def test_what_no_station_would_read_is_not_sealed(attributes: Attributes) -> None:
    with pytest.raises(AttributesError, match="attributes-malformed"):
        seal_attributes(attributes, KEY, NONCE)


@pytest.mark.parametrize("raw", [b"", b"[]", b"{}", json.dumps({"title": "x"}).encode(), b"\xff"])
def test_a_client_can_seal_nonsense_and_gets_an_error_for_it(raw: bytes) -> None:
    with pytest.raises(AttributesError, match="attributes-malformed"):
        open_attributes(NONCE + AESGCM(KEY).encrypt(NONCE, raw, None), KEY)
